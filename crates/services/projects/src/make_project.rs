//! A project and what it cannot be without.

use std::collections::BTreeMap;

use context::Context;
use iam::{Binding, Grantee, Policy};
use names::{
    AccountName, Member, ProjectId, ProjectNumber, ResourceName, RoleName, ServiceAgent, Uid, UniqueId,
};
use store::{AccountKind, AccountRecord, PolicyRecord, ProjectRecord, ProjectState, Record};

use crate::Projects;

/// Which project is to be made, and for whom.
pub(crate) struct Seed<'a> {
    pub(crate) id: &'a ProjectId,
    pub(crate) parent: ResourceName,
    pub(crate) display_name: String,
    pub(crate) labels: BTreeMap<String, String>,
    /// Who holds these roles from the start.
    pub(crate) owner: Grantee,
    pub(crate) roles: &'a [&'a str],
}

/// A project with all that belongs to it.
pub(crate) struct Made {
    pub(crate) project: ProjectRecord,
    pub(crate) agents: Vec<AccountRecord>,
    policy: PolicyRecord,
}

impl Made {
    /// Everything that is to be written.
    pub(crate) fn records(self) -> impl Iterator<Item = Record> {
        let agents = self.agents.into_iter().map(Record::Account);
        std::iter::once(Record::Project(self.project)).chain(agents).chain([Record::Policy(self.policy)])
    }
}

impl Projects {
    /// The project with a number of its own, its agents and their roles.
    pub(crate) fn make(&self, context: &Context, seed: Seed<'_>) -> Made {
        let now = context.now();
        let project = ProjectRecord {
            id: seed.id.clone(),
            number: self.unused_number(context),
            uid: uid(context),
            parent: seed.parent,
            display_name: seed.display_name,
            labels: seed.labels,
            state: ProjectState::Active,
            deleted_at: None,
            create_time: now,
            update_time: now,
            apis: BTreeMap::new(),
        };
        let mut bindings: Vec<Binding> =
            seed.roles.iter().map(|role| binding(role, seed.owner.clone())).collect();
        let mut agents = Vec::new();
        for agent in ServiceAgent::ALL {
            let account = self.agent(context, &project, agent);
            let member = Member::ServiceAccount(account.name.email.clone());
            bindings
                .push(binding(agent.role, Grantee { member, unique_id: Some(account.unique_id.clone()) }));
            agents.push(account);
        }
        let policy = policy(&seed.id.clone().into(), &project.uid, bindings);
        Made { project, agents, policy }
    }

    fn agent(&self, context: &Context, project: &ProjectRecord, agent: ServiceAgent) -> AccountRecord {
        AccountRecord {
            name: AccountName {
                project: project.id.clone(),
                email: self.universe.agent_email(&agent, project.number),
            },
            unique_id: UniqueId::draw(|buffer| context.randomness().fill(buffer)),
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
            if !self.access.is_spent(number) {
                return number;
            }
        }
    }
}

pub(crate) fn binding(role: &str, member: Grantee) -> Binding {
    Binding {
        role: RoleName::parse(role).expect("a role of the catalogue"),
        members: vec![member],
        condition: None,
    }
}

pub(crate) fn policy(resource: &ResourceName, uid: &Uid, bindings: Vec<Binding>) -> PolicyRecord {
    PolicyRecord { resource: resource.clone(), uid: uid.clone(), policy: Policy::of(bindings), version: 1 }
}

pub(crate) fn uid(context: &Context) -> Uid {
    Uid::draw(|buffer| context.randomness().fill(buffer))
}
