//! Tokens that a service account signs itself and shows to an API directly (facts §0.2).

use context::{Caller, Credential};
use jiff::Timestamp;
use jose::{Compact, Leeway, SelfSignedClaims, TimeError, UnixSeconds};
use names::{Email, KeyId, Principal};
use oauth::Scopes;

use crate::{ApiAudience, Rejected, Tokens, check_scopes};

impl Tokens {
    pub(crate) fn authenticate_self_signed(
        &self,
        now: Timestamp,
        compact: Compact<'_>,
        api: &ApiAudience,
    ) -> Result<Caller, Rejected> {
        let issuer = compact.claimed_issuer().ok().flatten().ok_or(Rejected::Invalid)?;
        // Said before anything is verified: who shows an ID token has mixed two things up, and learns which.
        if self.is_own_issuer(&issuer) {
            return Err(Rejected::WrongType);
        }
        let email = Email::parse(&issuer).map_err(|_| Rejected::Invalid)?;
        let account = self.within.access.account(&email).ok_or(Rejected::Invalid)?;
        let keys = self.within.picture.load().usable_keys(&account, now);
        // Some clients leave `kid` out.
        let verified = keys.verify_any(compact).map_err(|_| Rejected::Invalid)?;
        let claims = verified.claims::<SelfSignedClaims>().map_err(|_| Rejected::Invalid)?;
        if account.disabled {
            return Err(Rejected::AccountState);
        }
        if claims.issuer != email.as_str() || claims.subject != claims.issuer {
            return Err(Rejected::Invalid);
        }
        check_time(&claims, now)?;
        let scopes = check_purpose(&claims, api)?;
        let key = KeyId::parse(verified.key_id().as_str()).map_err(|_| Rejected::Invalid)?;
        let principal = Principal::ServiceAccount { email, unique_id: account.unique_id };
        Ok(Caller { principal, credential: Credential::SelfSigned { key, scopes } })
    }

    /// Whether a token says that this server issued it. The form without scheme counts too (facts §3.4).
    pub(crate) fn is_own_issuer(&self, issuer: &str) -> bool {
        let own = self.within.config.universe.issuer();
        issuer == own || own.strip_prefix("https://") == Some(issuer)
    }
}

fn check_time(claims: &SelfSignedClaims, now: Timestamp) -> Result<(), Rejected> {
    let validity = claims.validity();
    validity.check_lifetime(LONGEST_SECONDS).map_err(|_| Rejected::Invalid)?;
    let now = UnixSeconds::new(now.as_second());
    validity.check(now, Leeway::seconds(SKEW_SECONDS)).map_err(|error| match error {
        TimeError::Expired => Rejected::Expired,
        TimeError::Inverted | TimeError::NotYet | TimeError::TooLong => Rejected::Invalid,
    })
}

/// A token names the API, or scopes, or both; what it names must hold. An assertion for the token endpoint names
/// neither, as its audience is no API.
fn check_purpose(claims: &SelfSignedClaims, api: &ApiAudience) -> Result<Vec<String>, Rejected> {
    if claims.audience.as_deref().is_some_and(|audience| !api.is_meant_by(audience)) {
        return Err(Rejected::Invalid);
    }
    let Some(scope) = &claims.scope else {
        return if claims.audience.is_some() { Ok(Vec::new()) } else { Err(Rejected::Invalid) };
    };
    let scopes = Scopes::parse(scope).map_err(|_| Rejected::Invalid)?;
    check_scopes(scopes.iter().map(|scope| scope.as_str()), api.family, api.effect)?;
    Ok(scopes.iter().map(ToString::to_string).collect())
}

const LONGEST_SECONDS: u32 = 3600;
/// How far the account's clock and ours may differ.
const SKEW_SECONDS: u32 = 30;
