//! What a refresh token is worth.

use names::{Principal, Secret};
use store::{ReadError, RefreshCredentialKey, RefreshCredentialRecord};

use crate::{OauthClient, People, credential};

/// What the holder of a refresh token may be given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefreshGrant {
    /// The person.
    pub principal: Principal,
    /// Every scope that was granted, in the order in which they are listed in answers.
    pub scopes: Vec<String>,
    /// The person's present generation: what is minted ends with it.
    pub generation: u64,
    /// What ends what is bought with it, when it is revoked.
    pub credential: RefreshCredentialKey,
    /// Whether a refresh token was handed out.
    pub offline: bool,
}

/// Why a refresh token buys nothing.
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// The client's secret is missing or wrong: `invalid_client`.
    #[error("the client's secret is wrong")]
    ClientSecret,
    /// No client has this ID, or the token was made for another one: `invalid_client`.
    #[error("no such client")]
    ClientUnknown,
    /// The person is disabled: `invalid_grant`.
    #[error("the person is disabled")]
    PersonDisabled,
    /// The token is unknown or revoked, or its person is gone: `invalid_grant`.
    #[error("the refresh token is unknown or revoked")]
    Revoked,
    /// The store could not be read: nothing is said about the token.
    #[error("the refresh token could not be looked up")]
    StoreFailed(#[source] ReadError),
}

impl People {
    /// Whose a refresh token is and what it may buy. The client is looked at first, so that who does not know it
    /// learns nothing about tokens.
    ///
    /// # Errors
    /// Any [`RedeemError`].
    pub async fn redeem(
        &self,
        refresh_token: &Secret<String>,
        client_id: &str,
        client_secret: Option<&Secret<String>>,
    ) -> Result<RefreshGrant, RedeemError> {
        let client = self.config.client(client_id).ok_or(RedeemError::ClientUnknown)?;
        if !client.has_secret(client_secret) {
            return Err(RedeemError::ClientSecret);
        }
        self.grant_of(refresh_token, client).await
    }

    /// As [`People::redeem`], for a client that has shown who it is.
    pub(crate) async fn grant_of(
        &self,
        refresh_token: &Secret<String>,
        client: &OauthClient,
    ) -> Result<RefreshGrant, RedeemError> {
        let found = self
            .store
            .find::<RefreshCredentialRecord>(&credential::key(refresh_token))
            .await
            .map_err(RedeemError::StoreFailed)?
            .ok_or(RedeemError::Revoked)?
            .record;
        // The token of a record that ends was never handed out.
        if found.expires_at.is_some() {
            return Err(RedeemError::Revoked);
        }
        if found.client_id != client.id {
            return Err(RedeemError::ClientUnknown);
        }
        let person = self
            .access
            .person(&found.person)
            .filter(|person| person.subject == found.subject)
            .ok_or(RedeemError::Revoked)?;
        if person.disabled {
            return Err(RedeemError::PersonDisabled);
        }
        Ok(RefreshGrant {
            principal: Principal::Person { email: person.email, subject: person.subject },
            scopes: found.scopes,
            generation: person.generation,
            credential: found.hash,
            offline: true,
        })
    }
}
