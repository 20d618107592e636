//! Reading the keys of an account.

use iam::Permit;
use iam::permission::{IamServiceAccountKeysGet, IamServiceAccountKeysList};
use names::{KeyId, KeyName};
use store::{AccountKeyKey, AccountKeyRecord, ReadError};

use crate::Accounts;

/// Why keys were not read.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// There is no such key.
    #[error("{0} does not exist")]
    NotFound(KeyName),
    /// The store failed.
    #[error("the keys could not be read")]
    StoreFailed(#[source] ReadError),
}

/// Which keys of an account are meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhichKeys {
    /// All of them.
    All,
    /// Those whose private half Doorward keeps.
    SystemManaged,
    /// Those that users made or uploaded.
    UserManaged,
}

impl WhichKeys {
    fn include(self, key: &AccountKeyRecord) -> bool {
        match self {
            Self::All => true,
            Self::SystemManaged => key.managed.is_some(),
            Self::UserManaged => key.managed.is_none(),
        }
    }
}

impl Accounts {
    /// Keys of the account of the permit, in the order of their IDs: at most [`crate::MAX_KEYS`] that users made, and
    /// a few that Doorward signs with, once it has signed for the account.
    pub async fn list_keys(
        &self,
        permit: &Permit<IamServiceAccountKeysList>,
        which: WhichKeys,
    ) -> Result<Vec<AccountKeyRecord>, KeysError> {
        let keys = self.store.all::<AccountKeyRecord>(&format!("{}/keys/", permit.name())).await;
        let keys = keys.map_err(KeysError::StoreFailed)?.into_iter().map(|stored| stored.record);
        Ok(keys.filter(|key| which.include(key)).collect())
    }

    /// One key of the account of the permit.
    pub async fn get_key(
        &self,
        permit: &Permit<IamServiceAccountKeysGet>,
        key: KeyId,
    ) -> Result<AccountKeyRecord, KeysError> {
        let name = KeyName { account: permit.name().clone(), key: key.clone() };
        let found = self.store.find(&AccountKeyKey { account: permit.name().clone(), key }).await;
        let found: Option<store::Stored<AccountKeyRecord>> = found.map_err(KeysError::StoreFailed)?;
        found.map(|stored| stored.record).ok_or(KeysError::NotFound(name))
    }
}
