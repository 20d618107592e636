//! Changing a deny policy.

use std::collections::BTreeMap;

use audit::entry;
use context::Context;
use iam::permission::IamDenypoliciesUpdate;
use iam::{DenyRule, Permit};
use names::{DenyPolicyId, DenyPolicyName, ResourceName};
use serde_json::json;
use store::{ApplyError, DenyPolicyRecord, Expectation, Plan, PolicyOperationKind, Record, Work};

use crate::deny_policy::{ended, point_key};
use crate::{Access, DenyPolicyChange, DenyPolicyError};

/// A deny policy as a caller wants it: its rules and its display name can change, and nothing else.
#[derive(Clone, Debug)]
pub struct DenyPolicyChanges {
    /// Which one.
    pub policy: DenyPolicyId,
    /// Shown to people.
    pub display_name: String,
    /// Those that were read, or none: they cannot be changed.
    pub annotations: BTreeMap<String, String>,
    /// Who may not do what.
    pub rules: Vec<DenyRule>,
    /// The etag that was read. It must be the one that the policy has.
    pub etag: Vec<u8>,
}

impl Access {
    /// Replaces rules and display name of a policy on the resource of the permit.
    pub async fn update_deny_policy(
        &self,
        context: &Context,
        permit: Permit<IamDenypoliciesUpdate>,
        input: DenyPolicyChanges,
    ) -> Result<DenyPolicyChange, DenyPolicyError> {
        let resource: ResourceName = permit.name().clone().into();
        let name = DenyPolicyName { attached_to: permit.name().clone(), policy: input.policy };
        let home = point_key(permit.name());
        let (present, gathering) = self.attached_and_gathered(&permit, home.clone()).await?;
        let (old, others): (Vec<_>, Vec<_>) =
            present.into_iter().partition(|stored| stored.record.name == name);
        let Some(old) = old.into_iter().next() else { return Err(DenyPolicyError::NotFound(name)) };
        if input.etag != old.revision.0.to_be_bytes() {
            return Err(DenyPolicyError::EtagMismatch);
        }
        if !input.annotations.is_empty() && input.annotations != old.record.annotations {
            return Err(DenyPolicyError::AnnotationsFixed);
        }
        let rules = self.tie_rules(input.rules, &old.record.rules)?;
        let others: Vec<DenyRule> = others.into_iter().flat_map(|stored| stored.record.rules).collect();
        DenyRule::check(&rules, &others)?;
        let detail = json!({ "denyPolicy": name, "old": old.record.rules, "new": rules });
        let record = DenyPolicyRecord {
            display_name: input.display_name,
            rules,
            update_time: context.now(),
            ..old.record
        };
        let operation = ended(context, PolicyOperationKind::Update, &record);
        let plan = Plan::new()
            .expect(Expectation::At(name.clone().into(), old.revision))
            // The rules of all policies count together.
            .expect(Expectation::Unchanged(gathering))
            .put(Record::DenyPolicy(record))
            .work(Work::PutPolicyOperation(Box::new(operation.clone())))
            .audit(entry(context, &permit, resource.clone(), Some(permit.uid()), detail));
        match self.store.apply(plan).await {
            Ok(revision) => Ok(DenyPolicyChange { operation, revision: Some(revision) }),
            Err(ApplyError::Conflict(key)) if key == home => Err(DenyPolicyError::Contended(resource)),
            Err(ApplyError::Conflict(_)) => Err(DenyPolicyError::EtagMismatch),
            Err(ApplyError::NotFound(_)) => Err(DenyPolicyError::NotFound(name)),
            Err(error) => Err(DenyPolicyError::StoreFailed(error)),
        }
    }
}
