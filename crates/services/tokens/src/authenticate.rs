//! Who calls an API.

use context::{Caller, Credential};
use jiff::Timestamp;
use jose::Compact;
use keys::{AccessTokenBody, OpenError};
use names::Principal;

use crate::{ApiAudience, Tokens, check_scopes};

/// Why a credential does not count at an API.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Rejected {
    /// The account behind it is disabled or gone, or was disabled since it was issued.
    #[error("the account behind the credential is disabled or deleted")]
    AccountState,
    /// It has ended.
    #[error("the credential has expired")]
    Expired,
    /// It cannot be read or verified, is for another API, or the key behind it is gone.
    #[error("the credential cannot be verified")]
    Invalid,
    /// It does not have a scope that the method needs.
    #[error("the credential has none of the scopes {}", needed.join(" "))]
    ScopeInsufficient {
        /// The scopes of which one would do, the widest first.
        needed: &'static [&'static str],
    },
    /// It is an ID token: good for services behind the gate, not for APIs.
    #[error("an ID token is no credential for an API")]
    WrongType,
}

impl Tokens {
    /// Who shows this bearer token to an API: an access token, or a token that a service account signed itself
    /// (facts §0.2). Reads memory only.
    ///
    /// # Errors
    /// See [`Rejected`].
    pub fn authenticate(&self, now: Timestamp, token: &str, api: &ApiAudience) -> Result<Caller, Rejected> {
        if token.starts_with("ya29.") {
            return self.authenticate_access_token(now, token, api);
        }
        let compact = Compact::parse(token).map_err(|_| Rejected::Invalid)?;
        self.authenticate_self_signed(now, compact, api)
    }

    fn authenticate_access_token(
        &self,
        now: Timestamp,
        token: &str,
        api: &ApiAudience,
    ) -> Result<Caller, Rejected> {
        let body = self.open_good(now, token)?;
        let AccessTokenBody { principal, scopes, issuing_key, expires_at, .. } = body;
        check_scopes(scopes.iter().map(|scope| scope.as_str()), api.family, api.effect)?;
        let scopes = scopes.iter().map(ToString::to_string).collect();
        Ok(Caller { principal, credential: Credential::AccessToken { scopes, key: issuing_key, expires_at } })
    }

    /// An access token that counts now: sealed here, not ended, not revoked, and of somebody who may still act.
    pub(crate) fn open_good(&self, now: Timestamp, token: &str) -> Result<AccessTokenBody, Rejected> {
        let picture = self.within.picture.load();
        let body = picture.rings.open_access_token(token, now).map_err(|error| match error {
            OpenError::Expired => Rejected::Expired,
            OpenError::Form | OpenError::Key | OpenError::Seal => Rejected::Invalid,
        })?;
        if picture.is_revoked(&body) {
            return Err(Rejected::Invalid);
        }
        match &body.principal {
            Principal::Anonymous | Principal::Federated { .. } | Principal::System(_) => {
                return Err(Rejected::Invalid);
            }
            Principal::Person { email, subject } => {
                let person = self.within.access.person(email).ok_or(Rejected::AccountState)?;
                let same = person.subject == *subject && person.generation == body.account_generation;
                if !same || person.disabled {
                    return Err(Rejected::AccountState);
                }
            }
            Principal::ServiceAccount { email, unique_id } => {
                let account = self.within.access.account(email).ok_or(Rejected::AccountState)?;
                let same = account.unique_id == *unique_id && account.generation == body.account_generation;
                if !same || account.disabled {
                    return Err(Rejected::AccountState);
                }
                if body.issuing_key.as_ref().is_some_and(|key| !picture.is_usable(key, &account, now)) {
                    return Err(Rejected::Invalid);
                }
            }
        }
        Ok(body)
    }
}
