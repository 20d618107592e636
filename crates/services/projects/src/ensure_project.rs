//! Making a project and what it cannot be without.

use std::collections::BTreeMap;

use audit::entry_of_system;
use context::Context;
use iam::{Binding, Grantee, Policy, SystemAct};
use names::{
    AccountName, Member, ProjectId, ProjectNumber, ResourceName, RoleName, ServiceAgent, System, Uid,
    UniqueId,
};
use serde_json::json;
use store::{
    AccountKind, AccountRecord, ApplyError, AuditEntry, Expectation, OrganizationRecord, Plan, PolicyRecord,
    ProjectRecord, ProjectState, ReadError, Record, Stored,
};

use crate::{Defaults, Projects};

/// Why a project could not be made.
#[derive(Debug, thiserror::Error)]
pub enum EnsureError {
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
const OWNER_ROLES: [&str; 2] = ["roles/iam.serviceAccountTokenCreator", "roles/owner"];

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
        let owner = Member::User(defaults.owner.clone());
        let mut plan = Plan::new().expect(Expectation::Absent(id.clone().into()));
        if organization.is_none() {
            let record = OrganizationRecord {
                id: defaults.organization.clone(),
                uid: uid(context),
                display_name: defaults.organization_domain.clone(),
                create_time: now,
            };
            let bindings = ORGANIZATION_ROLES.iter().map(|role| binding(role, owner.clone(), None)).collect();
            let policy = policy(&record.id.clone().into(), &record.uid, bindings);
            plan = plan
                .expect(Expectation::Absent(record.id.clone().into()))
                .audit(made(context, record.id.clone().into(), &record.uid))
                .put(Record::Organization(record))
                .put(Record::Policy(policy));
        }
        let project = ProjectRecord {
            id: id.clone(),
            number: self.unused_number(context),
            uid: uid(context),
            parent: defaults.organization.clone().into(),
            display_name: id.to_string(),
            labels: BTreeMap::new(),
            state: ProjectState::Active,
            create_time: now,
            update_time: now,
            apis: BTreeMap::new(),
        };
        let mut bindings: Vec<Binding> =
            OWNER_ROLES.iter().map(|role| binding(role, owner.clone(), None)).collect();
        plan =
            plan.audit(made(context, id.clone().into(), &project.uid)).put(Record::Project(project.clone()));
        for agent in ServiceAgent::ALL {
            let account = self.agent(context, &project, agent);
            let member = Member::ServiceAccount(account.name.email.clone());
            bindings.push(binding(agent.role, member, Some(account.unique_id.clone())));
            plan = plan
                .audit(made(context, account.name.clone().into(), &account.uid))
                .put(Record::Account(account));
        }
        let policy = policy(&id.clone().into(), &project.uid, bindings);
        (plan.put(Record::Policy(policy)), project)
    }

    fn agent(&self, context: &Context, project: &ProjectRecord, agent: ServiceAgent) -> AccountRecord {
        AccountRecord {
            name: AccountName {
                project: project.id.clone(),
                email: self.universe.agent_email(&agent, project.number),
            },
            unique_id: unique_id(context),
            uid: uid(context),
            display_name: format!("{} service agent", agent.api),
            description: String::new(),
            kind: AccountKind::ServiceAgent,
            disabled_at: None,
            generation: 1,
            create_time: context.now(),
        }
    }

    fn unused_number(&self, context: &Context) -> ProjectNumber {
        loop {
            let number = ProjectNumber::from_chance(context.randomness().number());
            if self.access.project(&names::ProjectRef::Number(number)).is_none() {
                return number;
            }
        }
    }
}

fn binding(role: &str, member: Member, unique_id: Option<UniqueId>) -> Binding {
    Binding {
        role: RoleName::parse(role).expect("a role of the catalogue"),
        members: vec![Grantee { member, unique_id }],
        condition: None,
    }
}

fn policy(resource: &ResourceName, uid: &Uid, bindings: Vec<Binding>) -> PolicyRecord {
    PolicyRecord { resource: resource.clone(), uid: uid.clone(), policy: Policy::of(bindings), version: 1 }
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

fn uid(context: &Context) -> Uid {
    Uid::draw(|buffer| context.randomness().fill(buffer))
}

fn unique_id(context: &Context) -> UniqueId {
    UniqueId::draw(|buffer| context.randomness().fill(buffer))
}
