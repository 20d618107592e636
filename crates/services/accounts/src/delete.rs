//! Deleting an account.

use audit::entry;
use context::Context;
use iam::Permit;
use iam::permission::IamServiceAccountsDelete;
use names::{AccountName, Uid};
use serde_json::json;
use store::{
    AccountKeyRecord, AccountKind, AccountRecord, ApplyError, DeletedAccountRecord, Expectation, Gathering,
    Plan, PolicyKey, PolicyRecord, ReadError, Record, RecordKey, Recorded,
};

use crate::Accounts;

/// Why an account was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// The account, or its keys, were changed at the same time; the caller may try again.
    #[error("{0} was changed by somebody else at the same time; repeat the call")]
    Contended(AccountName),
    /// It went away meanwhile.
    #[error("Unknown service account")]
    NotFound(AccountName),
    /// Doorward's own account goes with its project only: nobody could make it anew.
    #[error("{0} is a service agent; it goes with its project")]
    ServiceAgent(AccountName),
    /// The store could not be read.
    #[error("the keys of the account could not be read")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the deletion could not be stored")]
    StoreFailed(#[source] ApplyError),
}

impl Accounts {
    /// Deletes the account of the permit, its keys and its policy. Bindings that name it stay, as `deleted:` members.
    /// What was deleted is kept for [`retention::UNDELETE_WITHIN`], out of reach of everything but [`Accounts::undelete`].
    pub async fn delete(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountsDelete>,
    ) -> Result<(), DeleteError> {
        let (store, name) = (&self.store, permit.name().clone());
        let account = store.find::<AccountRecord>(&name).await.map_err(DeleteError::ReadFailed)?;
        let account = account
            .filter(|stored| stored.record.uid == *permit.uid())
            .ok_or_else(|| DeleteError::NotFound(name.clone()))?;
        if account.record.kind == AccountKind::ServiceAgent {
            return Err(DeleteError::ServiceAgent(name));
        }
        let prefix = format!("{name}/keys/");
        let keys = store.all::<AccountKeyRecord>(&prefix).await;
        let keys = keys.map_err(DeleteError::ReadFailed)?;
        let policy_key = PolicyKey(permit.uid().clone());
        let policy = store.find::<PolicyRecord>(&policy_key).await.map_err(DeleteError::ReadFailed)?;
        let detail = json!({ "keys": keys.len() });
        // A key that is made meanwhile would stay behind.
        let gathering = Gathering::of(name.clone(), &prefix, &keys);
        let mut plan = Plan::new()
            .expect(Expectation::At(name.clone().into(), account.revision))
            .expect(Expectation::Unchanged(gathering));
        plan = plan.expect(match &policy {
            Some(policy) => Expectation::At(policy_key.into(), policy.revision),
            None => Expectation::Absent(policy_key.into()),
        });
        for key in &keys {
            plan = plan.delete(key.record.key());
        }
        let now = context.now();
        let deleted = DeletedAccountRecord {
            account: account.record,
            uid: Uid::draw(|buffer| context.randomness().fill(buffer)),
            keys: keys.into_iter().map(|stored| stored.record).collect(),
            policy: policy.map(|stored| stored.record),
            deleted_at: now,
        };
        let plan = plan.delete(name.clone()).put(Record::DeletedAccount(deleted)).audit(entry(
            context,
            &permit,
            name.clone(),
            Some(permit.uid()),
            detail,
        ));
        match self.store.apply(plan).await {
            Ok(_) => Ok(()),
            Err(ApplyError::NotFound(RecordKey::Account(gone))) if gone == name => {
                Err(DeleteError::NotFound(name))
            }
            // A key or the policy: the account lives.
            Err(ApplyError::AlreadyExists(_) | ApplyError::Conflict(_) | ApplyError::NotFound(_)) => {
                Err(DeleteError::Contended(name))
            }
            Err(error) => Err(DeleteError::StoreFailed(error)),
        }
    }
}
