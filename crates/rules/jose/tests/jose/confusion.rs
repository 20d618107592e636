//! Attempts to be verified by a key in a way that the key was not made for.

use crate::support::{
    ADA_P256, ADA_P256_PUBLIC, ADA_RSA, ADA_RSA_PUBLIC, GRACE_RSA, TestSigner, keys, name, token,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jose::{
    Compact, HeaderError, KeyError, KeyId, KeySet, ParseError, Signer, VerifyError, VerifyingKey,
    sign_compact,
};
use serde_json::json;

const ALGORITHMS: &[&str] = &[
    "none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256",
    "PS384", "PS512", "ES256", "ES256K", "ES384", "ES512", "EdDSA", "rs256", "es256", "RSA-OAEP", "dir",
    " RS256", "RS256 ",
];

fn refusal(keys: &KeySet, text: &str) -> VerifyError {
    match Compact::parse(text).map_err(VerifyError::from).and_then(|compact| keys.verify(compact)) {
        Ok(_) => panic!("a token was believed: {text}"),
        Err(error) => error,
    }
}

#[test]
fn only_the_keys_own_algorithm_is_believed() {
    let rsa = TestSigner::rsa("ada-rsa", ADA_RSA);
    let p256 = TestSigner::p256("ada-p256", ADA_P256);
    let signers: [&dyn Signer; 2] = [&rsa, &p256];
    let mut believed = 0;
    for algorithm in ALGORITHMS {
        for named in ["ada-rsa", "ada-p256", "grace-rsa", "nobody"] {
            for signer in signers {
                let header = json!({"alg": algorithm, "kid": named}).to_string();
                let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode("{}"));
                let signature = URL_SAFE_NO_PAD.encode(signer.sign(text.as_bytes()).unwrap());
                let own = signer.algorithm().as_str() == *algorithm && signer.key_id().as_str() == named;
                let signed = format!("{text}.{signature}");
                let unsigned = format!("{text}.");
                assert_eq!(
                    keys().verify(Compact::parse(&signed).unwrap()).is_ok(),
                    own,
                    "{algorithm} {named}"
                );
                refusal(&keys(), &unsigned);
                believed += usize::from(own);
            }
        }
    }
    assert_eq!(believed, 2);
}

#[test]
fn public_key_as_hmac_secret_is_refused() {
    // The classic: an HMAC whose secret is the published key. jsonwebtoken makes such tokens for us.
    for (named, secret) in [("ada-rsa", ADA_RSA_PUBLIC), ("ada-p256", ADA_P256_PUBLIC), ("ada-rsa", "")] {
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
        header.kid = Some(named.to_owned());
        let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
        let Ok(text) = jsonwebtoken::encode(&header, &json!({"sub": "1"}), &key) else {
            assert!(secret.is_empty());
            continue;
        };
        assert!(matches!(refusal(&keys(), &text), VerifyError::Algorithm));
    }
}

#[test]
fn keys_that_arrive_with_the_token_are_ignored() {
    let grace = TestSigner::rsa("grace-rsa", GRACE_RSA);
    let jwk = keys().to_jwks();
    let own_key = serde_json::to_value(&jwk.keys()[2]).unwrap();
    let header = json!({
        "alg": "RS256", "kid": "ada-rsa", "jwk": own_key,
        "jku": "http://169.254.169.254/keys", "x5u": "http://169.254.169.254/chain", "x5c": ["AAAA"],
    });
    assert!(matches!(refusal(&keys(), &token(&grace, &header.to_string(), "{}")), VerifyError::Signature));

    let ada = TestSigner::rsa("ada-rsa", ADA_RSA);
    let text = token(&ada, &header.to_string(), "{}");
    assert!(keys().verify(Compact::parse(&text).unwrap()).is_ok());
}

