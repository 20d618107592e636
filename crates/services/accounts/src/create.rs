//! Making an account.

use audit::entry;
use context::Context;
use iam::Permit;
use iam::permission::IamServiceAccountsCreate;
use names::{AccountId, AccountName, ProjectId, Uid, UniqueId};
use serde_json::json;
use store::{AccountKind, AccountRecord, ApplyError, Expectation, Plan, ReadError, Record, Stored};

use crate::room::Crowd;
use crate::texts::{self, TextTooLong};
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
    /// Others changed the project's accounts all the while; the caller may try again.
    #[error("the accounts of {0} were changed by somebody else at the same time; repeat the call")]
    Contended(ProjectId),
    /// The project went away meanwhile.
    #[error("the project {0} does not exist any more")]
    ProjectGone(ProjectId),
    /// The project has as many accounts as it may have.
    #[error("Maximum number of service accounts on project reached.")]
    QuotaExceeded,
    /// The store could not be read.
    #[error("the accounts could not be read")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the account could not be stored")]
    StoreFailed(#[source] ApplyError),
    /// A text is too long.
    #[error(transparent)]
    TooLong(#[from] TextTooLong),
}

impl Accounts {
    /// Makes an account in the project of the permit.
    pub async fn create(
        &self,
        context: &Context,
        permit: Permit<IamServiceAccountsCreate>,
        input: NewAccount,
    ) -> Result<Stored<AccountRecord>, CreateError> {
        texts::check(Some(&input.display_name), Some(&input.description))?;
        let project = permit.name().clone();
        let name = AccountName::of(&self.universe, &project, &input.account_id);
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
        for _ in 0..MOST_TRIES {
            let crowd = Crowd::of(&self.store, &project).await.map_err(CreateError::ReadFailed)?;
            let crowd = crowd.ok_or_else(|| CreateError::ProjectGone(project.clone()))?;
            if crowd.has(&name) {
                return Err(CreateError::AlreadyExists(name));
            }
            if crowd.user_managed() >= MAX_ACCOUNTS {
                return Err(CreateError::QuotaExceeded);
            }
            let detail = json!({ "uniqueId": record.unique_id, "displayName": record.display_name });
            let plan = crowd
                .joined_by_one(Plan::new())
                .expect(Expectation::Is(project.clone().into(), permit.uid().clone()))
                .expect(Expectation::Absent(name.clone().into()))
                .put(Record::Account(record.clone()))
                .audit(entry(context, &permit, name.clone(), Some(&record.uid), detail));
            match self.store.apply(plan).await {
                Ok(revision) => return Ok(Stored { record, revision }),
                Err(ApplyError::AlreadyExists(_)) => return Err(CreateError::AlreadyExists(name)),
                Err(ApplyError::Conflict(_)) => {}
                Err(ApplyError::NotFound(_)) => return Err(CreateError::ProjectGone(project)),
                Err(error) => return Err(CreateError::StoreFailed(error)),
            }
        }
        Err(CreateError::Contended(project))
    }
}

/// How often an account is stored anew when another one joined the project at the same instant.
const MOST_TRIES: usize = 20;
