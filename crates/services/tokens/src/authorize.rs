//! Letting a client act for a person, from this side: how often it may be asked, and which of its failures are ours.

use std::net::IpAddr;

use context::Context;
use names::Secret;
use oauth::{AuthorizationRequest, Terms};
use people::Authorization;

use crate::Tokens;
use crate::chain::Chain;

/// Why no code was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AuthorizeError {
    /// More was asked than is answered in a second.
    #[error("too many requests")]
    Busy,
    /// The client has no secret, and asked without a challenge.
    #[error("a client without a secret must send a code challenge (RFC 7636)")]
    ChallengeMissing,
    /// No client has this ID.
    #[error("The OAuth client was not found.")]
    ClientUnknown,
    /// What was shown is no refresh token of the command line that counts.
    #[error("the credential is unknown, revoked, or not the one of the command line")]
    CredentialUnknown,
    /// The redirect URI is not one of the client's.
    #[error("the redirect URI is not registered for this client")]
    Redirect,
    /// The credential does not have a scope that is asked for.
    #[error("the credential stands for less than what is asked for")]
    ScopeInsufficient,
    /// A fault of this server; the log has it.
    #[error("the code could not be stored")]
    Unavailable,
}

impl Tokens {
    /// Whether there is such a client and the answer may go there: to be asked before anybody is redirected.
    ///
    /// # Errors
    /// [`AuthorizeError::ClientUnknown`] and [`AuthorizeError::Redirect`].
    pub fn check_redirect(&self, request: &AuthorizationRequest) -> Result<(), AuthorizeError> {
        let checked = self.within.people.check_redirect(&request.client_id, &request.redirect_uri);
        checked.map_err(|error| told(&error))
    }

    /// Whether the client must send a challenge and did not: told to the client, before anybody is asked.
    ///
    /// # Errors
    /// [`AuthorizeError::ChallengeMissing`] and [`AuthorizeError::ClientUnknown`].
    pub fn check_challenge(
        &self,
        request: &AuthorizationRequest,
        terms: &Terms,
    ) -> Result<(), AuthorizeError> {
        self.within.people.check_challenge(&request.client_id, terms).map_err(|error| told(&error))
    }

    /// Makes a code for a client that asked, in the name of the person whose command line has this refresh token. `from`
    /// is the address at the other end, where there is one.
    ///
    /// # Errors
    /// See [`AuthorizeError`].
    pub async fn authorize(
        &self,
        context: &Context,
        from: Option<IpAddr>,
        refresh_token: &Secret<String>,
        request: &AuthorizationRequest,
        terms: &Terms,
    ) -> Result<Secret<String>, AuthorizeError> {
        if !self.within.callers.admits(from, "authorize", context.now()) {
            return Err(AuthorizeError::Busy);
        }
        let authorization =
            Authorization { client_id: &request.client_id, redirect_uri: &request.redirect_uri, terms };
        let code = self.within.people.authorize(context, refresh_token, authorization).await;
        code.map_err(|error| told(&error))
    }
}

fn told(error: &people::AuthorizeError) -> AuthorizeError {
    match error {
        people::AuthorizeError::ChallengeMissing => AuthorizeError::ChallengeMissing,
        people::AuthorizeError::ClientUnknown => AuthorizeError::ClientUnknown,
        people::AuthorizeError::CredentialUnknown => AuthorizeError::CredentialUnknown,
        people::AuthorizeError::Redirect => AuthorizeError::Redirect,
        people::AuthorizeError::ScopeInsufficient => AuthorizeError::ScopeInsufficient,
        people::AuthorizeError::ReadFailed(_) | people::AuthorizeError::StoreFailed(_) => {
            tracing::error!(error = %Chain(error), "a code could not be made");
            AuthorizeError::Unavailable
        }
    }
}
