//! Deleting an account.

use audit::entry;
use context::Context;
use iam::Permit;
use iam::permission::IamServiceAccountsDelete;
use names::AccountName;
use serde_json::json;
use store::{AccountKeyRecord, AccountRecord, ApplyError, Expectation, Plan, ReadError, Recorded};

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
    /// The store could not be read.
    #[error("the keys of the account could not be read")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the deletion could not be stored")]
    StoreFailed(#[source] ApplyError),
}

impl Accounts {
    /// Deletes the account of the permit, its keys and its policy. Bindings that name it stay, as `deleted:` members.
    pub async fn delete(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountsDelete>,
    ) -> Result<(), DeleteError> {
        let name = permit.name().clone();
        let account = self.store.find::<AccountRecord>(&name).await.map_err(DeleteError::ReadFailed)?;
        let account = account
            .filter(|stored| stored.record.uid == *permit.uid())
            .ok_or_else(|| DeleteError::NotFound(name.clone()))?;
        let keys = self
            .store
            .all::<AccountKeyRecord>(&format!("{name}/keys/"))
            .await
            .map_err(DeleteError::ReadFailed)?;
        let detail = json!({ "keys": keys.len() });
        let mut plan = Plan::new().expect(Expectation::At(name.clone().into(), account.revision));
        for key in keys {
            plan = plan.delete(key.record.key());
        }
        let plan = plan.delete(name.clone()).audit(entry(
            context,
            &permit,
            name.clone(),
            Some(permit.uid()),
            detail,
        ));
        match self.store.apply(plan).await {
            Ok(_) => Ok(()),
            Err(ApplyError::Conflict(_)) => Err(DeleteError::Contended(name)),
            Err(ApplyError::NotFound(_)) => Err(DeleteError::NotFound(name)),
            Err(error) => Err(DeleteError::StoreFailed(error)),
        }
    }
}
