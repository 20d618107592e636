//! Gathers the facts, asks `iam`, hands on the permit.
//!
//! Ada asks for a job. The edge calls [`Access::permit`] with her context and the job's name; `access` finds the
//! job, what it lives in and the policies along the way in a picture of the configuration that is kept in memory,
//! and `iam` decides. What she may not see she is not told about: a job that does not exist and one that she may
//! not get are refused alike, unless she holds the permission on the project.
//!
//! Use cases: [`Access::permit`], [`Access::permit_as`], [`Access::holds`], [`Access::explain`],
//! [`Access::policy`], [`Access::set_policy`], [`Access::create_role`], [`Access::get_role`], [`Access::list_roles`],
//! [`Access::update_role`], [`Access::delete_role`], [`Access::undelete_role`], [`Access::deny_policy`], [`Access::list_deny_policies`], [`Access::deny_policy_operation`],
//! [`Access::create_deny_policy`], [`Access::update_deny_policy`], [`Access::delete_deny_policy`].
//!
//! Invariants: the picture is current before the change that made it is acknowledged; reading it takes no lock and
//! never waits; deciding does not touch the store.

mod change_role;
mod create_deny_policy;
mod create_role;
mod delete_deny_policy;
mod delete_role;
mod deny_policy;
mod get_role;
mod keeper;
mod list_roles;
mod noted;
mod picture;
mod policy;
mod refused;
mod role_life;
mod set_policy;
mod undelete_role;
mod update_deny_policy;
mod update_role;

use std::sync::Arc;

use arc_swap::ArcSwap;
use audit::{Decisions, PermissionDecision};
use context::Context;
use iam::permission::IamServiceAccountsActAs;
use iam::{Explanation, Permission, Permit, Question, Standing, Vouched};
use jiff::Timestamp;
use names::{
    AccountName, AccountRef, AddressedAccountName, ApiName, Email, OrganizationId, Principal, ProjectId,
    ProjectNumber, ProjectRef, ResourceName, Revision, Uid, UniqueId, Universe,
};
use store::{ReadError, Store};

pub use change_role::ChangeRoleError;
pub use create_deny_policy::NewDenyPolicy;
pub use create_role::{CreateRoleError, MAX_ROLES, NewRole};
pub use deny_policy::{DenyPolicyChange, DenyPolicyError};
pub use get_role::GetRoleError;
pub use list_roles::{DeletedRoles, ListRolesError};
pub use noted::{explained, granted, not_granted, noted};
pub use picture::{AccountState, PersonState, Project};
pub use policy::{PolicyVersion, PolicyView, ReadsPolicy, RoleBinding, WritesPolicy};
pub use refused::{Denied, Refused};
pub use set_policy::{SetPolicy, SetPolicyError};
pub use store::{DenyPolicyRecord, Listing, Page, PolicyOperationKind, Profile, RoleRecord, Stored};
pub use update_deny_policy::DenyPolicyChanges;
pub use update_role::RoleChanges;

use keeper::Keeper;
use picture::{Lineage, Picture};

/// A cheap-clone handle onto the current picture.
#[derive(Clone)]
pub struct Access {
    decisions: Option<Decisions>,
    picture: Arc<ArcSwap<Picture>>,
    store: Store,
    universe: Arc<Universe>,
}

impl Access {
    /// Reads the whole configuration and follows it from then on.
    pub async fn start(store: &Store, universe: Universe) -> Result<Self, ReadError> {
        let picture = Arc::new(ArcSwap::from_pointee(Picture::default()));
        store.follow(Arc::new(Keeper::of(picture.clone()))).await?;
        Ok(Self { decisions: None, picture, store: store.clone(), universe: Arc::new(universe) })
    }

    /// The same, writing down what it decides for callers, so that their request IDs can be explained.
    pub fn noting(self, decisions: Decisions) -> Self {
        Self { decisions: Some(decisions), ..self }
    }

    /// Decides whether the caller holds `P` on the resource.
    pub fn permit<P: Permission>(&self, context: &Context, name: &P::Resource) -> Result<Permit<P>, Refused> {
        self.permit_through(context, context.principal(), name)
    }

