//! The checks of the JWT-bearer grant, in the order of facts §3.2.
//!
//! | | check | step |
//! |---|---|---|
//! | 1 | three decodable segments, JSON objects | [`Assertion::parse`] |
//! | 3 | the issuer is a known account (without its keys nothing can be verified, so this comes before 2) | [`Assertion::verify`] |
//! | 2 | RS256, by one of the account's keys | [`Assertion::verify`] |
//! | 4 | `iat` and `exp` are set | [`VerifiedAssertion::grant`] |
//! | 5 | not expired, an hour at most, not from the future | |
//! | 6 | scopes or an audience are asked for | |
//! | 7 | it is meant for this endpoint | |
//! | 8 | it speaks for the account itself | |

use std::fmt;

use jose::{AssertionClaims, Claimed, Compact, KeyId, KeySet, UnixSeconds, VerifyError};

use crate::{JwtBearer, Scopes, TokenError};

/// An assertion that has the form of one. Nothing in it is believed yet.
pub struct Assertion<'a> {
    compact: Compact<'a>,
    claimed_issuer: Option<String>,
}

/// What is known about the account that an assertion names.
#[derive(Debug)]
pub enum Account {
    /// It exists and is enabled; these are its keys that may be used now.
    Active(KeySet),
    /// It does not exist, or is disabled: the answers are alike, so that neither tells which.
    Unknown,
}

/// An assertion that a key of the account it names has signed.
#[derive(Debug)]
pub struct VerifiedAssertion {
    issuer: String,
    key_id: KeyId,
    claims: AssertionClaims,
}

/// What an assertion is measured against.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The audiences that mean this endpoint. Clients send Google's address whatever address they call.
    pub token_endpoints: &'a [String],
    /// The time.
    pub now: UnixSeconds,
}

/// What an account may be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The account's e-mail address.
    pub issuer: String,
    /// The key that signed: what is minted ends with it.
    pub key_id: KeyId,
    /// What was asked for.
    pub wanted: Wanted,
}

/// What an assertion asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// An access token with these scopes, all of them recognised.
    AccessToken {
        /// The scopes, at least one.
        scopes: Scopes,
    },
    /// An ID token.
    IdToken {
        /// Its audience: `target_audience`, or the whole `scope` when not all of it is recognised.
        audience: String,
    },
}

impl<'a> Assertion<'a> {
    /// Check 1.
    ///
    /// # Errors
    /// [`TokenError::AssertionMalformed`].
    pub fn parse(request: &'a JwtBearer) -> Result<Self, TokenError> {
        let compact =
            Compact::parse(request.assertion.reveal()).map_err(|_| TokenError::AssertionMalformed)?;
        compact.check_form().map_err(|_| TokenError::AssertionMalformed)?;
        let claimed_issuer = compact.claimed_issuer().map_err(|_| TokenError::AssertionMalformed)?;
        Ok(Self { compact, claimed_issuer })
    }

    /// The account that the assertion says it is from. Look up its keys, and nothing else, with it.
    #[must_use]
    pub fn claimed_issuer(&self) -> Option<&str> {
        self.claimed_issuer.as_deref()
    }

    /// Checks 3 and 2: some clients leave `kid` out, so then every key of the account is tried.
    ///
    /// # Errors
    /// [`TokenError::AccountNotFound`] and [`TokenError::Signature`].
    pub fn verify(self, account: &Account) -> Result<VerifiedAssertion, TokenError> {
        let (Account::Active(keys), Some(issuer)) = (account, self.claimed_issuer) else {
            return Err(TokenError::AccountNotFound);
        };
        let verified = keys.verify_any(self.compact).map_err(|error| match error {
            VerifyError::Algorithm
            | VerifyError::NoKeyId
            | VerifyError::OtherHeader
            | VerifyError::Parse(_)
            | VerifyError::Signature
            | VerifyError::TooManyKeys
            | VerifyError::UnknownKey => TokenError::Signature,
        })?;
        let claims = verified.claims::<AssertionClaims>().map_err(|_| TokenError::AssertionMalformed)?;
        Ok(VerifiedAssertion { issuer, key_id: verified.key_id().clone(), claims: claims.into_inner() })
    }
}

impl VerifiedAssertion {
    /// Checks 4 to 8.
    ///
    /// # Errors
    /// [`TokenError::Audience`], [`TokenError::Delegation`], [`TokenError::ExpiresAtMissing`],
    /// [`TokenError::IssuedAtMissing`], [`TokenError::Scope`] and [`TokenError::Timeframe`].
    pub fn grant(self, expected: &Expected<'_>) -> Result<Grant, TokenError> {
        let issued_at = *self.claims.issued_at.as_value().ok_or(TokenError::IssuedAtMissing)?;
        let expires_at = *self.claims.expires_at.as_value().ok_or(TokenError::ExpiresAtMissing)?;
        check_timeframe(issued_at, expires_at, expected.now)?;
        let wanted = wanted(&self.claims)?;
        let audience = self.claims.audience.as_value().ok_or(TokenError::Audience)?;
        if !expected.token_endpoints.contains(audience) {
            return Err(TokenError::Audience);
        }
        match &self.claims.subject {
            Claimed::Absent => {}
            Claimed::Value(subject) if *subject == self.issuer => {}
            Claimed::Malformed | Claimed::Value(_) => return Err(TokenError::Delegation),
        }
        Ok(Grant { issuer: self.issuer, key_id: self.key_id, wanted })
    }
}

fn check_timeframe(
    issued_at: UnixSeconds,
    expires_at: UnixSeconds,
    now: UnixSeconds,
) -> Result<(), TokenError> {
    let in_time = now < expires_at && issued_at <= now.plus(MAX_FUTURE_SECONDS);
    let short = issued_at < expires_at && expires_at <= issued_at.plus(MAX_LIFETIME_SECONDS);
    if in_time && short { Ok(()) } else { Err(TokenError::Timeframe) }
}

/// An audience wins over scopes: one client library sends both and expects an ID token.
fn wanted(claims: &AssertionClaims) -> Result<Wanted, TokenError> {
    match &claims.target_audience {
        Claimed::Malformed => return Err(TokenError::Scope),
        Claimed::Value(audience) if !audience.is_empty() => {
            return Ok(Wanted::IdToken { audience: audience.clone() });
        }
        Claimed::Absent | Claimed::Value(_) => {}
    }
    let text = claims.scope.as_value().ok_or(TokenError::Scope)?;
    if text.trim().is_empty() {
        return Err(TokenError::Scope);
    }
    match Scopes::parse(text) {
        Ok(scopes) if scopes.are_recognised() => Ok(Wanted::AccessToken { scopes }),
        Ok(_) | Err(crate::ScopeError::Character | crate::ScopeError::Empty) => {
            Ok(Wanted::IdToken { audience: text.clone() })
        }
        Err(crate::ScopeError::TooMany) => Err(TokenError::Scope),
    }
}

impl fmt::Debug for Assertion<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Assertion")
            .field("claimed_issuer", &self.claimed_issuer)
            .finish_non_exhaustive()
    }
}

/// How far the client's clock may be ahead (facts §3.2: five minutes were accepted).
const MAX_FUTURE_SECONDS: i64 = 300;
const MAX_LIFETIME_SECONDS: i64 = 3600;
