//! Ending what a refresh token buys.

use audit::entry_of_person;
use context::Context;
use names::{Principal, Secret};
use serde_json::json;
use store::{ApplyError, Expectation, Plan, ReadError, RefreshCredentialKey, RefreshCredentialRecord};

use crate::{People, credential};

/// Why nothing was revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// There is no such credential, or no longer.
    #[error("the credential is unknown or revoked")]
    Unknown,
    /// The store could not be read.
    #[error("the credential could not be looked up")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the revocation could not be stored")]
    StoreFailed(#[source] ApplyError),
}

impl People {
    /// Ends a refresh token, and with it every access token that it bought.
    ///
    /// # Errors
    /// Any [`RevokeError`].
    pub async fn revoke(&self, context: &Context, token: &Secret<String>) -> Result<(), RevokeError> {
        self.revoke_credential(context, credential::key(token)).await
    }

    /// As [`People::revoke`], by what the credential is found by.
    ///
    /// # Errors
    /// Any [`RevokeError`].
    pub async fn revoke_credential(
        &self,
        context: &Context,
        key: RefreshCredentialKey,
    ) -> Result<(), RevokeError> {
        let found = self.store.find::<RefreshCredentialRecord>(&key).await;
        let found = found.map_err(RevokeError::ReadFailed)?.ok_or(RevokeError::Unknown)?;
        let record = found.record;
        let person = Principal::Person { email: record.person, subject: record.subject };
        let detail = json!({ "client": record.client_id, "createTime": record.create_time });
        let plan = Plan::new()
            .expect(Expectation::At(key.clone().into(), found.revision))
            .delete(key)
            .audit(entry_of_person(context, &person, "oauth2.revoke", detail));
        match self.store.apply(plan).await {
            Ok(_) => Ok(()),
            Err(ApplyError::Conflict(_) | ApplyError::NotFound(_)) => Err(RevokeError::Unknown),
            Err(error) => Err(RevokeError::StoreFailed(error)),
        }
    }
}
