//! What a fuzzer drives: any bytes give a value or a typed error, and what is accepted keeps its promises.

use crate::{
    AssertionClaims, Compact, IdTokenClaims, Jwk, Jwks, KeySet, SelfSignedClaims, VerifyingKey, pem,
};

/// Feeds `data` to every parser of this crate.
///
/// # Panics
/// When an accepted value breaks a promise, which is what the fuzzer looks for.
pub fn body(data: &[u8]) {
    keys(data);
    for claims in [data, data.trim_ascii()] {
        let _ = crate::json::object::<IdTokenClaims>(claims);
        let _ = crate::json::object::<SelfSignedClaims>(claims);
        let _ = crate::json::object::<AssertionClaims>(claims);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = VerifyingKey::from_pem(text);
    if let Ok(der) = pem::decode("PUBLIC KEY", text) {
        assert_eq!(pem::decode("PUBLIC KEY", &pem::encode("PUBLIC KEY", &der)), Ok(der));
    }
    token(text);
}

fn token(text: &str) {
    let Ok(compact) = Compact::parse(text) else { return };
    assert_eq!(
        text,
        [compact.header_segment(), compact.payload_segment(), compact.signature_segment()].join(".")
    );
    let well_formed = compact.check_form().is_ok();
    if well_formed {
        assert!(compact.claimed_issuer().is_ok(), "a well-formed payload has readable claims");
    }
    assert!(KeySet::default().verify(compact).is_err(), "an empty set believes nobody");
    assert!(KeySet::default().verify_any(compact).is_err(), "an empty set believes nobody");
    if let Ok(key) = VerifyingKey::from_pem(PUBLIC_KEY)
        && let Ok(header) = compact.header()
        && let Some(key_id) = header.key_id()
        && let Ok(keys) = KeySet::new([(key_id.clone(), key)])
    {
        assert!(keys.verify(compact).is_err(), "nobody holds the private half of this key");
    }
}

fn keys(data: &[u8]) {
    if let Ok(key) = VerifyingKey::from_spki_der(data) {
        assert_eq!(key.to_spki_der(), data, "a key has one encoding");
    }
    if let Ok(jwk) = Jwk::parse(data) {
        let written = serde_json::to_vec(&jwk).expect("a key is plain JSON");
        assert_eq!(Jwk::parse(&written).expect("what was written is read"), jwk);
    }
    if let Ok(set) = Jwks::parse(data) {
        let written = serde_json::to_vec(&set).expect("a key set is plain JSON");
        assert_eq!(Jwks::parse(&written).expect("what was written is read"), set);
    }
}

/// The private half was never kept.
const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmg5c62iUgchyaOrN/mupCFgR9z5/
hQobP37hkaCvdu9z0JqyquYPwSbOpY6mlYoVdQ3TnABGp2TEA2Mot74sSQ==
-----END PUBLIC KEY-----
";
