//! Making a project and what it cannot be without.

use std::collections::BTreeMap;

use audit::entry_of_system;
use context::Context;
use iam::{Grantee, SystemAct};
use names::{Member, ProjectId, ResourceName, System, Uid};
use serde_json::json;
use store::{
    ApplyError, AuditEntry, ErasedProjectKey, ErasedProjectRecord, Expectation, OrganizationRecord, Plan,
    ProjectRecord, ReadError, Record, Stored,
};

use crate::make_project::{Seed, binding, policy, uid};
use crate::{Defaults, Projects};

/// Why a project could not be made.
#[derive(Debug, thiserror::Error)]
pub enum EnsureError {
    /// There was one of this ID, and it was erased.
    #[error("project {0} was deleted more than 30 days ago, and its ID is never given again")]
    Erased(ProjectId),
    /// The store could not be read.
    #[error("the projects could not be read")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the project could not be stored")]
    StoreFailed(#[source] ApplyError),
}

/// What the local owner holds on the organization. Owners administer neither the organization itself nor deny policies
/// by that role alone.
const ORGANIZATION_ROLES: [&str; 4] = [
    "roles/iam.denyAdmin",
    "roles/owner",
    "roles/resourcemanager.organizationAdmin",
    "roles/resourcemanager.projectCreator",
];

/// What the local owner holds on the project. Owners may not mint tokens of accounts by that role alone, and
/// `doorward token --as` mints them, so the owner is a token creator too.
pub(crate) const OWNER_ROLES: [&str; 2] = ["roles/iam.serviceAccountTokenCreator", "roles/owner"];

impl Projects {
    /// Gives the project, made now if it was missing. Whoever starts Doorward owns it; no request leads here.
    pub async fn ensure(
        &self,
        context: &Context,
        _: System,
        id: &ProjectId,
        defaults: &Defaults,
    ) -> Result<Stored<ProjectRecord>, EnsureError> {
        if let Some(found) = self.store.find::<ProjectRecord>(id).await.map_err(EnsureError::ReadFailed)? {
            return Ok(found);
        }
        let erased = self.store.find::<ErasedProjectRecord>(&ErasedProjectKey(id.clone())).await;
        if erased.map_err(EnsureError::ReadFailed)?.is_some() {
            return Err(EnsureError::Erased(id.clone()));
        }
        let organization = self
            .store
            .find::<OrganizationRecord>(&defaults.organization)
            .await
            .map_err(EnsureError::ReadFailed)?
            .map(|stored| stored.record);
        let (plan, record) = self.plan(context, id, defaults, organization);
        match self.store.apply(plan).await {
            Ok(revision) => Ok(Stored { record, revision }),
            Err(ApplyError::AlreadyExists(_)) => {
                let found = self.store.find::<ProjectRecord>(id).await.map_err(EnsureError::ReadFailed)?;
                found.ok_or(EnsureError::StoreFailed(ApplyError::NotFound(id.clone().into())))
            }
            Err(error) => Err(EnsureError::StoreFailed(error)),
        }
    }

    fn plan(
        &self,
        context: &Context,
        id: &ProjectId,
        defaults: &Defaults,
        organization: Option<OrganizationRecord>,
    ) -> (Plan, ProjectRecord) {
        let now = context.now();
        let owner = Grantee { member: Member::User(defaults.owner.clone()), unique_id: None };
        let mut plan = Plan::new().expect(Expectation::Absent(id.clone().into()));
        if organization.is_none() {
            let record = OrganizationRecord {
                id: defaults.organization.clone(),
                uid: uid(context),
                display_name: defaults.organization_domain.clone(),
                create_time: now,
            };
            let bindings = ORGANIZATION_ROLES.iter().map(|role| binding(role, owner.clone())).collect();
            let policy = policy(&record.id.clone().into(), &record.uid, bindings);
            plan = plan
                .expect(Expectation::Absent(record.id.clone().into()))
                .audit(made(context, record.id.clone().into(), &record.uid))
                .put(Record::Organization(record))
                .put(Record::Policy(policy));
        }
        let made_now = self.make(
            context,
            Seed {
                id,
                parent: defaults.organization.clone().into(),
                display_name: id.to_string(),
                labels: BTreeMap::new(),
                owner,
                roles: &OWNER_ROLES,
            },
        );
        let project = made_now.project.clone();
        plan = plan.audit(made(context, id.clone().into(), &project.uid));
        for agent in &made_now.agents {
            plan = plan.audit(made(context, agent.name.clone().into(), &agent.uid));
        }
        (made_now.records().fold(plan, Plan::put), project)
    }
}

fn made(context: &Context, resource: ResourceName, uid: &Uid) -> AuditEntry {
    entry_of_system(
        context,
        SystemAct::FirstStart,
        resource.to_string(),
        Some(uid),
        json!({ "made": resource.kind() }),
    )
}
