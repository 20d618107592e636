//! Tokens that the owner of a key file signs, by somebody else's code.

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use testbed::{KeyFile, Testbed};

/// A token with these claims besides issuer, subject and an hour from `now`.
pub fn signed(key: &KeyFile, now: Timestamp, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some(key.id());
    let mut all = json!({
        "iss": key.email(), "sub": key.email(), "iat": now.as_second(), "exp": now.as_second() + 3600,
    });
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    let key = EncodingKey::from_rsa_pem(key.private_key().as_bytes()).unwrap();
    jsonwebtoken::encode(&header, &all, &key).unwrap()
}

/// What stands for an access token: self-signed, good for every API.
pub fn bearer(testbed: &Testbed, key: &KeyFile) -> String {
    signed(key, testbed.now(), &json!({"scope": "https://www.googleapis.com/auth/cloud-platform"}))
}

/// What the token endpoint gives for an assertion of this key: an access token for `scope`, an ID token for
/// `target_audience`.
pub async fn bought(testbed: &Testbed, key: &KeyFile, claims: Value) -> testbed::Answer {
    let mut all = json!({"aud": "https://oauth2.googleapis.com/token"});
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned()),
        ("assertion", signed(key, testbed.now(), &all)),
    ];
    testbed.token_endpoint(&form).await
}
