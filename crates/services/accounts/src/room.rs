//! How many accounts a project has, and that two which are made at once do not make it too many.

use names::{AccountName, ProjectId};
use store::{
    AccountKind, AccountRecord, Expectation, Gathering, Plan, ProjectRecord, ReadError, Store, Stored,
};

/// The accounts of a project as they were read.
pub(crate) struct Crowd {
    project: ProjectRecord,
    prefix: String,
    accounts: Vec<Stored<AccountRecord>>,
}

impl Crowd {
    /// `None` where there is no such project.
    pub(crate) async fn of(store: &Store, project: &ProjectId) -> Result<Option<Self>, ReadError> {
        let Some(found) = store.find::<ProjectRecord>(project).await? else { return Ok(None) };
        let prefix = format!("projects/{project}/serviceAccounts/");
        let accounts = store.all::<AccountRecord>(&prefix).await?;
        Ok(Some(Self { project: found.record, prefix, accounts }))
    }

    pub(crate) fn has(&self, name: &AccountName) -> bool {
        self.accounts.iter().any(|stored| stored.record.name == *name)
    }

    /// Those that users made: service agents are not counted.
    pub(crate) fn user_managed(&self) -> usize {
        self.accounts.iter().filter(|stored| stored.record.kind == AccountKind::UserManaged).count()
    }

    /// Of two accounts that join at once one is second: the project and its accounts must be as they were read. The
    /// project itself is not written, so that its etag stays.
    pub(crate) fn joined_by_one(&self, plan: Plan) -> Plan {
        let project = &self.project;
        plan.expect(Expectation::Is(project.id.clone().into(), project.uid.clone()))
            .expect(Expectation::Unchanged(Gathering::of(project.id.clone(), &self.prefix, &self.accounts)))
    }
}
