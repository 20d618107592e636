//! Claims of every JSON type where one is expected.

use crate::support::{ADA_P256, TestSigner, keys, token};
use jose::{Claimed, Compact, IdTokenClaims, SelfSignedClaims, UnixSeconds, VerifyingKey, sign_compact};
use proptest::prelude::*;
use serde_json::{Value, json};

fn good() -> Value {
    json!({
        "iss": "https://accounts.google.com", "azp": "107517467455664443765", "aud": "https://hello.example",
        "sub": "107517467455664443765", "email": "job@demo.iam.gserviceaccount.com", "email_verified": true,
        "iat": 1_700_000_000, "exp": 1_700_003_600, "nbf": 1_700_000_000,
    })
}

fn id_token(payload: &str) -> Option<IdTokenClaims> {
    let signer = TestSigner::p256("ada-p256", ADA_P256);
    let text = token(&signer, r#"{"alg":"ES256","kid":"ada-p256"}"#, payload);
    let verified = keys().verify(Compact::parse(&text).unwrap()).unwrap();
    verified.claims::<IdTokenClaims>().ok().map(jose::Verified::into_inner)
}

#[test]
fn claims_are_read_and_written_as_google_writes_them() {
    let claims = id_token(&good().to_string()).unwrap();
    assert_eq!(claims.issued_at, UnixSeconds::new(1_700_000_000));
    assert_eq!(claims.email_verified, Some(true));
    assert_eq!(serde_json::to_value(&claims).unwrap(), good());

    let bare = IdTokenClaims {
        authorized_party: None,
        email: None,
        email_verified: None,
        not_before: None,
        ..claims
    };
    assert_eq!(
        serde_json::to_string(&bare).unwrap(),
        "{\"iss\":\"https://accounts.google.com\",\"aud\":\"https://hello.example\",\
         \"sub\":\"107517467455664443765\",\"iat\":1700000000,\"exp\":1700003600}"
    );
}

#[test]
fn required_claims_are_required() {
    for claim in ["iss", "aud", "sub", "iat", "exp"] {
        let mut payload = good();
        payload.as_object_mut().unwrap().remove(claim);
        assert!(id_token(&payload.to_string()).is_none(), "{claim} may be missing");
    }
    for claim in ["azp", "email", "email_verified", "nbf"] {
        let mut payload = good();
        payload.as_object_mut().unwrap().remove(claim);
        assert!(id_token(&payload.to_string()).is_some(), "{claim} must be there");
    }
}

#[test]
fn wrong_type_is_an_error_and_never_an_absent_claim() {
    let values = [
        "null",
        "true",
        "0.5",
        "1700000000.0",
        "1.7e9",
        "-1",
        "\"1700000000\"",
        "\"\"",
        "[]",
        "{}",
        "[1700000000]",
        "18446744073709551615",
        "18446744073709551616",
        "9223372036854775807",
        "253402300800",
        "1e308",
        "NaN",
        "Infinity",
        "-0.0",
        "\"never\"",
    ];
    for claim in ["iat", "exp", "nbf"] {
        for value in values {
            let payload = replaced(claim, value);
            assert!(id_token(&payload).is_none(), "{claim} may be {value}");
        }
    }
    for claim in ["iss", "aud", "sub", "azp", "email"] {
        for value in ["null", "true", "1", "1.5", "[]", "{}", "[\"https://hello.example\"]"] {
            assert!(id_token(&replaced(claim, value)).is_none(), "{claim} may be {value}");
        }
    }
    for value in ["null", "1", "\"true\"", "[]", "{}"] {
        assert!(id_token(&replaced("email_verified", value)).is_none(), "email_verified may be {value}");
    }
}

#[test]
fn claim_that_occurs_twice_is_refused() {
    for claim in ["iss", "aud", "sub", "exp", "email", "somebody_elses"] {
        let text = good().to_string();
        let doubled = format!("{},\"{claim}\":1,\"{claim}\":2}}", text.strip_suffix('}').unwrap());
        assert!(id_token(&doubled).is_none(), "{claim} may occur twice");
    }
}

#[test]
fn payload_that_is_no_object_has_no_claims() {
    for payload in ["", "null", "[]", "1", "\"{}\"", "{", "{}{}"] {
        assert!(id_token(payload).is_none(), "{payload}");
    }
}

#[test]
fn self_signed_claims_hold_an_audience_or_scopes() {
    let email = "job@demo.iam.gserviceaccount.com";
    let read = |value: Value| {
        let text = sign_compact(&TestSigner::p256("ada-p256", ADA_P256), &value).unwrap();
        let verified = keys().verify(Compact::parse(&text).unwrap()).unwrap();
        verified.claims::<SelfSignedClaims>().map(jose::Verified::into_inner)
    };
    let claims =
        read(json!({"iss": email, "sub": email, "aud": "https://run.googleapis.com/", "iat": 1, "exp": 2}));
    assert_eq!(claims.unwrap().audience.as_deref(), Some("https://run.googleapis.com/"));
    let claims = read(json!({"iss": email, "sub": email, "scope": "a b", "iat": 1, "exp": 2}));
    assert_eq!(claims.unwrap().scope.as_deref(), Some("a b"));
    assert!(
        read(json!({"iss": email, "sub": email, "aud": null, "scope": "a", "iat": 1, "exp": 2})).is_err()
    );
    assert!(read(json!({"iss": email, "aud": "x", "iat": 1, "exp": 2})).is_err());
}

#[test]
fn assertion_tells_absent_from_malformed() {
    let claims: jose::AssertionClaims =
        serde_json::from_value(json!({"iss": 1, "aud": "x", "iat": "12"})).unwrap();
    assert_eq!(claims.issuer, Claimed::Malformed);
    assert_eq!(claims.audience, Claimed::Value("x".to_owned()));
    assert_eq!(claims.scope, Claimed::Absent);
    assert_eq!(claims.issued_at, Claimed::Value(UnixSeconds::new(12)));
}

proptest! {
    #[test]
    fn any_json_in_any_claim_is_read_exactly_or_refused(
        claim in prop::sample::select(vec!["iss", "azp", "aud", "sub", "email", "email_verified", "iat", "exp", "nbf"]),
        value in json_value(),
    ) {
        let payload = replaced(claim, &value.to_string());
        match id_token(&payload) {
            None => {}
            Some(claims) => {
                let written = serde_json::to_value(&claims).unwrap();
                prop_assert_eq!(&written[claim], &value);
            }
        }
    }
}

#[test]
fn published_keys_survive_their_json() {
    let jwks = keys().to_jwks();
    let text = serde_json::to_vec(&jwks).unwrap();
    assert_eq!(jose::Jwks::parse(&text).unwrap(), jwks);
    let members: Value = serde_json::from_slice(&text).unwrap();
    let rsa = &members["keys"][1];
    assert_eq!(rsa["kid"], "ada-rsa");
    assert_eq!(
        (&rsa["kty"], &rsa["alg"], &rsa["use"], &rsa["e"]),
        (&json!("RSA"), &json!("RS256"), &json!("sig"), &json!("AQAB"))
    );
    assert_eq!(rsa.as_object().unwrap().len(), 6);
}

#[test]
fn unusable_keys_of_a_set_are_passed_over() {
    let mut members = serde_json::to_value(keys().to_jwks()).unwrap();
    let list = members["keys"].as_array_mut().unwrap();
    let good = list[1].clone();
    for (member, value) in [
        ("use", json!("enc")),
        ("alg", json!("RS512")),
        ("alg", json!("HS256")),
        ("kty", json!("oct")),
        ("kid", json!(null)),
        ("n", json!("AQAB")),
        ("n", json!(1)),
        ("e", json!("AQ")),
        ("e", json!("AA")),
        ("key_ops", json!(["sign"])),
    ] {
        let mut bad = good.clone();
        bad[member] = value;
        list.push(bad);
    }
    let read = jose::Jwks::parse(members.to_string().as_bytes()).unwrap();
    assert_eq!(read.keys().len(), 3);

    let twice = json!({"keys": [good, good]}).to_string();
    let read = jose::Jwks::parse(twice.as_bytes()).unwrap();
    assert!(jose::KeySet::try_from(&read).is_err());
}

#[test]
fn public_keys_survive_pem() {
    let key = VerifyingKey::from_pem(crate::support::ADA_RSA_PUBLIC).unwrap();
    assert_eq!(key.to_pem(), crate::support::ADA_RSA_PUBLIC);
}

/// A good payload with one claim replaced by JSON text that may not even be JSON.
fn replaced(claim: &str, value: &str) -> String {
    let mut payload = good();
    payload.as_object_mut().unwrap().remove(claim);
    let text = payload.to_string();
    format!("{},\"{claim}\":{value}}}", text.strip_suffix('}').unwrap())
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        "[0-9]{1,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
