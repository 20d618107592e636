//! An access token for an account, for whoever may have one made (facts §4.3).

use std::time::Duration;

use context::Context;
use iam::Delegated;
use iam::permission::IamServiceAccountsGetAccessToken;
use jiff::Timestamp;
use keys::{AccessTokenBody, SealError, SignIn, TokenId};
use names::{Email, KeyId, Principal, Secret};
use oauth::Scopes;

use crate::Tokens;
use crate::mint_id_token::Unfit;

/// Why there is no access token.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MintAccessTokenError {
    /// The account is disabled.
    #[error("the service account is disabled")]
    AccountDisabled,
    /// The account is gone, or another one has its name now.
    #[error("the service account does not exist any more")]
    AccountGone,
    /// Longer than an hour, of an account that the constraint does not list.
    #[error(
        "Access tokens for service account {0} can not have lifetimes of more than 1 hour. Use the Org Policy Constraint constraints/iam.allowServiceAccountCredentialLifetimeExtension to allow up to 12 hours."
    )]
    LifetimeNotExtended(Email),
    /// Longer than twelve hours.
    #[error("Access tokens for service account {0} can not have lifetimes of more than 12 hours.")]
    LifetimeTooLong(Email),
    /// Shorter than a second.
    #[error("Lifetime of access token must be larger then zero.")]
    LifetimeTooShort,
    /// A scope is not one of Google's.
    #[error("a scope is not a recognised OAuth scope")]
    ScopeUnknown,
    /// No scope.
    #[error("at least one scope is needed")]
    ScopesMissing,
    /// The token could not be sealed.
    #[error("the access token could not be made")]
    SealingFailed(#[source] SealError),
    /// More scopes than a token has room for.
    #[error("the scopes do not fit into an access token")]
    TooManyScopes,
}

/// What an access token is made of.
pub(crate) struct Purchase {
    pub(crate) principal: Principal,
    pub(crate) generation: u64,
    pub(crate) scopes: Scopes,
    /// The account's key that bought it.
    pub(crate) key: Option<KeyId>,
    /// The sign-in of the person who bought it.
    pub(crate) grant: Option<SignIn>,
    pub(crate) lifetime: Duration,
}

impl Tokens {
    /// Makes an access token for the permit's account, and says when it ends. Fractions of a second are dropped.
    ///
    /// # Errors
    /// See [`MintAccessTokenError`].
    pub async fn mint_access_token(
        &self,
        context: &Context,
        delegated: Delegated<IamServiceAccountsGetAccessToken>,
        scopes: Scopes,
        lifetime: Duration,
    ) -> Result<(Secret<String>, Timestamp), MintAccessTokenError> {
        let permit = delegated.permit();
        let account = self.fit(permit.name(), permit.uid()).map_err(|unfit| match unfit {
            Unfit::Disabled => MintAccessTokenError::AccountDisabled,
            Unfit::Gone => MintAccessTokenError::AccountGone,
        })?;
        if scopes.is_empty() {
            return Err(MintAccessTokenError::ScopesMissing);
        }
        if !scopes.are_recognised() {
            return Err(MintAccessTokenError::ScopeUnknown);
        }
        if lifetime < Duration::from_secs(1) {
            return Err(MintAccessTokenError::LifetimeTooShort);
        }
        if lifetime > LONGEST_EXTENDED {
            return Err(MintAccessTokenError::LifetimeTooLong(account.name.email));
        }
        if lifetime > LONGEST && !self.within.config.extended_lifetimes.contains(&account.name.email) {
            return Err(MintAccessTokenError::LifetimeNotExtended(account.name.email));
        }
        let purchase = Purchase {
            principal: Principal::ServiceAccount { email: account.name.email, unique_id: account.unique_id },
            generation: account.generation,
            scopes,
            key: None,
            grant: None,
            lifetime,
        };
        self.seal_access_token(context, purchase).map_err(|error| match error {
            SealError::TooLong => MintAccessTokenError::TooManyScopes,
            SealError::NoKey | SealError::Principal | SealError::Refused => {
                MintAccessTokenError::SealingFailed(error)
            }
        })
    }

    pub(crate) fn seal_access_token(
        &self,
        context: &Context,
        purchase: Purchase,
    ) -> Result<(Secret<String>, Timestamp), SealError> {
        let now = context.now();
        let lifetime = i64::try_from(purchase.lifetime.as_secs()).unwrap_or(i64::MAX);
        let expires_at =
            Timestamp::from_second(now.as_second().saturating_add(lifetime)).unwrap_or(Timestamp::MAX);
        let mut token_id = [0; 16];
        context.randomness().fill(&mut token_id);
        let body = AccessTokenBody {
            principal: purchase.principal,
            account_generation: purchase.generation,
            scopes: purchase.scopes,
            issuing_key: purchase.key,
            grant: purchase.grant,
            issued_at: Timestamp::from_second(now.as_second()).unwrap_or(now),
            expires_at,
            token_id: TokenId::new(token_id),
        };
        let token = self.within.picture.load().rings.seal_access_token(&body, now)?;
        Ok((token, expires_at))
    }
}

/// The longest life of an access token of an account that is not listed, and that of every one from the token endpoint
/// (facts §4.3).
pub(crate) const LONGEST: Duration = Duration::from_secs(3600);
/// The longest life of an access token of an account that is listed (facts §4.3).
const LONGEST_EXTENDED: Duration = Duration::from_secs(12 * 3600);
