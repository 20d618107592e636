//! How a change of the configuration becomes part of the picture.

use std::collections::BTreeSet;
use std::sync::Arc;

use iam::{DenyPolicy, Openness};
use names::{ApiName, DenyPolicyName, ResourceName, Uid};
use store::{ApiSwitch, Change, ProjectState, Record, RecordKey};

use super::{AccountState, Entry, PersonState, Picture, Project, Written};

impl Picture {
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
