//! The configuration as decisions need it, in memory: what it holds, and what is read from it.

mod take;

use std::collections::BTreeSet;
use std::sync::Arc;

use iam::{Closed, CustomRoles, DenyPolicy, Level, Openness, Policy, RoleDefinition, Standing};
use names::{
    AccountName, ApiName, DenyPolicyName, Email, OrganizationId, Principal, ProjectId, ProjectNumber,
    ProjectRef, ResourceName, Revision, RoleName, Uid, UniqueId,
};
use rpds::{HashTrieMapSync, HashTrieSetSync};
use store::Profile;

/// A project, by all its names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Project {
    /// Its ID.
    pub id: ProjectId,
    /// Its number.
    pub number: ProjectNumber,
    /// What it is.
    pub uid: Uid,
}

/// An account as it is now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountState {
    /// Its canonical name.
    pub name: AccountName,
    /// Its numeric ID.
    pub unique_id: UniqueId,
    /// Whether it is disabled.
    pub disabled: bool,
    /// Tokens of an earlier generation are void.
    pub generation: u64,
}

/// A person as known now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PersonState {
    /// The address.
    pub email: Email,
    /// What stays when the address changes.
    pub subject: UniqueId,
    /// What the person is called.
    pub profile: Profile,
    /// Whether the person may not sign in.
    pub disabled: bool,
    /// Tokens of an earlier generation are void.
    pub generation: u64,
}

/// Where a resource stands.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) uid: Uid,
    pub(crate) parent: Option<ResourceName>,
    pub(crate) opened: Option<Openness>,
}

/// A policy and how often it was written.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) policy: Arc<Policy>,
    pub(crate) version: u64,
}

/// The custom roles that are not deleted.
#[derive(Clone, Debug, Default)]
pub(crate) struct StandingRoles(HashTrieMapSync<RoleName, Arc<RoleDefinition>>);

impl CustomRoles for StandingRoles {
    fn standing(&self, role: &RoleName) -> Option<&RoleDefinition> {
        self.0.get(role).map(|definition| &**definition)
    }
}

/// One state of the configuration. Cloning it shares everything.
#[derive(Clone, Default)]
pub(crate) struct Picture {
    pub(crate) revision: Revision,
    pub(crate) resources: HashTrieMapSync<ResourceName, Entry>,
    pub(crate) policies: HashTrieMapSync<Uid, Written>,
    /// By what they are attached to.
    denies: HashTrieMapSync<Uid, Arc<Vec<DenyPolicy>>>,
    /// What each deny policy is attached to.
    attachments: HashTrieMapSync<DenyPolicyName, Uid>,
    pub(crate) accounts: HashTrieMapSync<Email, AccountState>,
    pub(crate) account_ids: HashTrieMapSync<UniqueId, Email>,
    /// Accounts that may come back, by the project where they may.
    pub(crate) deleted_accounts: HashTrieMapSync<UniqueId, ProjectId>,
    pub(crate) people: HashTrieMapSync<Email, PersonState>,
    pub(crate) custom_roles: StandingRoles,
    /// The domains of organizations.
    pub(crate) domains: HashTrieMapSync<OrganizationId, Arc<str>>,
    /// Projects that are marked for deletion.
    deleted_projects: HashTrieSetSync<ProjectId>,
    /// By project; of projects that have disabled none there is nothing.
    disabled_apis: HashTrieMapSync<ProjectId, Arc<BTreeSet<ApiName>>>,
    projects: HashTrieMapSync<ProjectId, Project>,
    /// Those of projects that were erased too.
    pub(crate) project_numbers: HashTrieMapSync<ProjectNumber, ProjectId>,
}

/// Deeper hierarchies than this do not exist: Google allows ten levels of folders.
const DEEPEST: usize = 16;