    /// Decides for somebody in whose name the caller acts: a delegate of a chain. Noted under the caller's request.
    pub fn permit_through<P: Permission>(
        &self,
        context: &Context,
        principal: &Principal,
        name: &P::Resource,
    ) -> Result<Permit<P>, Refused> {
        let decided = self.decide(principal, name, context.now(), context.api());
        if let Some(decisions) = &self.decisions {
            let asker = (principal != context.principal()).then(|| principal.to_string());
            decisions.note(context, PermissionDecision { asker, ..noted(name, &decided) });
        }
        decided
    }

    /// Decides for another principal than the caller, such as a service agent, as things stand at `time`: now, for
    /// whoever acts on the permit.
    pub fn permit_as<P: Permission>(
        &self,
        principal: &Principal,
        name: &P::Resource,
        time: Timestamp,
    ) -> Result<Permit<P>, Refused> {
        self.decide(principal, name, time, None)
    }

    /// `through`: the API that is called, where one is.
    fn decide<P: Permission>(
        &self,
        principal: &Principal,
        name: &P::Resource,
        time: Timestamp,
        through: Option<&ApiName>,
    ) -> Result<Permit<P>, Refused> {
        let picture = self.picture.load();
        let through = counted(through, P::NAME);
        let resource: ResourceName = name.clone().into();
        let lineage = picture.lineage(&resource);
        if !lineage.exists {
            let above = (!lineage.levels.is_empty())
                .then(|| iam::explain(&question(&picture, principal, &lineage, time, through), P::NAME));
            return Err(match above {
                Some(Explanation { outcome: Ok(_), .. }) => {
                    Refused::NotFound { resource, revision: picture.revision }
                }
                other => Refused::Denied(Box::new(Denied::of_the_unknown(
                    principal,
                    P::NAME,
                    resource,
                    other,
                    picture.revision,
                ))),
            });
        }
        let question = question(&picture, principal, &lineage, time, through);
        iam::decide::<P>(&question).map_err(|denial| {
            Refused::Denied(Box::new(Denied {
                denial: *denial,
                explanation: iam::explain(&question, P::NAME),
                revision: picture.revision,
            }))
        })
    }

    /// Which of these permissions the principal holds on the resource at `time` in a call `through` an API; none where
    /// the resource does not exist.
    pub fn holds(
        &self,
        principal: &Principal,
        resource: &ResourceName,
        permissions: &[String],
        time: Timestamp,
        through: Option<&ApiName>,
    ) -> Vec<String> {
        let picture = self.picture.load();
        let lineage = picture.lineage(resource);
        if !lineage.exists {
            return Vec::new();
        }
        let question = question(&picture, principal, &lineage, time, through);
        permissions.iter().filter(|permission| iam::holds(&question, permission)).cloned().collect()
    }

    /// Every check that a decision makes at `time` for a call `through` an API, and how it comes out. `None` where the
    /// resource does not exist.
    pub fn explain(
        &self,
        principal: &Principal,
        resource: &ResourceName,
        permission: &str,
        time: Timestamp,
        through: Option<&ApiName>,
    ) -> Option<Explanation> {
        let picture = self.picture.load();
        let lineage = picture.lineage(resource);
        let through = counted(through, permission);
        lineage
            .exists
            .then(|| iam::explain(&question(&picture, principal, &lineage, time, through), permission))
    }

    /// The revision of the picture.
    pub fn revision(&self) -> Revision {
        self.picture.load().revision
    }

    /// The names that this cloud goes by.
    pub fn universe(&self) -> &Universe {
        &self.universe
    }

    /// The project that is meant; `-` means none in particular.
    pub fn project(&self, reference: &ProjectRef) -> Option<Project> {
        self.picture.load().project(reference)
    }

    /// Whether a project has this number, or had it before it was erased.
    pub fn is_spent(&self, number: ProjectNumber) -> bool {
        self.picture.load().project_numbers.contains_key(&number)
    }

