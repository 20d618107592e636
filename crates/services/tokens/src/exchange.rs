//! The token endpoint (facts §3.2, §3.3).

use std::net::IpAddr;

use access::AccountState;
use context::Context;
use jose::UnixSeconds;
use keys::SealError;
use names::{Email, KeyId, Principal};
use oauth::{
    AccessTokenAnswer, Account, Assertion, CodeAnswer, ErrorAnswer, Expected, IdTokenAnswer, JwtBearer,
    RefreshAnswer, Scopes, TokenError, TokenPost, TokenRequest, Wanted,
};

use crate::chain::Chain;
use crate::mint_access_token::{LONGEST, Purchase};
use crate::{AuthorizedParty, IdTokenRequest, MintError, Tokens};

/// What the token endpoint gives. It serialises as the body that is sent, and shows no token in `Debug`.
#[derive(Debug, serde::Serialize)]
#[serde(untagged)]
pub enum TokenAnswer {
    /// To an assertion with scopes.
    AccessToken(AccessTokenAnswer),
    /// To a code.
    Code(CodeAnswer),
    /// To an assertion with an audience, and nothing else beside it.
    IdToken(IdTokenAnswer),
    /// To a refresh token.
    Refresh(RefreshAnswer),
}

/// Why the token endpoint gives nothing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ExchangeError {
    /// More was asked of it than is answered in a second.
    #[error("too many token requests")]
    Busy,
    /// The person behind the refresh token is disabled. A disabled service account is [`TokenError::AccountNotFound`],
    /// since its name alone, which anybody may send, tells nothing (facts §13.5).
    #[error("the person is disabled")]
    PersonDisabled,
    /// The rules of the endpoint say no.
    #[error(transparent)]
    Refused(#[from] TokenError),
    /// A fault of this server; the log has it.
    #[error("the token endpoint is not available")]
    Unavailable,
}

impl ExchangeError {
    /// The refusal as it is sent: of a disabled person like that of a revoked token, and where it is not the request's
    /// fault one that clients try again after.
    #[must_use]
    pub fn answer(&self) -> ErrorAnswer {
        match self {
            Self::Busy => try_again(429, "Too many token requests. Try again later."),
            Self::PersonDisabled => TokenError::RefreshToken.answer(),
            Self::Refused(error) => error.answer(),
            Self::Unavailable => try_again(503, "The token endpoint is not available. Try again later."),
        }
    }
}

impl Tokens {
    /// Answers a request to the token endpoint. `from` is the address at the other end, where there is one.
    ///
    /// # Errors
    /// See [`ExchangeError`].
    pub async fn exchange(
        &self,
        context: &Context,
        from: Option<IpAddr>,
        post: TokenPost<'_>,
    ) -> Result<TokenAnswer, ExchangeError> {
        match TokenRequest::parse(post)? {
            TokenRequest::AuthorizationCode(request) => self.redeem_code(context, from, &request).await,
            TokenRequest::JwtBearer(request) => self.redeem_assertion(context, from, &request),
            TokenRequest::RefreshToken(request) => self.redeem_refresh_token(context, from, &request).await,
        }
    }

    /// Asked before the first thing that costs RSA, and for nothing cheaper: the limit counts all callers together, so
    /// what anybody can send (an empty form, an issuer or a client that nobody has) must not use it up for those whose
    /// request could succeed.
    pub(crate) fn admit(&self, context: &Context) -> Result<(), ExchangeError> {
        if self.within.throttle.admits(context.now()) { Ok(()) } else { Err(ExchangeError::Busy) }
    }

    /// Asked before anything that costs more than reading memory: how much the caller who names this account or client
    /// may still ask from this address. So one who asks too much leaves room for the rest, and cannot ask in another's
    /// name.
    pub(crate) fn admit_caller(
        &self,
        context: &Context,
        from: Option<IpAddr>,
        name: &str,
    ) -> Result<(), ExchangeError> {
        let admitted = self.within.callers.admits(from, name, context.now());
        if admitted { Ok(()) } else { Err(ExchangeError::Busy) }
    }

    fn redeem_assertion(
        &self,
        context: &Context,
        from: Option<IpAddr>,
        request: &JwtBearer,
    ) -> Result<TokenAnswer, ExchangeError> {
        let now = context.now();
        let assertion = Assertion::parse(request)?;
        // A disabled account and one that is not there are answered alike (facts §13.5).
        let account = assertion
            .claimed_issuer()
            .and_then(|issuer| Email::parse(issuer).ok())
            .and_then(|email| self.within.access.account(&email))
            .filter(|account| !account.disabled);
        let known = match &account {
            Some(account) => {
                let keys = self.within.picture.load().usable_keys(account, now);
                // Without keys there is nothing to verify with.
                if !keys.is_empty() {
                    self.admit_caller(context, from, account.unique_id.as_str())?;
                    self.admit(context)?;
                }
                Account::Active(keys)
            }
            None => Account::Unknown,
        };
        let expected = Expected {
            token_endpoints: &self.within.token_endpoints,
            now: UnixSeconds::new(now.as_second()),
        };
        let grant = assertion.verify(&known)?.grant(&expected)?;
        let account = account.ok_or(TokenError::AccountNotFound)?;
        match grant.wanted {
            Wanted::AccessToken { scopes } => {
                let key = KeyId::parse(grant.key_id.as_str()).map_err(|_| TokenError::Signature)?;
                self.sell_access_token(context, account, scopes, key)
            }
            Wanted::IdToken { audience } => {
                let request = IdTokenRequest {
                    audience,
                    include_email: true,
                    azp: AuthorizedParty::Email,
                    include_organization_number: false,
                };
                let id_token = self.id_token_of(&account, &request, now)?;
                Ok(TokenAnswer::IdToken(IdTokenAnswer { id_token }))
            }
        }
    }

    fn sell_access_token(
        &self,
        context: &Context,
        account: AccountState,
        scopes: Scopes,
        key: KeyId,
    ) -> Result<TokenAnswer, ExchangeError> {
        let principal = Principal::ServiceAccount { email: account.name.email, unique_id: account.unique_id };
        let purchase = Purchase {
            principal,
            generation: account.generation,
            scopes,
            key: Some(key),
            grant: None,
            lifetime: LONGEST,
        };
        let (access_token, _) = self.seal_access_token(context, purchase)?;
        Ok(TokenAnswer::AccessToken(AccessTokenAnswer { access_token }))
    }
}

fn try_again(status: u16, why: &str) -> ErrorAnswer {
    ErrorAnswer {
        status,
        error: "temporarily_unavailable",
        error_description: why.to_owned(),
        error_subtype: None,
    }
}

impl From<MintError> for ExchangeError {
    fn from(error: MintError) -> Self {
        match error {
            MintError::AccountDisabled | MintError::AccountGone => Self::Refused(TokenError::AccountNotFound),
            MintError::Audience => Self::Refused(TokenError::Scope),
            MintError::KeysFailed(_) | MintError::SigningFailed(_) => {
                tracing::error!(error = %Chain(&error), "an ID token could not be made");
                Self::Unavailable
            }
        }
    }
}

impl From<SealError> for ExchangeError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::TooLong => Self::Refused(TokenError::Scope),
            SealError::NoKey | SealError::Principal | SealError::Refused => {
                tracing::error!(%error, "an access token could not be made");
                Self::Unavailable
            }
        }
    }
}
