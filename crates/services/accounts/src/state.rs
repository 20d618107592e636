//! Disabling and enabling an account.

use audit::entry;
use context::Context;
use iam::permission::{IamServiceAccountsDisable, IamServiceAccountsEnable};
use iam::{Permission, Permit};
use names::AccountName;
use serde_json::json;
use store::{AccountRecord, ApplyError, Expectation, Plan, ReadError, Record};

use crate::Accounts;

/// Why the state was not changed.
#[derive(Debug, thiserror::Error)]
pub enum SetStateError {
    /// Somebody else changed the account at the same time.
    #[error("the account was changed by somebody else at the same time; repeat the call")]
    Concurrent,
    /// It went away meanwhile.
    #[error("Unknown service account")]
    NotFound(AccountName),
    /// The store could not be read.
    #[error("the account could not be read")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the account could not be stored")]
    StoreFailed(#[source] ApplyError),
}

impl Accounts {
    /// Disables the account of the permit: nothing that it was issued counts from now on, and its access tokens never
    /// will again. Disabling it twice changes nothing.
    pub async fn disable(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountsDisable>,
    ) -> Result<(), SetStateError> {
        self.change_state(context, permit, |account| {
            account.disabled_at.is_none().then(|| {
                account.disabled_at = Some(context.now());
                account.generation += 1;
            })
        })
        .await
    }

    /// Enables the account of the permit. Enabling it twice changes nothing.
    pub async fn enable(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountsEnable>,
    ) -> Result<(), SetStateError> {
        self.change_state(context, permit, |account| account.disabled_at.take().map(|_| ())).await
    }

    async fn change_state<P: Permission<Resource = AccountName>>(
        &self,
        context: &Context,
        permit: Permit<P>,
        change: impl FnOnce(&mut AccountRecord) -> Option<()>,
    ) -> Result<(), SetStateError> {
        let name = permit.name().clone();
        let found = self.store.find::<AccountRecord>(&name).await.map_err(SetStateError::ReadFailed)?;
        let mut stored = found
            .filter(|stored| stored.record.uid == *permit.uid())
            .ok_or_else(|| SetStateError::NotFound(name.clone()))?;
        if change(&mut stored.record).is_none() {
            return Ok(());
        }
        let detail = json!({ "disabled": stored.record.disabled_at.is_some() });
        let plan = Plan::new()
            .expect(Expectation::At(name.clone().into(), stored.revision))
            .audit(entry(context, &permit, name.clone(), Some(permit.uid()), detail))
            .put(Record::Account(stored.record));
        match self.store.apply(plan).await {
            Ok(_) => Ok(()),
            Err(ApplyError::Conflict(_)) => Err(SetStateError::Concurrent),
            Err(ApplyError::NotFound(_)) => Err(SetStateError::NotFound(name)),
            Err(error) => Err(SetStateError::StoreFailed(error)),
        }
    }
}
