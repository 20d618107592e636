//! The configuration as decisions need it, in memory.

use std::collections::BTreeSet;
use std::sync::Arc;

use iam::{Closed, CustomRoles, DenyPolicy, Level, Openness, Policy, RoleDefinition, Standing};
use names::{
    AccountName, ApiName, DenyPolicyName, Email, OrganizationId, Principal, ProjectId, ProjectNumber,
    ProjectRef, ResourceName, Revision, RoleName, Uid, UniqueId,
};
use rpds::{HashTrieMapSync, HashTrieSetSync};
use store::{ApiSwitch, Change, Profile, ProjectState, Record, RecordKey};

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

impl Picture {
    /// The resource and everything above it. Where the resource does not exist, only what is above it.
    pub(crate) fn lineage<'a>(&'a self, resource: &'a ResourceName) -> Vec<Level<'a>> {
        let mut levels = Vec::with_capacity(4);
        let above;
        let mut next = self.resources.get_key_value(resource);
        if next.is_none() {
            above = resource.home();
            next = above.as_ref().and_then(|home| self.resources.get_key_value(home));
        }
        while let Some((name, entry)) = next {
            let policy = self.policies.get(&entry.uid).map(|written| &*written.policy);
            let denies = self.denies.get(&entry.uid).map_or(&[][..], |denies| denies);
            levels.push(Level { name, uid: &entry.uid, policy, denies });
            if levels.len() == DEEPEST {
                break;
            }
            next = entry.parent.as_ref().and_then(|parent| self.resources.get_key_value(parent));
        }
        levels
    }