#[test]
fn kid_is_a_name_and_nothing_else() {
    let ada = TestSigner::rsa("ada-rsa", ADA_RSA);
    for named in [
        "../ada-rsa",
        "ADA-RSA",
        "ada-rsa ",
        "ada-rsa' OR '1'='1",
        "/dev/null",
        "http://ada-rsa",
        "ada%2drsa",
    ] {
        let text = token(&ada, &json!({"alg": "RS256", "kid": named}).to_string(), "{}");
        assert!(matches!(refusal(&keys(), &text), VerifyError::UnknownKey), "{named}");
    }
    for named in
        [json!(""), json!("ada-rsa\u{0}"), json!(1), json!(null), json!(["ada-rsa"]), json!("x".repeat(257))]
    {
        let text = token(&ada, &json!({"alg": "RS256", "kid": named}).to_string(), "{}");
        let refused = refusal(&keys(), &text);
        assert!(
            matches!(refused, VerifyError::Parse(ParseError::Header(HeaderError::KeyId(_)))),
            "{named}: {refused}"
        );
    }
}

#[test]
fn unusable_headers_are_refused() {
    let ada = TestSigner::rsa("ada-rsa", ADA_RSA);
    for header in [
        r#"{"alg":"RS256","kid":"ada-rsa","crit":[]}"#,
        r#"{"alg":"RS256","kid":"ada-rsa","crit":null}"#,
        r#"{"alg":"RS256","kid":"ada-rsa","crit":["b64"],"b64":false}"#,
        r#"{"alg":"RS256","kid":"ada-rsa","kid":"ada-rsa"}"#,
        r#"{"alg":"none","alg":"RS256","kid":"ada-rsa"}"#,
        r#"{"kid":"ada-rsa"}"#,
        r#"{"alg":null,"kid":"ada-rsa"}"#,
        r#"{"alg":["RS256"],"kid":"ada-rsa"}"#,
        r#"{"alg":"RS256","kid":"ada-rsa","typ":1}"#,
        r#"["RS256","ada-rsa"]"#,
        r#""RS256""#,
        "",
    ] {
        let text = token(&ada, header, "{}");
        let refused = refusal(&keys(), &text);
        assert!(matches!(refused, VerifyError::Parse(ParseError::Header(_))), "{header}: {refused}");
    }
}

#[test]
fn base64_has_one_spelling() {
    let ada = TestSigner::p256("ada-p256", ADA_P256);
    let good = sign_compact(&ada, &json!({"sub": "1"})).unwrap();
    assert!(keys().verify(Compact::parse(&good).unwrap()).is_ok());
    for bad in [
        format!("{good}="),
        format!("{good}=="),
        format!("{good}\n"),
        format!(" {good}"),
        format!("{good}."),
        format!("{good}.x"),
        good.replacen('.', "=.", 1),
        good.replacen('.', "", 1),
        // A signature of 64 bytes leaves four bits unused; setting them must not give a second spelling.
        format!("{}{}", &good[..good.len() - 1], if good.ends_with('A') { 'B' } else { 'x' }),
    ] {
        refusal(&keys(), &bad);
    }
}

#[test]
fn signatures_of_the_wrong_length_or_zero_are_refused() {
    let ada = TestSigner::p256("ada-p256", ADA_P256);
    let text = token(&ada, r#"{"alg":"ES256","kid":"ada-p256"}"#, "{}");
    let signed = Compact::parse(&text).unwrap().signed_text().to_owned();
    for signature in
        [vec![], vec![0; 64], vec![0; 63], vec![0; 65], vec![0xff; 64], vec![1; 1024], vec![1; 4096]]
    {
        refusal(&keys(), &format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)));
    }
}

