//! What everybody may know: the keys that verify, and where things are (facts §3.1).

use std::collections::BTreeMap;
use std::time::Duration;

use keys::{RingError, SigningRing};
use serde_json::{Value, json};

use crate::Tokens;

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

    /// The discovery document (OpenID Connect Discovery §3). It lists what this server does, which is less than what
    /// Google's does.
    pub fn discovery(&self) -> Value {
        let universe = &self.within.config.universe;
        let issuer = universe.issuer();
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/o/oauth2/v2/auth"),
            "token_endpoint": universe.token_endpoint(),
            "jwks_uri": format!("https://{}/oauth2/v3/certs", universe.api_host("www")),
            "response_types_supported": ["none"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "email"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "claims_supported": ["aud", "azp", "email", "email_verified", "exp", "iat", "iss", "sub"],
            "grant_types_supported": ["refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
        })
    }
}
