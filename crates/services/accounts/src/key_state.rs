//! Disabling and enabling a key.

use audit::entry;
use context::Context;
use iam::permission::{IamServiceAccountKeysDisable, IamServiceAccountKeysEnable};
use iam::{Permission, Permit};
use names::{AccountName, KeyId, KeyName};
use serde_json::json;
use store::{
    AccountKeyKey, AccountKeyRecord, ApplyError, DisableReason, Expectation, Plan, ReadError, Record,
};

use crate::Accounts;

/// Why the state of a key was not changed.
#[derive(Debug, thiserror::Error)]
pub enum SetKeyStateError {
    /// Somebody else changed the key at the same time.
    #[error("{0} was changed by somebody else at the same time; repeat the call")]
    Concurrent(KeyName),
    /// Doorward turns its own keys itself.
    #[error("{0} is managed by Doorward, which turns it by itself; only keys that users made are disabled")]
    Managed(KeyName),
    /// There is no such key.
    #[error("{0} does not exist")]
    NotFound(KeyName),
    /// The store could not be read.
    #[error("the key could not be read")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the key could not be stored")]
    StoreFailed(#[source] ApplyError),
}

impl Accounts {
    /// Disables a key of the account of the permit: it mints nothing more, and what it bought stops, as if it were
    /// deleted. Disabling it twice changes nothing, the reason neither.
    pub async fn disable_key(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountKeysDisable>,
        key: KeyId,
        reason: DisableReason,
    ) -> Result<(), SetKeyStateError> {
        self.change_key_state(context, permit, key, |record| {
            record.disabled_at.is_none().then(|| {
                record.disabled_at = Some(context.now());
                record.disable_reason = reason;
            })
        })
        .await
    }

    /// Enables a key of the account of the permit. Access tokens that it bought before count again until they end, as
    /// do tokens that its owner signed. Enabling it twice changes nothing.
    pub async fn enable_key(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountKeysEnable>,
        key: KeyId,
    ) -> Result<(), SetKeyStateError> {
        self.change_key_state(context, permit, key, |record| record.disabled_at.take().map(|_| ())).await
    }

    async fn change_key_state<P: Permission<Resource = AccountName>>(
        &self,
        context: &Context,
        permit: Permit<P>,
        key: KeyId,
        change: impl FnOnce(&mut AccountKeyRecord) -> Option<()>,
    ) -> Result<(), SetKeyStateError> {
        let name = KeyName { account: permit.name().clone(), key: key.clone() };
        let found = AccountKeyKey { account: permit.name().clone(), key };
        let stored = self.store.find::<AccountKeyRecord>(&found).await;
        let mut stored = stored
            .map_err(SetKeyStateError::ReadFailed)?
            .ok_or_else(|| SetKeyStateError::NotFound(name.clone()))?;
        if stored.record.managed.is_some() {
            return Err(SetKeyStateError::Managed(name));
        }
        if change(&mut stored.record).is_none() {
            return Ok(());
        }
        let reason = stored.record.disabled_at.map(|_| stored.record.disable_reason);
        let detail = json!({ "key": name.key, "disabled": reason.is_some(), "reason": reason });
        let plan = Plan::new()
            .expect(Expectation::Is(permit.name().clone().into(), permit.uid().clone()))
            .expect(Expectation::At(found.into(), stored.revision))
            .put(Record::AccountKey(stored.record))
            .audit(entry(context, &permit, permit.name().clone(), Some(permit.uid()), detail));
        match self.store.apply(plan).await {
            Ok(_) => Ok(()),
            Err(ApplyError::Conflict(_)) => Err(SetKeyStateError::Concurrent(name)),
            Err(ApplyError::NotFound(_)) => Err(SetKeyStateError::NotFound(name)),
            Err(error) => Err(SetKeyStateError::StoreFailed(error)),
        }
    }
}