    /// What opens the resource that the lineage is of.
    pub(crate) fn opened(&self, lineage: &[Level<'_>]) -> Option<Openness> {
        self.resources.get(lineage.first()?.name)?.opened
    }

    /// Whether a project is marked for deletion.
    pub(crate) fn is_deleted(&self, project: &ProjectId) -> bool {
        self.deleted_projects.contains(project)
    }

    /// The account with this e-mail as it is now: of a project that is marked for deletion, none may act.
    pub(crate) fn account(&self, email: &Email) -> Option<AccountState> {
        let found = self.accounts.get(email)?;
        Some(AccountState {
            disabled: found.disabled || self.is_deleted(&found.name.project),
            ..found.clone()
        })
    }

    /// What closes the resource that the lineage is of to a call of this API.
    pub(crate) fn closed<'a>(
        &'a self,
        lineage: &[Level<'a>],
        through: Option<&'a ApiName>,
    ) -> Option<Closed<'a>> {
        let project = lineage.iter().find_map(|level| match level.name {
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

    pub(crate) fn take(&mut self, change: &Change) {
        match change {
            Change::Delete(key) => self.remove(key),
            Change::Put(record) => self.put(record),
        }
    }

    fn put(&mut self, record: &Record) {
        if let Some(name) = record.resource() {
            let entry =
                Entry { uid: record.uid().clone(), parent: parent(record, &name), opened: opened(record) };
            self.resources.insert_mut(name, entry);
        }
        match record {
            Record::Account(account) => {
                self.account_ids.insert_mut(account.unique_id.clone(), account.name.email.clone());
                self.accounts.insert_mut(
                    account.name.email.clone(),
                    AccountState {
                        name: account.name.clone(),
                        unique_id: account.unique_id.clone(),
                        disabled: account.disabled_at.is_some(),
                        generation: account.generation,
                    },
                );
            }
            Record::DeletedAccount(deleted) => {
                let account = &deleted.account;
                self.deleted_accounts.insert_mut(account.unique_id.clone(), account.name.project.clone());
            }
            Record::DenyPolicy(record) => {
                self.forget_deny(&record.name);
                let policy = DenyPolicy { name: record.name.clone(), rules: record.rules.clone() };
                let mut denies = self.denies_of(&record.attached_to);
                denies.push(policy);
                self.denies.insert_mut(record.attached_to.clone(), Arc::new(denies));
                self.attachments.insert_mut(record.name.clone(), record.attached_to.clone());
            }
            Record::ErasedProject(erased) => {
                self.project_numbers.insert_mut(erased.number, erased.id.clone())
            }
            Record::Organization(organization) => {
                self.domains.insert_mut(organization.id.clone(), organization.display_name.as_str().into());
            }
            Record::Person(person) => self.people.insert_mut(
                person.email.clone(),
                PersonState {
                    email: person.email.clone(),
                    subject: person.subject.clone(),
                    profile: person.profile.clone(),
                    disabled: person.disabled_at.is_some(),
                    generation: person.generation,
                },
            ),
            Record::Policy(policy) => {
                let written = Written { policy: Arc::new(policy.policy.clone()), version: policy.version };
                self.policies.insert_mut(policy.uid.clone(), written);
            }
            Record::Project(project) => {
                self.project_numbers.insert_mut(project.number, project.id.clone());
                match project.state {
                    ProjectState::Active => drop(self.deleted_projects.remove_mut(&project.id)),
                    ProjectState::DeleteRequested => self.deleted_projects.insert_mut(project.id.clone()),
                }
                let disabled = project.apis.iter().filter(|(_, switch)| **switch == ApiSwitch::Disabled);
                let disabled: BTreeSet<ApiName> = disabled.map(|(api, _)| api.clone()).collect();
                if disabled.is_empty() {
                    self.disabled_apis.remove_mut(&project.id);
                } else {
                    self.disabled_apis.insert_mut(project.id.clone(), Arc::new(disabled));
                }
                let state =
                    Project { id: project.id.clone(), number: project.number, uid: project.uid.clone() };
                self.projects.insert_mut(project.id.clone(), state);
            }
            Record::Role(role) if role.deleted_at.is_some() => {
                self.custom_roles.0.remove_mut(&role.name.role_name());
            }
            Record::Role(role) => {
                self.custom_roles.0.insert_mut(role.name.role_name(), Arc::new(role.definition.clone()));
            }
            Record::AccountKey(_)
            | Record::AuthorizationCode(_)
            | Record::DomainMapping(_)
            | Record::Function(_)
            | Record::Job(_)
            | Record::RefreshCredential(_)
            | Record::Revision(_)
            | Record::RevokedToken(_)
            | Record::RingKey(_)
            | Record::Service(_) => {}
        }
    }

    fn remove(&mut self, key: &RecordKey) {
        let resource = match key {
            RecordKey::Account(name) => {
                if let Some(account) = self.accounts.get(&name.email).cloned() {
                    self.account_ids.remove_mut(&account.unique_id);
                }
                self.accounts.remove_mut(&name.email);
                ResourceName::from(name.clone())
            }
            RecordKey::DeletedAccount(key) => {
                self.deleted_accounts.remove_mut(&key.unique_id);
                return;
            }
            RecordKey::DenyPolicy(name) => {
                self.forget_deny(name);
                return;
            }
            RecordKey::DomainMapping(key) => key.0.clone().into(),
            RecordKey::Function(name) => name.clone().into(),
            RecordKey::Job(name) => name.clone().into(),
            RecordKey::Organization(id) => {
                self.domains.remove_mut(id);
                id.clone().into()
            }
            RecordKey::Person(email) => {
                self.people.remove_mut(email);
                return;
            }
            RecordKey::Policy(key) => {
                self.policies.remove_mut(&key.0);
                return;
            }
            RecordKey::Project(id) => {
                if let Some(project) = self.projects.get(id).cloned() {
                    self.project_numbers.remove_mut(&project.number);
                }
                self.projects.remove_mut(id);
                self.disabled_apis.remove_mut(id);
                self.deleted_projects.remove_mut(id);
                id.clone().into()
            }
            RecordKey::Role(name) => {
                self.custom_roles.0.remove_mut(&name.role_name());
                name.clone().into()
            }
            RecordKey::Service(name) => name.clone().into(),
            RecordKey::AccountKey(_)
            | RecordKey::AuthorizationCode(_)
            | RecordKey::ErasedProject(_)
            | RecordKey::RefreshCredential(_)
            | RecordKey::Revision(_)
            | RecordKey::RevokedToken(_)
            | RecordKey::RingKey(_) => return,
        };
        self.resources.remove_mut(&resource);
    }
}

impl Picture {
    fn denies_of(&self, attached_to: &Uid) -> Vec<DenyPolicy> {
        self.denies.get(attached_to).map(|denies| denies.to_vec()).unwrap_or_default()
    }

    fn forget_deny(&mut self, name: &DenyPolicyName) {
        let Some(attached_to) = self.attachments.get(name).cloned() else { return };
        self.attachments.remove_mut(name);
        let mut denies = self.denies_of(&attached_to);
        denies.retain(|policy| policy.name != *name);
        if denies.is_empty() {
            self.denies.remove_mut(&attached_to);
        } else {
            self.denies.insert_mut(attached_to, Arc::new(denies));
        }
    }
}

/// What a resource lives in.
fn parent(record: &Record, name: &ResourceName) -> Option<ResourceName> {
    match record {
        Record::Organization(_) => None,
        Record::Project(project) => Some(project.parent.clone()),
        _ => name.home(),
    }
}

/// What opens a resource by its own configuration.
fn opened(record: &Record) -> Option<Openness> {
    match record {
        Record::Service(service) if service.invoker_iam_disabled => Some(Openness::InvokerIamDisabled),
        _ => None,
    }
}
