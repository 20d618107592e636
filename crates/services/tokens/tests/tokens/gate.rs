//! ID tokens at the gate.

use std::time::Duration;

use names::{Principal, Revision};
use serde_json::json;
use tokens::IdTokenRejected;

use crate::support::*;

#[tokio::test]
async fn good_token_says_whom_for_what_and_until_when() {
    let house = house().await;
    let verified = house.tokens.id_tokens().verify(&house.ring_signed(json!({})), house.now()).unwrap();
    assert_eq!(verified.principal.to_string(), format!("serviceAccount:{BATCH}"));
    assert_eq!(verified.audience, "https://hello.example");
    assert_eq!((verified.issued_at.as_second(), verified.expires_at.as_second()), (START, START + 3600));
}

#[tokio::test]
async fn issuer_counts_with_and_without_its_scheme() {
    let house = house().await;
    let gate = house.tokens.id_tokens();
    assert!(gate.verify(&house.ring_signed(json!({"iss": "accounts.google.com"})), house.now()).is_ok());
    for issuer in ["http://accounts.google.com", "https://accounts.google.com/", "https://evil.example", ""] {
        let token = house.ring_signed(json!({"iss": issuer}));
        let found = issuer.to_owned();
        assert_eq!(gate.verify(&token, house.now()), Err(IdTokenRejected::WrongIssuer { found }));
    }
}

#[tokio::test]
async fn every_fault_has_its_own_verdict() {
    let house = house().await;
    let gate = house.tokens.id_tokens();
    let now = house.second();
    let good = house.ring_signed(json!({}));
    let (text, signature) = good.rsplit_once('.').unwrap();
    let other = house.ring_signed(json!({"aud": "https://other.example"}));
    let foreign =
        json!({"iss": "https://issuer.example", "sub": "1", "aud": "x", "iat": now, "exp": now + 60});
    let ours = house.ring_signed(json!({}));
    let ours = claims(&ours);
    let none = "eyJhbGciOiJub25lIn0";
    let payload = good.split('.').nth(1).unwrap();
    let ring = house.ring_key_id();
    use IdTokenRejected::{BadSignature, Malformed, NotYetValid, UnknownKey, WrongIssuer};
    for (token, expected) in [
        (String::new(), Malformed),
        ("a.b.c".to_owned(), Malformed),
        (format!("{text}.{}", other.rsplit_once('.').unwrap().1), BadSignature),
        (format!("{text}."), BadSignature),
        (format!("{}.{signature}", other.rsplit_once('.').unwrap().0), BadSignature),
        (signed(ACCOUNT_PRIVATE, Some(&ring), &ours), BadSignature),
        (signed(RING_PRIVATE, None, &ours), UnknownKey),
        (signed(RING_PRIVATE, Some(KEY), &ours), UnknownKey),
        (format!("{none}.{payload}."), UnknownKey),
        (
            signed(ACCOUNT_PRIVATE, Some("theirs"), &foreign),
            WrongIssuer { found: "https://issuer.example".to_owned() },
        ),
        (house.ring_signed(json!({"iat": now + 61, "exp": now + 600})), NotYetValid),
        (house.ring_signed(json!({"nbf": now + 61})), NotYetValid),
        (house.ring_signed(json!({"exp": (now + 60).to_string()})), Malformed),
        (house.ring_signed(json!({"exp": null})), Malformed),
        (house.ring_signed(json!({"aud": ["https://hello.example"]})), Malformed),
        (house.ring_signed(json!({"sub": null})), Malformed),
        (house.ring_signed(json!({"sub": "ada"})), Malformed),
        (house.ring_signed(json!({"email": "a@evil@corp.example"})), Malformed),
        (house.ring_signed(json!({"email_verified": "true"})), Malformed),
    ] {
        assert_eq!(gate.verify(&token, house.now()), Err(expected), "{token}");
    }
}

#[tokio::test]
async fn token_ends_to_the_second() {
    let house = house().await;
    let gate = house.tokens.id_tokens();
    let token = house.ring_signed(json!({}));
    house.clock.advance(Duration::from_secs(3599)).await;
    assert!(gate.verify(&token, house.now()).is_ok());
    house.clock.advance(Duration::from_secs(1)).await;
    let at = house.now();
    assert_eq!(gate.verify(&token, at), Err(IdTokenRejected::Expired { at }));
}

#[tokio::test]
async fn token_without_an_address_is_known_by_its_number() {
    let house = house().await;
    let gate = house.tokens.id_tokens();
    let token = house.ring_signed(json!({"email": null, "email_verified": null}));
    let verified = gate.verify(&token, house.now()).unwrap();
    assert_eq!(verified.principal.to_string(), format!("serviceAccount:{BATCH}"));
    house.happens(Event::AccountDeleted).await;
    assert_eq!(gate.verify(&token, house.now()), Err(IdTokenRejected::SubjectUnknown));
}

#[tokio::test]
async fn person_and_account_are_told_apart() {
    let house = house().await;
    let gate = house.tokens.id_tokens();
    let answer = house.refresh(&house.refresh_token(), &[]).await.unwrap();
    let verified = gate.verify(answer["id_token"].as_str().unwrap(), house.now()).unwrap();
    let person = &house.owner.person;
    assert_eq!(
        verified.principal,
        Principal::Person { email: person.email.clone(), subject: person.subject.clone() }
    );
    // An account that is gone stays an account, so that the decision can say what became of it.
    let token = house.ring_signed(json!({}));
    house.happens(Event::AccountMadeAnew).await;
    let principal = gate.verify(&token, house.now()).unwrap().principal;
    assert!(house.access.is_gone(&principal));
    assert!(matches!(principal, Principal::ServiceAccount { .. }));
}

#[tokio::test]
async fn revision_stands_still_while_keys_do() {
    let house = house().await;
    house.happens(Event::AccountDisabled).await;
    house.happens(Event::KeyDeleted).await;
    assert_eq!(house.tokens.id_tokens().revision(), Revision::default());
}
