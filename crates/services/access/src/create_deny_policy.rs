//! Making a deny policy.

use std::collections::BTreeMap;

use audit::entry;
use context::Context;
use iam::permission::IamDenypoliciesCreate;
use iam::{DenyRule, Permit};
use names::{DenyPolicyId, DenyPolicyName, ResourceName, Uid};
use serde_json::json;
use store::{ApplyError, DenyPolicyRecord, Expectation, Plan, PolicyOperationKind, Record, Work};

use crate::deny_policy::{ended, point_key};
use crate::{Access, DenyPolicyChange, DenyPolicyError};

/// What a caller asks for.
#[derive(Clone, Debug)]
pub struct NewDenyPolicy {
    /// Its ID, which stays.
    pub policy: DenyPolicyId,
    /// Shown to people.
    pub display_name: String,
    /// Whatever the caller keeps with it.
    pub annotations: BTreeMap<String, String>,
    /// Who may not do what.
    pub rules: Vec<DenyRule>,
}

/// The most deny policies of one resource (Google, "IAM quotas and limits").
const MAX_POLICIES: usize = 500;

impl Access {
    /// Attaches a deny policy to the resource of the permit: it counts for the resource and everything in it.
    pub async fn create_deny_policy(
        &self,
        context: &Context,
        permit: Permit<IamDenypoliciesCreate>,
        input: NewDenyPolicy,
    ) -> Result<DenyPolicyChange, DenyPolicyError> {
        let name = DenyPolicyName { attached_to: permit.name().clone(), policy: input.policy.clone() };
        for _ in 0..MOST_TRIES {
            match self.try_to_attach(context, &permit, &name, &input).await {
                Err(DenyPolicyError::Contended(_)) => {}
                outcome => return outcome,
            }
        }
        Err(DenyPolicyError::Contended(permit.name().clone().into()))
    }

    /// Once, beside the policies that there are now.
    async fn try_to_attach(
        &self,
        context: &Context,
        permit: &Permit<IamDenypoliciesCreate>,
        name: &DenyPolicyName,
        input: &NewDenyPolicy,
    ) -> Result<DenyPolicyChange, DenyPolicyError> {
        let point = permit.name().clone();
        let resource: ResourceName = point.clone().into();
        let (present, gathering) = self.attached_and_gathered(permit, name.clone()).await?;
        if present.iter().any(|stored| stored.record.name == *name) {
            return Err(DenyPolicyError::AlreadyExists(name.clone()));
        }
        if present.len() >= MAX_POLICIES {
            return Err(DenyPolicyError::TooMany(resource));
        }
        let rules = self.tie_rules(input.rules.clone(), &[])?;
        let others: Vec<DenyRule> = present.into_iter().flat_map(|stored| stored.record.rules).collect();
        DenyRule::check(&rules, &others)?;
        let now = context.now();
        let record = DenyPolicyRecord {
            name: name.clone(),
            uid: Uid::draw(|buffer| context.randomness().fill(buffer)),
            attached_to: permit.uid().clone(),
            display_name: input.display_name.clone(),
            annotations: input.annotations.clone(),
            rules,
            create_time: now,
            update_time: now,
        };
        let detail = json!({ "denyPolicy": name, "old": null, "new": record.rules });
        let operation = ended(context, PolicyOperationKind::Create, &record);
        let home = point_key(&point);
        // Of two that are made at once one is second, since the policies must be as they were read.
        let plan = Plan::new()
            .expect(Expectation::Is(home.clone(), permit.uid().clone()))
            .expect(Expectation::Unchanged(gathering))
            .put(Record::DenyPolicy(record))
            .work(Work::PutPolicyOperation(Box::new(operation.clone())))
            .audit(entry(context, permit, resource.clone(), Some(permit.uid()), detail));
        match self.store.apply(plan).await {
            Ok(revision) => Ok(DenyPolicyChange { operation, revision: Some(revision) }),
            Err(ApplyError::Conflict(key) | ApplyError::NotFound(key)) if key == home => {
                Err(DenyPolicyError::Gone(resource))
            }
            Err(ApplyError::AlreadyExists(_) | ApplyError::Conflict(_) | ApplyError::NotFound(_)) => {
                Err(DenyPolicyError::Contended(resource))
            }
            Err(error) => Err(DenyPolicyError::StoreFailed(error)),
        }
    }
}

/// How often a policy is attached anew when others were attached or changed at the same instant.
const MOST_TRIES: usize = 20;
