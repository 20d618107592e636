//! Bringing a deleted account back.

use audit::entry;
use context::Context;
use iam::Permit;
use iam::permission::IamServiceAccountsUndelete;
use jiff::Timestamp;
use names::{AccountName, UniqueId};
use retention::UNDELETE_WITHIN;
use serde_json::json;
use store::{
    AccountRecord, ApplyError, DeletedAccountKey, DeletedAccountRecord, Expectation, Plan, ReadError, Record,
    Stored,
};

use crate::room::Crowd;
use crate::{Accounts, MAX_ACCOUNTS};

/// Why an account was not brought back.
#[derive(Debug, thiserror::Error)]
pub enum UndeleteError {
    /// Others changed the project's accounts all the while; the caller may try again.
    #[error("the accounts of the project were changed by somebody else at the same time; repeat the call")]
    Contended,
    /// Another account has the e-mail now.
    #[error("another account has the e-mail {} now", .0.email)]
    EmailTaken(AccountName),
    /// No account with this unique ID was deleted in the project within the last 30 days.
    #[error("no account with the unique ID {0} was deleted here within the last 30 days")]
    NotFound(UniqueId),
    /// The project has as many accounts as it may have.
    #[error("Maximum number of service accounts on project reached.")]
    QuotaExceeded,
    /// The store could not be read.
    #[error("the deleted account could not be read")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the account could not be stored")]
    StoreFailed(#[source] ApplyError),
}

impl Accounts {
    /// Brings an account of the permit's project back, as it was: its policy, its keys, and its place in the policies
    /// of others. Access tokens from before its deletion stay void: it begins a new generation. That its keys come back
    /// is what brings a program back that has a key file; a key that leaked is to be deleted first, or afterwards.
    pub async fn undelete(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountsUndelete>,
        unique_id: UniqueId,
    ) -> Result<Stored<AccountRecord>, UndeleteError> {
        let project = permit.name().clone();
        let key = DeletedAccountKey { project: project.clone(), unique_id: unique_id.clone() };
        for _ in 0..MOST_TRIES {
            let found = self.store.find::<DeletedAccountRecord>(&key).await;
            let found = found
                .map_err(UndeleteError::ReadFailed)?
                .filter(|stored| is_within_reach(&stored.record, context.now()))
                .ok_or_else(|| UndeleteError::NotFound(unique_id.clone()))?;
            let deleted = found.record;
            let crowd = Crowd::of(&self.store, &project).await.map_err(UndeleteError::ReadFailed)?;
            let crowd = crowd.ok_or_else(|| UndeleteError::NotFound(unique_id.clone()))?;
            let name = deleted.account.name.clone();
            if crowd.has(&name) {
                return Err(UndeleteError::EmailTaken(name));
            }
            if crowd.user_managed() >= MAX_ACCOUNTS {
                return Err(UndeleteError::QuotaExceeded);
            }
            let generation = deleted.account.generation + 1;
            let record = AccountRecord { generation, ..deleted.account };
            let detail = json!({ "uniqueId": record.unique_id, "keys": deleted.keys.len() });
            let mut plan = crowd
                .joined_by_one(Plan::new())
                .expect(Expectation::Absent(name.clone().into()))
                .expect(Expectation::At(key.clone().into(), found.revision))
                .delete(key.clone())
                .put(Record::Account(record.clone()));
            for of_the_account in deleted.keys {
                plan = plan.put(Record::AccountKey(of_the_account));
            }
            if let Some(policy) = deleted.policy {
                plan = plan.put(Record::Policy(policy));
            }
            let plan = plan.audit(entry(context, &permit, name.clone(), Some(&record.uid), detail));
            match self.store.apply(plan).await {
                Ok(revision) => return Ok(Stored { record, revision }),
                Err(ApplyError::AlreadyExists(_)) => return Err(UndeleteError::EmailTaken(name)),
                Err(ApplyError::Conflict(_) | ApplyError::NotFound(_)) => {}
                Err(error) => return Err(UndeleteError::StoreFailed(error)),
            }
        }
        Err(UndeleteError::Contended)
    }
}

fn is_within_reach(deleted: &DeletedAccountRecord, now: Timestamp) -> bool {
    deleted.deleted_at.checked_add(UNDELETE_WITHIN).is_ok_and(|end| now < end)
}

const MOST_TRIES: usize = 10;
