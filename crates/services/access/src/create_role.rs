//! Making a custom role.

use audit::entry;
use context::Context;
use iam::permission::IamRolesCreate;
use iam::{Permit, Policy, RoleDefinition, RoleError, Stage};
use names::{CustomRoleName, RoleHome, RoleId, RoleName, Uid};
use serde_json::json;
use store::{
    ApplyError, DeletedAccountRecord, Expectation, Gathering, Plan, PolicyKey, PolicyRecord, ReadError,
    Record, RecordKey, RoleRecord, Stored,
};

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
    /// Others changed the roles all the while; the caller may try again.
    #[error("The roles of {0} were changed by somebody else at the same time; repeat the call.")]
    Contended(RoleHome),
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
        for _ in 0..MOST_TRIES {
            match self.try_to_create(context, &permit, &name, &definition).await {
                Err(CreateRoleError::Contended(_)) => {}
                outcome => return outcome,
            }
        }
        Err(CreateRoleError::Contended(home))
    }

    /// Once, on what there is now.
    async fn try_to_create(
        &self,
        context: &Context,
        permit: &Permit<IamRolesCreate>,
        name: &CustomRoleName,
        definition: &RoleDefinition,
    ) -> Result<Stored<RoleRecord>, CreateRoleError> {
        let (now, home) = (context.now(), permit.name().clone());
        let prefix = format!("{home}/roles/");
        let present = self.store.all::<RoleRecord>(&prefix).await.map_err(CreateRoleError::ReadFailed)?;
        let old = present.iter().find(|stored| stored.record.name == *name);
        match old.map(|stored| RoleLife::of(&stored.record, now)) {
            Some(RoleLife::Standing) => return Err(CreateRoleError::AlreadyExists(name.clone())),
            Some(RoleLife::Deleted | RoleLife::Fading) => {
                return Err(CreateRoleError::Deleted(name.role.clone()));
            }
            Some(RoleLife::Gone) | None => {}
        }
        let taken = present.iter().filter(|stored| RoleLife::of(&stored.record, now) != RoleLife::Gone);
        if taken.count() >= MAX_ROLES {
            return Err(CreateRoleError::QuotaExceeded(home));
        }
        let record = RoleRecord {
            name: name.clone(),
            uid: Uid::draw(|buffer| context.randomness().fill(buffer)),
            definition: definition.clone(),
            deleted_at: None,
            create_time: now,
            update_time: now,
        };
        let home_record: RecordKey = match home.clone() {
            RoleHome::Organization(organization) => organization.into(),
            RoleHome::Project(project) => project.into(),
        };
        // Of two that are made at once one is second, since the roles must be as they were read.
        let mut plan = Plan::new()
            .expect(Expectation::Is(home_record.clone(), permit.uid().clone()))
            .expect(Expectation::Unchanged(Gathering::of(name.clone(), &prefix, &present)));
        if old.is_some() {
            plan = self.without_bindings(plan, name).await.map_err(CreateRoleError::ReadFailed)?;
        }
        let detail = json!({ "definition": record.definition });
        let plan = plan.put(Record::Role(record.clone())).audit(entry(
            context,
            permit,
            name.clone(),
            Some(&record.uid),
            detail,
        ));
        match self.store.apply(plan).await {
            Ok(revision) => Ok(Stored { record, revision }),
            Err(ApplyError::Conflict(key) | ApplyError::NotFound(key)) if key == home_record => {
                Err(CreateRoleError::HomeGone(home))
            }
            // A role or a policy that was read is another one by now.
            Err(ApplyError::AlreadyExists(_) | ApplyError::Conflict(_) | ApplyError::NotFound(_)) => {
                Err(CreateRoleError::Contended(home))
            }
            Err(error) => Err(CreateRoleError::StoreFailed(error)),
        }
    }

    /// Adds to the plan that no policy binds the role any more, nor would one that comes back with a deleted account.
    async fn without_bindings(&self, mut plan: Plan, name: &CustomRoleName) -> Result<Plan, ReadError> {
        let role = &name.role_name();
        let names_it = |policy: &Policy| policy.bindings.iter().any(|binding| binding.role == *role);
        // Read before the policies: an account that goes or comes back from here on is noticed.
        let deleted = self.store.all::<DeletedAccountRecord>("").await?;
        plan = plan.expect(Expectation::Unchanged(Gathering::of(name.clone(), "", &deleted)));
        for mut account in deleted.into_iter().map(|stored| stored.record) {
            if let Some(kept) = account.policy.as_mut().filter(|kept| names_it(&kept.policy)) {
                without(&mut kept.policy, role);
                plan = plan.put(Record::DeletedAccount(account));
            }
        }
        let picture = self.picture.load_full();
        for (uid, _) in picture.policies.iter().filter(|(_, written)| names_it(&written.policy)) {
            let key = PolicyKey(uid.clone());
            let Some(mut stored) = self.store.find::<PolicyRecord>(&key).await? else { continue };
            plan = plan.expect(Expectation::At(key.into(), stored.revision));
            without(&mut stored.record.policy, role);
            stored.record.version += 1;
            plan = plan.put(Record::Policy(stored.record));
        }
        Ok(plan)
    }
}

fn without(policy: &mut Policy, role: &RoleName) {
    policy.bindings.retain(|binding| binding.role != *role);
}

/// How often a role is stored anew when others were made or changed at the same instant.
const MOST_TRIES: usize = 20;