/// What a decision about a resource looks at, from the resource upwards.
pub(crate) struct Lineage<'a> {
    /// The resource first. Where it does not exist, only what is above it.
    pub(crate) levels: Vec<Level<'a>>,
    /// Whether the resource exists.
    pub(crate) exists: bool,
    /// What opens the first level.
    pub(crate) opened: Option<Openness>,
}

impl Picture {
    /// The resource and everything above it. Each level is looked up once.
    pub(crate) fn lineage<'a>(&'a self, resource: &'a ResourceName) -> Lineage<'a> {
        let mut levels = Vec::with_capacity(4);
        let above;
        let mut next = self.resources.get_key_value(resource);
        let exists = next.is_some();
        if next.is_none() {
            above = resource.home();
            next = above.as_ref().and_then(|home| self.resources.get_key_value(home));
        }
        let opened = next.and_then(|(_, entry)| entry.opened);
        while let Some((name, entry)) = next {
            let policy = self.policies.get(&entry.uid).map(|written| &*written.policy);
            // Mostly there are no deny policies at all.
            let denies = if self.denies.is_empty() { None } else { self.denies.get(&entry.uid) };
            let denies = denies.map_or(&[][..], |denies| denies);
            levels.push(Level { name, uid: &entry.uid, policy, denies });
            if levels.len() == DEEPEST {
                break;
            }
            next = entry.parent.as_ref().and_then(|parent| self.resources.get_key_value(parent));
        }
        Lineage { levels, exists, opened }
    }

    /// Whether a project is marked for deletion.
    pub(crate) fn is_deleted(&self, project: &ProjectId) -> bool {
        // Mostly there is none: then no name is looked for.
        !self.deleted_projects.is_empty() && self.deleted_projects.contains(project)
    }

    /// The account with this e-mail as it is now: of a project that is marked for deletion, none may act.
    pub(crate) fn account(&self, email: &Email) -> Option<AccountState> {
        let found = self.accounts.get(email)?;
        Some(AccountState {
            disabled: found.disabled || self.is_deleted(&found.name.project),
            ..found.clone()
        })
    }

    /// What closes the resource that the levels begin with to a call of this API.
    pub(crate) fn closed<'a>(
        &'a self,
        levels: &[Level<'a>],
        through: Option<&'a ApiName>,
    ) -> Option<Closed<'a>> {
        let project = levels.iter().find_map(|level| match level.name {
            ResourceName::Project(id) => Some(id),
            _ => None,
        })?;
        if self.is_deleted(project) {
            return Some(Closed::Project(project));
        }
        let api = through?;
        let disabled = self.disabled_apis.get(project)?;
        disabled.contains(api).then_some(Closed::Api { api, project })
    }

    /// Whether a principal may act: its account is there, is the same one, is not disabled, and its project is in use.
    pub(crate) fn standing(&self, principal: &Principal) -> Standing<'_> {
        let found = match principal {
            Principal::Anonymous | Principal::Federated { .. } | Principal::System(_) => {
                return Standing::Active;
            }
            Principal::Person { email, subject } => {
                let person = self.people.get(email).filter(|person| person.subject == *subject);
                person.map(|person| person.disabled)
            }
            Principal::ServiceAccount { email, unique_id } => {
                let account = self.accounts.get(email).filter(|account| account.unique_id == *unique_id);
                let project = account.map(|account| &account.name.project);
                if let Some(project) = project.and_then(|project| self.deleted_projects.get(project)) {
                    return Standing::ProjectDeleted(project);
                }
                account.map(|account| account.disabled)
            }
        };
        match found {
            None => Standing::Deleted,
            Some(false) => Standing::Active,
            Some(true) => Standing::Disabled,
        }
    }

    pub(crate) fn project(&self, reference: &ProjectRef) -> Option<Project> {
        let id = match reference {
            ProjectRef::Any => return None,
            ProjectRef::Id(id) => id,
            ProjectRef::Number(number) => self.project_numbers.get(number)?,
        };
        self.projects.get(id).cloned()
    }
}