    /// The account with this e-mail, as it is now.
    pub fn account(&self, email: &Email) -> Option<AccountState> {
        self.picture.load().account(email)
    }

    /// The account with this unique ID, as it is now.
    pub fn account_by_unique_id(&self, unique_id: &UniqueId) -> Option<AccountState> {
        let picture = self.picture.load();
        picture.account(picture.account_ids.get(unique_id)?)
    }

    /// Whether a project is marked for deletion: nothing in it is reached, and nothing in it acts.
    pub fn is_deleted(&self, project: &ProjectId) -> bool {
        self.picture.load().is_deleted(project)
    }

    /// The organization that a project is in, however deep.
    pub fn organization_of(&self, project: &ProjectId) -> Option<OrganizationId> {
        let picture = self.picture.load();
        let name = ResourceName::from(project.clone());
        picture.lineage(&name).levels.into_iter().find_map(|level| match level.name {
            ResourceName::Organization(id) => Some(id.clone()),
            _ => None,
        })
    }

    /// The project in which a deleted account may come back.
    pub fn project_of_deleted_account(&self, unique_id: &UniqueId) -> Option<ProjectId> {
        self.picture.load().deleted_accounts.get(unique_id).cloned()
    }

    /// The canonical name of an account as a caller addresses it; `None` where there is none, or none there.
    pub fn account_name(&self, addressed: &AddressedAccountName) -> Option<AccountName> {
        let account = match &addressed.account {
            AccountRef::Email(email) => self.account(email)?,
            AccountRef::UniqueId(unique_id) => self.account_by_unique_id(unique_id)?,
        };
        match &addressed.project {
            ProjectRef::Any => Some(account.name),
            project => (self.project(project)?.id == account.name.project).then_some(account.name),
        }
    }

    /// The person with this e-mail, as known now.
    pub fn person(&self, email: &Email) -> Option<PersonState> {
        self.picture.load().people.get(email).cloned()
    }

    /// Whom a record names, as that account or person is now; `None` when there is nobody of that name any more.
    pub fn named(&self, principal: &str) -> Option<Principal> {
        if principal == Principal::Anonymous.to_string() {
            return Some(Principal::Anonymous);
        }
        let (kind, email) = principal.split_once(':')?;
        let email = Email::parse(email).ok()?;
        match kind {
            "serviceAccount" => self
                .account(&email)
                .map(|account| Principal::ServiceAccount { email, unique_id: account.unique_id }),
            "user" => self.person(&email).map(|person| Principal::Person { email, subject: person.subject }),
            _ => None,
        }
    }

    /// The domain of an address, where it is an organization's.
    pub fn hosted_domain(&self, email: &Email) -> Option<String> {
        let domain = email.domain();
        let picture = self.picture.load();
        picture.domains.values().any(|own| **own == *domain).then(|| domain.to_owned())
    }

    /// The uid of an existing resource.
    pub fn uid(&self, resource: &ResourceName) -> Option<Uid> {
        self.picture.load().resources.get(resource).map(|entry| entry.uid.clone())
    }

    /// Whether a principal's account is gone, or another one has its name now.
    pub fn is_gone(&self, principal: &Principal) -> bool {
        self.picture.load().standing(principal) == Standing::Deleted
    }
}

/// Acting as an account is no call about the account's project.
fn counted<'a>(through: Option<&'a ApiName>, permission: &str) -> Option<&'a ApiName> {
    through.filter(|_| permission != IamServiceAccountsActAs::NAME)
}

fn question<'a>(
    picture: &'a Picture,
    principal: &'a Principal,
    lineage: &'a Lineage<'a>,
    time: Timestamp,
    through: Option<&'a ApiName>,
) -> Question<'a> {
    Question {
        principal,
        standing: picture.standing(principal),
        // Nothing fills groups and pools yet: see docs/roles.md.
        groups: &[],
        vouched: Vouched::NOTHING,
        lineage: &lineage.levels,
        custom_roles: &picture.custom_roles,
        open: lineage.opened,
        closed: picture.closed(&lineage.levels, through),
        time,
        revision: picture.revision,
    }
}
