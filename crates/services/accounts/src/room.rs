//! How many accounts a project has, and that two which are made at once do not make it too many.

use names::{AccountName, ProjectId};
use store::{AccountKind, AccountRecord, Expectation, Plan, ProjectRecord, ReadError, Record, Store, Stored};

/// The accounts of a project as they were read.
pub(crate) struct Crowd {
    project: Stored<ProjectRecord>,
    accounts: Vec<Stored<AccountRecord>>,
}

impl Crowd {
    /// `None` where there is no such project.
    pub(crate) async fn of(store: &Store, project: &ProjectId) -> Result<Option<Self>, ReadError> {
        // The project comes first: whoever joins after it was read rewrites it.
        let Some(found) = store.find::<ProjectRecord>(project).await? else { return Ok(None) };
        let accounts = store.all::<AccountRecord>(&format!("projects/{project}/serviceAccounts/")).await?;
        Ok(Some(Self { project: found, accounts }))
    }

    pub(crate) fn has(&self, name: &AccountName) -> bool {
        self.accounts.iter().any(|stored| stored.record.name == *name)
    }

    /// Those that users made: service agents are not counted.
    pub(crate) fn user_managed(&self) -> usize {
        self.accounts.iter().filter(|stored| stored.record.kind == AccountKind::UserManaged).count()
    }

    /// The project is written along, as it is, so that of two accounts that join at once one is second.
    pub(crate) fn joined_by_one(&self, plan: Plan) -> Plan {
        let project = &self.project.record;
        plan.expect(Expectation::At(project.id.clone().into(), self.project.revision))
            .put(Record::Project(project.clone()))
    }
}
