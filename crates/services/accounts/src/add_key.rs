//! Storing a key, wherever its public half comes from.

use audit::entry;
use context::Context;
use iam::Permit;
use iam::permission::IamServiceAccountKeysCreate;
use names::{AccountName, KeyName, Uid};
use serde_json::json;
use store::{
    AccountKeyRecord, AccountKind, AccountRecord, ApplyError, Expectation, Gathering, Plan, ReadError,
    Record, Recorded,
};

use crate::{Accounts, MAX_KEYS};

/// Why a key was not added to an account.
#[derive(Debug, thiserror::Error)]
pub enum AddKeyError {
    /// Others changed the account all the while; the caller may try again.
    #[error("{0} was changed by somebody else at the same time; repeat the call")]
    Contended(AccountName),
    /// The account has this very key.
    #[error("the account has this key already, as {0}")]
    Exists(KeyName),
    /// The account went away meanwhile.
    #[error("Unknown service account")]
    NotFound(AccountName),
    /// The account has as many keys as it may have.
    #[error("Maximum number of keys on account reached.")]
    QuotaExceeded,
    /// The store could not be read.
    #[error("the keys of the account could not be read")]
    ReadFailed(#[source] ReadError),
    /// The caller may not any more.
    #[error("the permission to make keys of {0} was taken away meanwhile")]
    Revoked(AccountName),
    /// Doorward's own accounts have no keys: with one, its bearer could mint tokens of every account in the project.
    #[error("{0} is a service agent; service agents have no keys")]
    ServiceAgent(AccountName),
    /// The store could not be written.
    #[error("the key could not be stored")]
    StoreFailed(#[source] ApplyError),
}

impl Accounts {
    /// Stores a key of the account of the permit. Making or reading one takes a while, so the decision is made again
    /// first: a right that was taken away meanwhile buys no key.
    pub(crate) async fn add_key(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountKeysCreate>,
        key: impl Fn(&AccountRecord) -> AccountKeyRecord,
    ) -> Result<(AccountRecord, AccountKeyRecord), AddKeyError> {
        let name = permit.name().clone();
        for _ in 0..MOST_TRIES {
            let again = self.access.permit_as::<IamServiceAccountKeysCreate>(
                permit.principal(),
                &name,
                context.now(),
            );
            let again = again.map_err(|_| AddKeyError::Revoked(name.clone()))?;
            let (account, present) = self.room_for_a_key(&name, permit.uid()).await?;
            let record = key(&account);
            let detail = json!({ "key": record.key, "origin": record.origin });
            // Of two creations one is second, since the keys must be as they were read; a deletion of the account looks
            // at them in the same way. The account itself is not written, so that its etag stays.
            let plan = Plan::new()
                .expect(Expectation::Is(name.clone().into(), permit.uid().clone()))
                .expect(Expectation::Absent(record.key().into()))
                .expect(Expectation::Unchanged(present))
                .audit(entry(context, &again, name.clone(), Some(permit.uid()), detail))
                .put(Record::AccountKey(record.clone()));
            match self.store.apply(plan).await {
                Ok(_) => return Ok((account, record)),
                Err(ApplyError::AlreadyExists(_)) => {
                    return Err(AddKeyError::Exists(KeyName { account: name, key: record.key }));
                }
                Err(ApplyError::Conflict(_)) => {}
                Err(ApplyError::NotFound(_)) => return Err(AddKeyError::NotFound(name)),
                Err(error) => return Err(AddKeyError::StoreFailed(error)),
            }
        }
        Err(AddKeyError::Contended(name))
    }

    /// The account, if it may have one more key, and the keys that it has. Those that Doorward manages are not counted.
    pub(crate) async fn room_for_a_key(
        &self,
        name: &AccountName,
        uid: &Uid,
    ) -> Result<(AccountRecord, Gathering), AddKeyError> {
        let account = self.store.find::<AccountRecord>(name).await.map_err(AddKeyError::ReadFailed)?;
        let account = account
            .filter(|stored| stored.record.uid == *uid)
            .ok_or_else(|| AddKeyError::NotFound(name.clone()))?;
        if account.record.kind == AccountKind::ServiceAgent {
            return Err(AddKeyError::ServiceAgent(name.clone()));
        }
        let prefix = format!("{name}/keys/");
        let present = self.store.all::<AccountKeyRecord>(&prefix).await;
        let present = present.map_err(AddKeyError::ReadFailed)?;
        if present.iter().filter(|stored| stored.record.managed.is_none()).count() >= MAX_KEYS {
            return Err(AddKeyError::QuotaExceeded);
        }
        Ok((account.record, Gathering::of(name.clone(), &prefix, &present)))
    }
}

/// How often a key is stored anew when somebody else changed the account at the same instant.
const MOST_TRIES: usize = 10;
