//! What everybody may know: the keys that verify, and where things are (facts §3.1).

use std::collections::BTreeMap;
use std::time::Duration;

use keys::{RingError, SigningRing};
use names::AccountRef;
use serde_json::{Value, json};

use crate::{AccountKey, Tokens};

impl Tokens {
    /// The keys of ID tokens as a JWK set, and how long verifiers may remember it: every key is published at least
    /// so long before it signs.
    pub fn jwks(&self) -> (Value, Duration) {
        let rings = &self.within.picture.load().rings;
        let keys = rings.published(SigningRing::IdTokens, self.within.clock.now());
        let value = serde_json::to_value(keys.to_jwks()).expect("a key set is plain JSON");
        (value, rings.max_age(SigningRing::IdTokens))
    }

    /// The same keys as X.509 certificates in PEM, by key ID, and how long verifiers may remember them.
    ///
    /// # Errors
    /// When a certificate cannot be written.
    pub fn certificates(&self) -> Result<(BTreeMap<String, String>, Duration), RingError> {
        let picture = self.within.picture.load();
        let certificates = picture.certificates(self.within.clock.now())?;
        Ok((certificates, picture.rings.max_age(SigningRing::IdTokens)))
    }

    /// The keys that verify what one account signs: its own, where they may be used now, and those that Doorward keeps
    /// for it. `None` where there is no such account; an account that is disabled has none. Beside them stands how long
    /// verifiers may remember them: not at all while Doorward has not signed for the account, since its first key signs
    /// as soon as it is made.
    pub fn account_keys(&self, account: &AccountRef) -> Option<(Vec<AccountKey>, Duration)> {
        let access = &self.within.access;
        let account = match account {
            AccountRef::Email(email) => access.account(email),
            AccountRef::UniqueId(unique_id) => access.account_by_unique_id(unique_id),
        }?;
        if account.disabled {
            return Some((Vec::new(), Duration::ZERO));
        }
        let (picture, now) = (self.within.picture.load(), self.within.clock.now());
        let keys = picture.published_account_keys(&account, now);
        let signs = picture.managed_key(&account.name, &account.unique_id, now).is_some();
        Some((keys, if signs { ACCOUNT_KEYS_MAX_AGE } else { Duration::ZERO }))
    }

    /// The discovery document (OpenID Connect Discovery §3). It lists what this server does, which is less than what
    /// Google's does: nobody has a name or a picture here, and there are no devices without a browser.
    pub fn discovery(&self) -> Value {
        let universe = &self.within.config.universe;
        let issuer = universe.issuer();
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/o/oauth2/v2/auth"),
            "token_endpoint": universe.token_endpoint(),
            "jwks_uri": format!("https://{}/oauth2/v3/certs", universe.api_host("www")),
            "userinfo_endpoint": format!("https://{}/v1/userinfo", universe.api_host("openidconnect")),
            "revocation_endpoint": format!("https://{}/revoke", universe.api_host("oauth2")),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "email", "profile"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "claims_supported": [
                "at_hash", "aud", "azp", "email", "email_verified", "exp", "family_name", "given_name", "hd", "iat",
                "iss", "name", "nonce", "picture", "sub",
            ],
            "code_challenge_methods_supported": ["plain", "S256"],
            "grant_types_supported": [
                "authorization_code",
                "refresh_token",
                "urn:ietf:params:oauth:grant-type:jwt-bearer",
            ],
        })
    }
}

/// Verifiers fetch the keys of an account anew this often (facts §3.1); a successor is published for hours before it
/// signs.
const ACCOUNT_KEYS_MAX_AGE: Duration = Duration::from_secs(15 * 60);
