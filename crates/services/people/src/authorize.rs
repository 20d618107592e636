//! Letting a client act for a person: the code that it exchanges for tokens.
//!
//! There is no page to sign in on. Who lets a client act for them shows the refresh token of their command line: it is
//! what a sign-in would leave behind, nothing that a browser sends by itself, and worth no less than what is granted for
//! it. An access token would not do: one that leaks ends within the hour, and must not turn into one that does not.

use audit::entry_of_person;
use context::Context;
use names::{Principal, Secret, Uid};
use oauth::{AccessType, Scope, Terms};
use serde_json::json;
use store::{ApplyError, AuthorizationCodeKey, AuthorizationCodeRecord, Plan, ReadError, Record};

use crate::{People, RedeemError, credential};

/// Where and for whom a code is good.
#[derive(Clone, Debug)]
pub struct Authorization<'a> {
    /// The client that asks.
    pub client_id: &'a str,
    /// Where the code goes. The exchange must name the same one.
    pub redirect_uri: &'a str,
    /// What is asked for.
    pub terms: &'a Terms,
}

/// Why no code was made.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizeError {
    /// The client has no secret, and asked without a challenge.
    #[error("a client without a secret must send a code challenge")]
    ChallengeMissing,
    /// No client has this ID.
    #[error("The OAuth client was not found.")]
    ClientUnknown,
    /// What was shown is no refresh token of the command line that counts.
    #[error("the credential is unknown, revoked, or not the one of the command line")]
    CredentialUnknown,
    /// The credential does not have a scope that is asked for.
    #[error("the credential stands for less than what is asked for")]
    ScopeInsufficient,
    /// The redirect URI is not one of the client's.
    #[error("the redirect URI is not registered for this client")]
    Redirect,
    /// The store could not be read.
    #[error("the credential could not be looked up")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the code could not be stored")]
    StoreFailed(#[source] ApplyError),
}

impl People {
    /// Whether there is such a client and the answer may go there: to be asked before anybody is redirected.
    ///
    /// # Errors
    /// [`AuthorizeError::ClientUnknown`] and [`AuthorizeError::Redirect`].
    pub fn check_redirect(&self, client_id: &str, redirect_uri: &str) -> Result<(), AuthorizeError> {
        let client = self.config.client(client_id).ok_or(AuthorizeError::ClientUnknown)?;
        let registered = client.redirect_uris.iter().any(|own| own.accepts(redirect_uri));
        if registered { Ok(()) } else { Err(AuthorizeError::Redirect) }
    }

    /// Whether the client must send a challenge and did not.
    ///
    /// # Errors
    /// [`AuthorizeError::ChallengeMissing`] and [`AuthorizeError::ClientUnknown`].
    pub fn check_challenge(&self, client_id: &str, terms: &Terms) -> Result<(), AuthorizeError> {
        let client = self.config.client(client_id).ok_or(AuthorizeError::ClientUnknown)?;
        let provable = client.secret.is_some() || terms.challenge.is_some();
        if provable { Ok(()) } else { Err(AuthorizeError::ChallengeMissing) }
    }

    /// Makes a code that counts once, for ten minutes, for the person whose command line has this refresh token.
    ///
    /// # Errors
    /// Any [`AuthorizeError`].
    pub async fn authorize(
        &self,
        context: &Context,
        refresh_token: &Secret<String>,
        authorization: Authorization<'_>,
    ) -> Result<Secret<String>, AuthorizeError> {
        self.check_redirect(authorization.client_id, authorization.redirect_uri)?;
        self.check_challenge(authorization.client_id, authorization.terms)?;
        let terms = authorization.terms;
        let person = self.shown_by(refresh_token, terms).await?;
        let Principal::Person { email, subject } = &person else {
            return Err(AuthorizeError::CredentialUnknown);
        };
        let code = credential::draw_secret(context, "4/0");
        let record = AuthorizationCodeRecord {
            hash: AuthorizationCodeKey(jose::sha256_hex(code.reveal().as_bytes())),
            uid: Uid::draw(|buffer| context.randomness().fill(buffer)),
            person: email.clone(),
            subject: subject.clone(),
            client_id: authorization.client_id.to_owned(),
            redirect_uri: authorization.redirect_uri.to_owned(),
            scopes: terms.scopes.iter().map(ToString::to_string).collect(),
            challenge: terms.challenge.as_ref().map(|challenge| challenge.as_str().to_owned()),
            nonce: terms.nonce.clone(),
            offline: terms.access_type == AccessType::Offline,
            expires_at: context.now().checked_add(LIFETIME).unwrap_or(jiff::Timestamp::MAX),
            bought: None,
        };
        let detail = json!({ "client": record.client_id, "scopes": record.scopes });
        let plan = Plan::new()
            .audit(entry_of_person(context, &person, "oauth2.authorize", detail))
            .put(Record::AuthorizationCode(record));
        self.store.apply(plan).await.map_err(AuthorizeError::StoreFailed)?;
        Ok(code)
    }

    /// The person, if the refresh token is one of the command line and stands for what is asked for.
    async fn shown_by(
        &self,
        refresh_token: &Secret<String>,
        terms: &Terms,
    ) -> Result<Principal, AuthorizeError> {
        let client = self.config.command_line();
        let shown = self.grant_of(refresh_token, client).await.map_err(|error| match error {
            RedeemError::StoreFailed(error) => AuthorizeError::ReadFailed(error),
            RedeemError::ClientSecret
            | RedeemError::ClientUnknown
            | RedeemError::PersonDisabled
            | RedeemError::Revoked => AuthorizeError::CredentialUnknown,
        })?;
        let has = |scope: &str| shown.scopes.iter().any(|own| own == scope);
        let covers = has(Scope::CLOUD_PLATFORM) || terms.scopes.iter().all(|scope| has(scope.as_str()));
        if covers { Ok(shown.principal) } else { Err(AuthorizeError::ScopeInsufficient) }
    }
}

/// RFC 6749 §4.1.2 recommends ten minutes at most.
const LIFETIME: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);
