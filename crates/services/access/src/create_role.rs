//! Making a custom role.

use audit::entry;
use context::Context;
use iam::permission::IamRolesCreate;
use iam::{Permit, Policy, RoleDefinition, RoleError, Stage};
use names::{CustomRoleName, RoleHome, RoleId, RoleName, Uid};
use serde_json::json;
use store::{ApplyError, Expectation, Plan, PolicyKey, PolicyRecord, ReadError, Record, RoleRecord, Stored};

use crate::Access;
use crate::role_life::RoleLife;

/// The most custom roles of a project, and of an organization (Google, "IAM quotas and limits"). Deleted ones count
/// until nothing is left of them.
pub const MAX_ROLES: usize = 300;

/// What a caller asks for.
#[derive(Clone, Debug)]
pub struct NewRole {
    /// Its ID, which stays.
    pub role: RoleId,
    /// Shown to people.
    pub title: String,
    /// For people too.
    pub description: String,
    /// What it is to grant, as the caller wrote it.
    pub permissions: Vec<String>,
    /// How settled it is.
    pub stage: Stage,
}

/// Why no role was made.
#[derive(Debug, thiserror::Error)]
pub enum CreateRoleError {
    /// There is one of this ID.
    #[error("A role named {} in {} already exists.", .0.role, .0.home)]
    AlreadyExists(CustomRoleName),
    /// A role of this ID is being deleted.
    #[error("You can't create a role_id ({0}) which has been marked for deletion.")]
    Deleted(RoleId),
    /// The project or organization went away meanwhile.
    #[error("{0} does not exist")]
    HomeGone(RoleHome),
    /// It cannot be as it is asked for.
    #[error(transparent)]
    Invalid(#[from] RoleError),
    /// There are as many roles as there may be.
    #[error("{0} has {MAX_ROLES} custom roles, the most that it may have.")]
    QuotaExceeded(RoleHome),
    /// The store could not be read.
    #[error("the roles could not be read")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the role could not be stored")]
    StoreFailed(#[source] ApplyError),
}

impl Access {
    /// Makes a role in the project or organization of the permit. Where a role of the ID was deleted so long ago that
    /// nothing is left of it, the new one takes its name, and bindings that still name the old one go.
    pub async fn create_role(
        &self,
        context: &Context,
        permit: Permit<IamRolesCreate>,
        input: NewRole,
    ) -> Result<Stored<RoleRecord>, CreateRoleError> {
        let home = permit.name().clone();
        let name = CustomRoleName { home: home.clone(), role: input.role };
        let definition =
            RoleDefinition::checked(&home, input.title, input.description, &input.permissions, input.stage)?;
        let now = context.now();
        let present = self.store.all::<RoleRecord>(&format!("{home}/roles/")).await;
        let present = present.map_err(CreateRoleError::ReadFailed)?;
        let old = present.iter().find(|stored| stored.record.name == name);
        match old.map(|stored| RoleLife::of(&stored.record, now)) {
            Some(RoleLife::Standing) => return Err(CreateRoleError::AlreadyExists(name)),
            Some(RoleLife::Deleted | RoleLife::Fading) => return Err(CreateRoleError::Deleted(name.role)),
            Some(RoleLife::Gone) | None => {}
        }
        let taken = present.iter().filter(|stored| RoleLife::of(&stored.record, now) != RoleLife::Gone);
        if taken.count() >= MAX_ROLES {
            return Err(CreateRoleError::QuotaExceeded(home));
        }
        let record = RoleRecord {
            name: name.clone(),
            uid: Uid::draw(|buffer| context.randomness().fill(buffer)),
            definition,
            deleted_at: None,
            create_time: now,
            update_time: now,
        };
        let plan = match old {
            None => Plan::new().expect(Expectation::Absent(name.clone().into())),
            Some(old) => {
                let plan = Plan::new().expect(Expectation::At(name.clone().into(), old.revision));
                self.without_bindings(plan, &name.role_name()).await.map_err(CreateRoleError::ReadFailed)?
            }
        };
        let home_record = match home.clone() {
            RoleHome::Organization(organization) => organization.into(),
            RoleHome::Project(project) => project.into(),
        };
        let detail = json!({ "definition": record.definition });
        let plan = plan
            .expect(Expectation::Is(home_record, permit.uid().clone()))
            .put(Record::Role(record.clone()))
            .audit(entry(context, &permit, name.clone(), Some(&record.uid), detail));
        match self.store.apply(plan).await {
            Ok(revision) => Ok(Stored { record, revision }),
            Err(ApplyError::AlreadyExists(_)) => Err(CreateRoleError::AlreadyExists(name)),
            Err(ApplyError::Conflict(_) | ApplyError::NotFound(_)) => Err(CreateRoleError::HomeGone(home)),
            Err(error) => Err(CreateRoleError::StoreFailed(error)),
        }
    }

    /// Adds to the plan that no policy binds the role any more.
    async fn without_bindings(&self, mut plan: Plan, role: &RoleName) -> Result<Plan, ReadError> {
        let picture = self.picture.load_full();
        let names_it = |policy: &Policy| policy.bindings.iter().any(|binding| binding.role == *role);
        for (uid, _) in picture.policies.iter().filter(|(_, written)| names_it(&written.policy)) {
            let key = PolicyKey(uid.clone());
            let Some(mut stored) = self.store.find::<PolicyRecord>(&key).await? else { continue };
            plan = plan.expect(Expectation::At(key.into(), stored.revision));
            stored.record.policy.bindings.retain(|binding| binding.role != *role);
            stored.record.version += 1;
            plan = plan.put(Record::Policy(stored.record));
        }
        Ok(plan)
    }
}
