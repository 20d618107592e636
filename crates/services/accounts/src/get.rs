//! Reading one account.

use iam::Permit;
use iam::permission::IamServiceAccountsGet;
use names::AccountName;
use store::{AccountRecord, ReadError, Stored};

use crate::Accounts;

/// Why an account was not read.
#[derive(Debug, thiserror::Error)]
pub enum GetError {
    /// It went away meanwhile.
    #[error("Unknown service account")]
    NotFound(AccountName),
    /// The store failed.
    #[error("the account could not be read")]
    StoreFailed(#[source] ReadError),
}

impl Accounts {
    /// The account of the permit.
    pub async fn get(
        &self,
        permit: &Permit<IamServiceAccountsGet>,
    ) -> Result<Stored<AccountRecord>, GetError> {
        let found = self.store.find::<AccountRecord>(permit.name()).await.map_err(GetError::StoreFailed)?;
        found
            .filter(|stored| stored.record.uid == *permit.uid())
            .ok_or_else(|| GetError::NotFound(permit.name().clone()))
    }
}
