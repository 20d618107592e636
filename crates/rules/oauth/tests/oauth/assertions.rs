//! The checks of the JWT-bearer grant and their order.

use jose::{KeyId, KeySet, UnixSeconds, VerifyingKey};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use names::Secret;
use oauth::{Account, Assertion, Expected, Grant, JwtBearer, TokenError, Wanted};
use proptest::prelude::*;
use serde_json::{Value, json};

const ADA: &str = "ada@demo.iam.gserviceaccount.com";
const NOW: i64 = 1_700_000_000;
const PRIVATE: &str = include_str!("../../../jose/tests/keys/ada.rsa.pem");
const PUBLIC: &str = include_str!("../../../jose/tests/keys/ada.rsa.public.pem");
const OTHER_PRIVATE: &str = include_str!("../../../jose/tests/keys/grace.rsa.pem");
const OTHER_PUBLIC: &str = include_str!("../../../jose/tests/keys/grace.rsa.public.pem");

fn good() -> Value {
    json!({
        "iss": ADA, "aud": "https://oauth2.googleapis.com/token", "iat": NOW, "exp": NOW + 3600,
        "target_audience": "https://hello.example",
    })
}

fn with(changes: Value) -> Value {
    let mut claims = good();
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

fn without(name: &str) -> Value {
    let mut claims = good();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn signed_by(private: &str, key_id: Option<&str>, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = key_id.map(ToOwned::to_owned);
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_rsa_pem(private.as_bytes()).unwrap()).unwrap()
}

fn adas_account() -> Account {
    let key = |name, text| (KeyId::new(name).unwrap(), VerifyingKey::from_pem(text).unwrap());
    Account::Active(KeySet::new([key("first", PUBLIC), key("second", OTHER_PUBLIC)]).unwrap())
}

fn judge(account: &Account, text: &str) -> Result<Grant, TokenError> {
    let request = JwtBearer { assertion: Secret::new(text.to_owned()) };
    let endpoints = [
        "https://oauth2.googleapis.com/token".to_owned(),
        "https://www.googleapis.com/oauth2/v4/token".to_owned(),
        "http://127.0.0.1:8090/token".to_owned(),
    ];
    let expected = Expected { token_endpoints: &endpoints, now: UnixSeconds::new(NOW) };
    Assertion::parse(&request)?.verify(account)?.grant(&expected)
}

fn judge_claims(claims: &Value) -> Result<Wanted, TokenError> {
    judge(&adas_account(), &signed_by(PRIVATE, Some("first"), claims)).map(|grant| grant.wanted)
}

fn id_token(audience: &str) -> Result<Wanted, TokenError> {
    Ok(Wanted::IdToken { audience: audience.to_owned() })
}

#[test]
fn good_assertion_is_granted_to_its_account_and_key() {
    let grant = judge(&adas_account(), &signed_by(PRIVATE, Some("first"), &good())).unwrap();
    assert_eq!(grant.issuer, ADA);
    assert_eq!(grant.key_id.as_str(), "first");
    assert_eq!(grant.wanted, Wanted::IdToken { audience: "https://hello.example".to_owned() });
}

#[test]
fn assertion_without_kid_is_tried_with_every_key() {
    let grant = judge(&adas_account(), &signed_by(OTHER_PRIVATE, None, &good())).unwrap();
    assert_eq!(grant.key_id.as_str(), "second");
}

#[test]
fn every_address_of_the_endpoint_is_an_audience() {
    for audience in [
        "https://oauth2.googleapis.com/token",
        "https://www.googleapis.com/oauth2/v4/token",
        "http://127.0.0.1:8090/token",
    ] {
        assert_eq!(judge_claims(&with(json!({"aud": audience}))), id_token("https://hello.example"));
    }
    for audience in [
        json!("https://hello.example"),
        json!(""),
        json!("https://oauth2.googleapis.com/token/"),
        json!(1),
        json!(null),
        json!(["https://oauth2.googleapis.com/token"]),
    ] {
        assert_eq!(judge_claims(&with(json!({"aud": audience}))), Err(TokenError::Audience));
    }
    assert_eq!(judge_claims(&without("aud")), Err(TokenError::Audience));
}

#[test]
fn text_that_is_no_token_is_a_bad_request() {
    let good = signed_by(PRIVATE, Some("first"), &good());
    let twice = format!("{}.{}.x", good.split('.').next().unwrap(), "eyJpc3MiOiJhIiwiaXNzIjoiYiJ9");
    for text in ["", "a.b", "a.b.c.d", "e30.e30.*", "e30.W10.e30", "W10.e30.e30", "e30.e30.e30=", &twice] {
        assert_eq!(judge(&adas_account(), text), Err(TokenError::AssertionMalformed), "{text}");
    }
}

#[test]
fn unknown_account_comes_before_the_signature() {
    let text = signed_by(PRIVATE, Some("first"), &good());
    assert_eq!(judge(&Account::Unknown, &text), Err(TokenError::AccountNotFound));
    for claims in [without("iss"), with(json!({"iss": 1})), with(json!({"iss": null}))] {
        assert_eq!(judge_claims(&claims), Err(TokenError::AccountNotFound));
    }
}

#[test]
fn only_an_rs256_signature_of_the_account_counts() {
    let account = adas_account();
    let text = signed_by(PRIVATE, Some("first"), &good());
    let (signed, _) = text.rsplit_once('.').unwrap();
    for text in [
        signed_by(OTHER_PRIVATE, Some("first"), &good()),
        signed_by(PRIVATE, Some("third"), &good()),
        format!("{signed}.AAAA"),
        format!("{signed}."),
        // {"alg":"none"}, {"alg":"HS256","kid":"first"}, {} and {"alg":"RS256","crit":["x"]}.
        "eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0.".to_owned(),
        "eyJhbGciOiJIUzI1NiIsImtpZCI6ImZpcnN0In0.eyJpc3MiOiJhIn0.AAAA".to_owned(),
        "e30.eyJpc3MiOiJhIn0.AAAA".to_owned(),
        "eyJhbGciOiJSUzI1NiIsImNyaXQiOlsieCJdfQ.eyJpc3MiOiJhIn0.AAAA".to_owned(),
    ] {
        assert_eq!(judge(&account, &text), Err(TokenError::Signature), "{text}");
    }
    let none = Account::Active(KeySet::default());
    assert_eq!(judge(&none, &text), Err(TokenError::Signature));
}

#[test]
fn times_are_integers_or_digits() {
    for (issued_at, expires_at) in
        [(json!(NOW), json!(NOW + 60)), (json!(NOW.to_string()), json!((NOW + 60).to_string()))]
    {
        assert!(judge_claims(&with(json!({"iat": issued_at, "exp": expires_at}))).is_ok());
    }
    assert_eq!(judge_claims(&without("iat")), Err(TokenError::IssuedAtMissing));
    assert_eq!(judge_claims(&without("exp")), Err(TokenError::ExpiresAtMissing));
    for value in [
        json!(null),
        json!(true),
        json!(NOW as f64 + 0.5),
        json!("soon"),
        json!(-1),
        json!([NOW]),
        json!(u64::MAX),
    ] {
        assert_eq!(judge_claims(&with(json!({"iat": value}))), Err(TokenError::IssuedAtMissing));
        assert_eq!(judge_claims(&with(json!({"exp": value}))), Err(TokenError::ExpiresAtMissing));
    }
}

#[test]
fn assertion_lives_an_hour_at_most_and_counts_now() {
    let at = |issued_at: i64, expires_at: i64| {
        judge_claims(&with(json!({"iat": NOW + issued_at, "exp": NOW + expires_at}))).map(|_| ())
    };
    for (issued_at, expires_at) in [(0, 3600), (-3599, 1), (300, 3900), (-10, 60)] {
        assert_eq!(at(issued_at, expires_at), Ok(()), "{issued_at} {expires_at}");
    }
    for (issued_at, expires_at) in [(0, 3601), (-3600, 0), (301, 3600), (-7200, -3600), (10, 10), (20, 10)] {
        assert_eq!(at(issued_at, expires_at), Err(TokenError::Timeframe), "{issued_at} {expires_at}");
    }
}

#[test]
fn audience_wins_over_scopes() {
    let scope = "https://www.googleapis.com/auth/cloud-platform openid";
    assert_eq!(judge_claims(&with(json!({"scope": scope}))), id_token("https://hello.example"));
    let mut claims = without("target_audience");
    claims["scope"] = json!(scope);
    let Ok(Wanted::AccessToken { scopes }) = judge_claims(&claims) else { panic!("no access token") };
    assert_eq!(scopes.to_string(), scope);
    claims["target_audience"] = json!("");
    assert!(matches!(judge_claims(&claims), Ok(Wanted::AccessToken { .. })));
}

#[test]
fn unrecognised_scope_becomes_an_audience() {
    let mut claims = without("target_audience");
    for scope in [
        "https://hello.example",
        "https://www.googleapis.com/auth/cloud-platform https://hello.example",
        "grüße",
    ] {
        claims["scope"] = json!(scope);
        assert_eq!(judge_claims(&claims), id_token(scope));
    }
}

#[test]
fn assertion_that_asks_for_nothing_is_refused() {
    assert_eq!(judge_claims(&without("target_audience")), Err(TokenError::Scope));
    for scope in [json!(""), json!("  "), json!(1), json!(["openid"]), json!(null)] {
        let mut claims = without("target_audience");
        claims["scope"] = scope;
        assert_eq!(judge_claims(&claims), Err(TokenError::Scope));
    }
    assert_eq!(
        judge_claims(&with(json!({"target_audience": ["https://hello.example"], "scope": "openid"}))),
        Err(TokenError::Scope)
    );
}

#[test]
fn account_speaks_for_itself_only() {
    assert!(judge_claims(&with(json!({"sub": ADA}))).is_ok());
    for subject in [json!("grace@example.com"), json!(""), json!(null), json!(1)] {
        assert_eq!(judge_claims(&with(json!({"sub": subject}))), Err(TokenError::Delegation));
    }
}

#[test]
fn checks_come_in_googles_order() {
    // Each step mends the fault that was reported; the next one in the table comes to light.
    let mut claims = json!({"iss": ADA, "aud": "x", "sub": "grace@example.com"});
    let mut found =
        vec![judge(&adas_account(), &signed_by(OTHER_PRIVATE, Some("first"), &claims)).unwrap_err()];
    for (name, value) in [
        ("x", json!(1)),
        ("iat", json!(NOW - 9000)),
        ("exp", json!(NOW - 5400)),
        ("iat", json!(NOW)),
        ("exp", json!(NOW + 60)),
        ("scope", json!("openid")),
        ("aud", json!("https://oauth2.googleapis.com/token")),
    ] {
        claims[name] = value;
        found.push(judge_claims(&claims).unwrap_err());
    }
    assert_eq!(
        found,
        [
            TokenError::Signature,
            TokenError::IssuedAtMissing,
            TokenError::ExpiresAtMissing,
            TokenError::Timeframe,
            TokenError::Timeframe,
            TokenError::Scope,
            TokenError::Audience,
            TokenError::Delegation,
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn granted_assertions_are_current_and_short(issued_at in -8000_i64..8000, expires_at in -8000_i64..8000) {
        let granted = judge_claims(&with(json!({"iat": NOW + issued_at, "exp": NOW + expires_at}))).is_ok();
        let allowed = expires_at > 0 && issued_at <= 300 && (1..=3600).contains(&(expires_at - issued_at));
        prop_assert_eq!(granted, allowed);
    }
}
