//! Deleting a key.

use audit::entry;
use context::Context;
use iam::Permit;
use iam::permission::IamServiceAccountKeysDelete;
use names::{KeyId, KeyName};
use serde_json::json;
use store::{AccountKeyKey, AccountKeyRecord, ApplyError, Expectation, Plan, ReadError, RecordKey};

use crate::Accounts;

/// Why a key was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteKeyError {
    /// The key was changed at the same time; the caller may try again.
    #[error("{0} was changed by somebody else at the same time; repeat the call")]
    Contended(KeyName),
    /// Doorward turns its own keys itself.
    #[error("{0} is managed by Doorward, which turns it by itself; only keys that users made are deleted")]
    Managed(KeyName),
    /// There is no such key.
    #[error("{0} does not exist")]
    NotFound(KeyName),
    /// The store could not be read.
    #[error("the key could not be read")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the deletion could not be stored")]
    StoreFailed(#[source] ApplyError),
}

impl Accounts {
    /// Deletes a key of the account of the permit: it mints nothing more, and the access tokens that it bought stop.
    pub async fn delete_key(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountKeysDelete>,
        key: KeyId,
    ) -> Result<(), DeleteKeyError> {
        let name = KeyName { account: permit.name().clone(), key: key.clone() };
        let record_key = AccountKeyKey { account: permit.name().clone(), key };
        let found =
            self.store.find::<AccountKeyRecord>(&record_key).await.map_err(DeleteKeyError::ReadFailed)?;
        let stored = found.ok_or_else(|| DeleteKeyError::NotFound(name.clone()))?;
        if stored.record.managed.is_some() {
            return Err(DeleteKeyError::Managed(name));
        }
        let detail = json!({ "key": name.key });
        let plan = Plan::new()
            .expect(Expectation::Is(permit.name().clone().into(), permit.uid().clone()))
            .expect(Expectation::At(record_key.clone().into(), stored.revision))
            .delete(record_key)
            .audit(entry(context, &permit, permit.name().clone(), Some(permit.uid()), detail));
        match self.store.apply(plan).await {
            Ok(_) => Ok(()),
            Err(ApplyError::Conflict(RecordKey::AccountKey(_))) => Err(DeleteKeyError::Contended(name)),
            Err(ApplyError::NotFound(_) | ApplyError::Conflict(_)) => Err(DeleteKeyError::NotFound(name)),
            Err(error) => Err(DeleteKeyError::StoreFailed(error)),
        }
    }
}
