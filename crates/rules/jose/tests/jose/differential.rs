//! The same tokens before this crate and before `jsonwebtoken`: the same verdict, except where ours is stricter and
//! the case is listed here.

use crate::support::{ADA_P256, ADA_P256_PUBLIC, ADA_RSA, ADA_RSA_PUBLIC, TestSigner, keys, token};
use jose::{Compact, IdTokenClaims, Leeway, UnixSeconds};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW: i64 = 1_700_000_100;

fn ours(text: &str) -> bool {
    let Ok(compact) = Compact::parse(text) else { return false };
    let Ok(verified) = keys().verify(compact) else { return false };
    let Ok(claims) = verified.claims::<IdTokenClaims>() else { return false };
    claims.validity().check(UnixSeconds::new(NOW), Leeway::seconds(0)).is_ok()
}

/// `jsonwebtoken` reads the system's clock, so it checks everything but the time, which is compared by hand.
fn theirs(text: &str) -> bool {
    let Ok(header) = jsonwebtoken::decode_header(text) else { return false };
    let (algorithm, key) = match header.kid.as_deref() {
        Some("ada-rsa") => (Algorithm::RS256, DecodingKey::from_rsa_pem(ADA_RSA_PUBLIC.as_bytes()).unwrap()),
        Some("ada-p256") => (Algorithm::ES256, DecodingKey::from_ec_pem(ADA_P256_PUBLIC.as_bytes()).unwrap()),
        _ => return false,
    };
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
    let Ok(data) = jsonwebtoken::decode::<Value>(text, &key, &validation) else { return false };
    let number = |name: &str| data.claims[name].as_i64();
    let strings = ["iss", "sub", "aud"].iter().all(|name| data.claims[name].is_string());
    let (Some(issued_at), Some(expires_at)) = (number("iat"), number("exp")) else { return false };
    strings && issued_at <= NOW && NOW < expires_at
}

fn claims() -> Value {
    json!({
        "iss": "https://accounts.google.com", "aud": "https://hello.example", "sub": "1075",
        "iat": 1_700_000_000, "exp": 1_700_003_600,
    })
}

#[test]
fn tokens_made_there_are_believed_here() {
    for (algorithm, named, key) in [
        (Algorithm::RS256, "ada-rsa", EncodingKey::from_rsa_pem(ADA_RSA.as_bytes()).unwrap()),
        (Algorithm::ES256, "ada-p256", EncodingKey::from_ec_pem(ADA_P256.as_bytes()).unwrap()),
    ] {
        let mut header = Header::new(algorithm);
        header.kid = Some(named.to_owned());
        let text = jsonwebtoken::encode(&header, &claims(), &key).unwrap();
        assert!(ours(&text) && theirs(&text));
    }
}

#[test]
fn tokens_made_here_are_believed_there() {
    for text in signed(&claims()) {
        assert!(ours(&text) && theirs(&text));
    }
}

#[test]
fn where_ours_is_stricter() {
    let signer = TestSigner::p256("ada-p256", ADA_P256);
    let header = r#"{"alg":"ES256","kid":"ada-p256"}"#;
    let payload = claims().to_string();
    let inside = payload.strip_suffix('}').unwrap();
    let cases = [
        ("a member twice", token(&signer, header, &format!("{inside},\"x\":1,\"x\":2}}"))),
        ("an optional claim of the wrong type", token(&signer, header, &format!("{inside},\"email\":1}}"))),
        (
            "longer than 16 KiB",
            token(&signer, header, &format!("{inside},\"x\":\"{}\"}}", "y".repeat(16_384))),
        ),
    ];
    for (case, text) in cases {
        assert!(!ours(&text), "{case} is believed here");
        assert!(theirs(&text), "{case} is refused there too: not a difference any more");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn tampered_tokens_get_the_same_verdict(which in 0..2_usize, at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = signed(&claims()).swap_remove(which).into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(text) = String::from_utf8(bytes) {
            prop_assert_eq!(ours(&text), theirs(&text), "{}", text);
        }
    }

    #[test]
    fn changed_times_get_the_same_verdict(issued_at in NOW - 5..NOW + 5, expires_at in NOW - 5..NOW + 5) {
        prop_assume!(issued_at < expires_at);
        let mut changed = claims();
        changed["iat"] = json!(issued_at);
        changed["exp"] = json!(expires_at);
        for text in signed(&changed) {
            prop_assert_eq!(ours(&text), theirs(&text));
        }
    }
}

fn signed(claims: &Value) -> Vec<String> {
    vec![
        jose::sign_compact(&TestSigner::rsa("ada-rsa", ADA_RSA), claims).unwrap(),
        jose::sign_compact(&TestSigner::p256("ada-p256", ADA_P256), claims).unwrap(),
    ]
}
