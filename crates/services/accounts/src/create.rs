//! Making an account.

use audit::entry;
use context::Context;
use iam::Permit;
use iam::permission::IamServiceAccountsCreate;
use names::{AccountId, AccountName, Uid, UniqueId};
use serde_json::json;
use store::{AccountKind, AccountRecord, ApplyError, Expectation, Plan, ReadError, Record, Stored};

use crate::{Accounts, MAX_ACCOUNTS};

/// What a caller asks for.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Stands before the `@`.
    pub account_id: AccountId,
    /// At most 100 bytes (facts §4.1).
    pub display_name: String,
    /// At most 256 bytes (facts §4.1).
    pub description: String,
}

/// Why no account was made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The name is taken.
    #[error("Service account {} already exists within project projects/{}.", .0.email.local_part(), .0.project)]
    AlreadyExists(AccountName),
    /// The description is too long.
    #[error("the description has {0} bytes, at most 256 are allowed")]
    DescriptionTooLong(usize),
    /// The display name is too long.
    #[error("the display name has {0} bytes, at most 100 are allowed")]
    DisplayNameTooLong(usize),
    /// The project has as many accounts as it may have.
    #[error("the project has {MAX_ACCOUNTS} service accounts, the most that a project may have")]
    QuotaExceeded,
    /// The store could not be read.
    #[error("the accounts could not be read")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the account could not be stored")]
    StoreFailed(#[source] ApplyError),
}

impl Accounts {
    /// Makes an account in the project of the permit.
    pub async fn create(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountsCreate>,
        input: NewAccount,
    ) -> Result<Stored<AccountRecord>, CreateError> {
        if input.display_name.len() > 100 {
            return Err(CreateError::DisplayNameTooLong(input.display_name.len()));
        }
        if input.description.len() > 256 {
            return Err(CreateError::DescriptionTooLong(input.description.len()));
        }
        let project = permit.name().clone();
        let present = self.store.all::<AccountRecord>(&format!("projects/{project}/serviceAccounts/")).await;
        let present = present.map_err(CreateError::ReadFailed)?;
        let user_managed =
            present.iter().filter(|stored| stored.record.kind == AccountKind::UserManaged).count();
        let name = AccountName::of(&self.universe, &project, &input.account_id);
        if present.iter().any(|stored| stored.record.name == name) {
            return Err(CreateError::AlreadyExists(name));
        }
        if user_managed >= MAX_ACCOUNTS {
            return Err(CreateError::QuotaExceeded);
        }
        let record = AccountRecord {
            name: name.clone(),
            unique_id: UniqueId::draw(|buffer| context.randomness().fill(buffer)),
            uid: Uid::draw(|buffer| context.randomness().fill(buffer)),
            display_name: input.display_name,
            description: input.description,
            kind: AccountKind::UserManaged,
            disabled_at: None,
            generation: 1,
            create_time: context.now(),
        };
        let detail = json!({ "uniqueId": record.unique_id, "displayName": record.display_name });
        let plan = Plan::new()
            .expect(Expectation::Is(project.into(), permit.uid().clone()))
            .expect(Expectation::Absent(name.clone().into()))
            .put(Record::Account(record.clone()))
            .audit(entry(context, &permit, name.clone(), Some(&record.uid), detail));
        match self.store.apply(plan).await {
            Ok(revision) => Ok(Stored { record, revision }),
            Err(ApplyError::AlreadyExists(_)) => Err(CreateError::AlreadyExists(name)),
            Err(error) => Err(CreateError::StoreFailed(error)),
        }
    }
}