#[test]
fn token_is_at_most_sixteen_kibibytes_long() {
    let ada = TestSigner::p256("ada-p256", ADA_P256);
    let fits =
        token(&ada, r#"{"alg":"ES256","kid":"ada-p256"}"#, &json!({"x": "y".repeat(12_000)}).to_string());
    assert!(keys().verify(Compact::parse(&fits).unwrap()).is_ok());
    assert!(sign_compact(&ada, &json!({"x": "y".repeat(12_250)})).is_err());
    assert!(matches!(Compact::parse(&"a".repeat(Compact::MAX_BYTES + 1)), Err(ParseError::TooLong)));
}

#[test]
fn token_without_kid_is_verified_by_whichever_key_signed_it() {
    for (named, signer) in [
        ("ada-rsa", TestSigner::rsa("x", ADA_RSA)),
        ("ada-p256", TestSigner::p256("x", ADA_P256)),
        ("grace-rsa", TestSigner::rsa("x", GRACE_RSA)),
    ] {
        let header = format!("{{\"alg\":\"{}\"}}", signer.algorithm());
        let text = token(&signer, &header, "{}");
        assert_eq!(keys().verify_any(Compact::parse(&text).unwrap()).unwrap().key_id(), &name(named));
    }
    // A name that is given is kept to: trying the others would make `kid` meaningless.
    let text = token(&TestSigner::rsa("x", ADA_RSA), r#"{"alg":"RS256","kid":"grace-rsa"}"#, "{}");
    assert!(matches!(keys().verify_any(Compact::parse(&text).unwrap()), Err(VerifyError::Signature)));
}

#[test]
fn trying_all_keys_is_bounded() {
    let key = VerifyingKey::from_pem(ADA_P256_PUBLIC).unwrap();
    let many = KeySet::new((0..17).map(|number| (name(&format!("key-{number}")), key.clone()))).unwrap();
    let text = token(&TestSigner::p256("x", ADA_P256), r#"{"alg":"ES256"}"#, "{}");
    assert!(matches!(many.verify_any(Compact::parse(&text).unwrap()), Err(VerifyError::TooManyKeys)));
}

#[test]
fn remembered_key_verifies_its_own_header_only() {
    let ada = TestSigner::rsa("ada-rsa", ADA_RSA);
    let first = sign_compact(&ada, &json!({"sub": "1"})).unwrap();
    let second = sign_compact(&ada, &json!({"sub": "2"})).unwrap();
    let selected = keys().select(&Compact::parse(&first).unwrap()).unwrap();
    assert!(selected.verify(Compact::parse(&second).unwrap()).is_ok());

    let other = token(&ada, r#"{"alg":"none","kid":"ada-rsa"}"#, "{}");
    assert!(matches!(selected.verify(Compact::parse(&other).unwrap()), Err(VerifyError::OtherHeader)));
    let (signed, _) = second.rsplit_once('.').unwrap();
    let (_, foreign) = first.rsplit_once('.').unwrap();
    let crossed = format!("{signed}.{foreign}");
    assert!(matches!(selected.verify(Compact::parse(&crossed).unwrap()), Err(VerifyError::Signature)));
}

#[test]
fn weak_and_foreign_keys_are_not_keys() {
    let small = include_str!("../keys/small.rsa.public.pem");
    let p384 = include_str!("../keys/p384.public.pem");
    assert_eq!(VerifyingKey::from_pem(small), Err(KeyError::Size));
    assert_eq!(VerifyingKey::from_pem(p384), Err(KeyError::Encoding));
    assert_eq!(VerifyingKey::from_pem(ADA_RSA), Err(KeyError::Pem));
    let mut trailing = VerifyingKey::from_pem(ADA_RSA_PUBLIC).unwrap().to_spki_der();
    trailing.push(0);
    assert_eq!(VerifyingKey::from_spki_der(&trailing), Err(KeyError::Encoding));
}

#[test]
fn secrets_are_not_in_debug_output() {
    let text = sign_compact(&TestSigner::p256("ada-p256", ADA_P256), &json!({"sub": "1"})).unwrap();
    let verified = keys().verify(Compact::parse(&text).unwrap()).unwrap();
    let shown = format!("{verified:?}");
    assert!(text.split('.').all(|segment| !shown.contains(segment)), "{shown}");
    assert_eq!(format!("{:?}", KeyId::new("a").unwrap()), "KeyId(\"a\")");
}
