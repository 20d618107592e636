//! Listing the accounts of a project.

use iam::Permit;
use iam::permission::IamServiceAccountsList;
use store::{AccountKind, AccountRecord, Listing, Page, ReadError};

use crate::Accounts;

/// Why no accounts were listed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The store failed.
    #[error("the accounts could not be read")]
    StoreFailed(#[source] ReadError),
}

impl Accounts {
    /// A page of the accounts that users made, in the order of their names. Service agents are not listed, so a page
    /// may hold fewer accounts than asked for and still not be the last.
    pub async fn list(
        &self,
        permit: &Permit<IamServiceAccountsList>,
        page: &Page,
    ) -> Result<Listing<AccountRecord>, ListError> {
        let prefix = format!("projects/{}/serviceAccounts/", permit.name());
        let mut listing =
            self.store.list::<AccountRecord>(&prefix, page).await.map_err(ListError::StoreFailed)?;
        listing.records.retain(|stored| stored.record.kind == AccountKind::UserManaged);
        Ok(listing)
    }
}
