//! Changing what an account is called.

use audit::entry;
use context::Context;
use iam::Permit;
use iam::permission::IamServiceAccountsUpdate;
use names::{AccountName, Revision};
use serde_json::json;
use store::{AccountRecord, ApplyError, Expectation, Plan, ReadError, Record, Stored};

use crate::Accounts;
use crate::texts::{self, TextTooLong};

/// What changes; `None` stays as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AccountChange {
    /// At most 100 bytes (facts §4.1).
    pub display_name: Option<String>,
    /// At most 256 bytes (facts §4.1).
    pub description: Option<String>,
    /// The account must have been written last at this revision.
    pub expected: Option<Revision>,
}

/// Why an account was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// Somebody else changed the account since it was read, or at the same time.
    #[error("the account was changed by somebody else; read it again and repeat the change")]
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
    /// A text is too long.
    #[error(transparent)]
    TooLong(#[from] TextTooLong),
}

impl Accounts {
    /// Changes the account of the permit. A change that changes nothing writes nothing.
    pub async fn update(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountsUpdate>,
        change: AccountChange,
    ) -> Result<Stored<AccountRecord>, UpdateError> {
        texts::check(change.display_name.as_deref(), change.description.as_deref())?;
        let name = permit.name().clone();
        let found = self.store.find::<AccountRecord>(&name).await.map_err(UpdateError::ReadFailed)?;
        let stored = found
            .filter(|stored| stored.record.uid == *permit.uid())
            .ok_or_else(|| UpdateError::NotFound(name.clone()))?;
        if change.expected.is_some_and(|expected| expected != stored.revision) {
            return Err(UpdateError::Concurrent);
        }
        let mut record = stored.record.clone();
        record.display_name = change.display_name.unwrap_or(record.display_name);
        record.description = change.description.unwrap_or(record.description);
        if record == stored.record {
            return Ok(stored);
        }
        let detail = json!({ "displayName": record.display_name, "description": record.description });
        let plan = Plan::new()
            .expect(Expectation::At(name.clone().into(), stored.revision))
            .audit(entry(context, &permit, name.clone(), Some(permit.uid()), detail))
            .put(Record::Account(record.clone()));
        match self.store.apply(plan).await {
            Ok(revision) => Ok(Stored { record, revision }),
            Err(ApplyError::Conflict(_)) => Err(UpdateError::Concurrent),
            Err(ApplyError::NotFound(_)) => Err(UpdateError::NotFound(name)),
            Err(error) => Err(UpdateError::StoreFailed(error)),
        }
    }
}
