//! Signing in the name of an account, by a key that only this account has (facts §4.3).

use std::collections::BTreeSet;
use std::time::Duration;

use iam::Delegated;
use iam::permission::IamServiceAccountsSignBlob;
use jiff::Timestamp;
use jose::{Compact, KeySet, VerifyingKey};
use names::{AccountRef, UniqueId};
use serde_json::json;
use store::{AccountKeyRecord, AccountRecord, Record};
use tokens::{AccountKey, SignForAccountError};

use crate::support::*;

const HOUR: Duration = Duration::from_secs(3600);

fn published(house: &House) -> (Vec<AccountKey>, Duration) {
    house.tokens.account_keys(&AccountRef::UniqueId(UniqueId::parse("117").unwrap())).unwrap()
}

/// The published keys, by what their certificates hold.
fn verifying(keys: &[AccountKey]) -> KeySet {
    KeySet::new(keys.iter().filter(|key| !key.certificate_pem.is_empty()).map(|key| {
        let (_, pem) = x509_parser::pem::parse_x509_pem(key.certificate_pem.as_bytes()).unwrap();
        let certificate = pem.parse_x509().unwrap();
        let found = VerifyingKey::from_spki_der(certificate.public_key().raw).unwrap();
        assert_eq!(found, key.key);
        (jose::KeyId::new(key.key_id.as_str()).unwrap(), found)
    }))
    .unwrap()
}

async fn signed(house: &House, claims: &str) -> Result<String, SignForAccountError> {
    let signed = house.tokens.sign_jwt(&house.context, house.may(), claims).await?;
    Ok(signed.token.into_revealed())
}

async fn managed(house: &House) -> Vec<AccountKeyRecord> {
    let all = house.store.all::<AccountKeyRecord>("").await.unwrap();
    all.into_iter().map(|stored| stored.record).filter(|key| key.managed.is_some()).collect()
}

#[tokio::test]
async fn what_is_signed_verifies_by_the_account_s_own_certificate_and_the_first_key_is_made_once() {
    let house = house().await;
    assert_eq!(published(&house).1, Duration::ZERO, "nobody remembers that there is no key");
    let claims = r#"{"b": 1, "a": "rye \u00fc", "aud": "anybody"}"#;
    let (one, other) = tokio::join!(signed(&house, claims), signed(&house, "{}"));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(managed(&house).await.len(), 1);
    let (keys, max_age) = published(&house);
    assert_eq!(max_age, Duration::from_secs(900));
    for token in [&one, &other] {
        assert!(verifying(&keys).verify(Compact::parse(token).unwrap()).is_ok());
    }
    use base64::Engine as _;
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(one.split('.').nth(1).unwrap());
    assert_eq!(payload.unwrap(), claims.as_bytes(), "letter for letter");

    let blob = house.tokens.sign_blob(&house.context, house.may(), b"rye").await.unwrap();
    assert_eq!(blob.signature.len(), 256);
    assert!(keys.iter().any(|key| key.key_id == blob.key));
    let empty = house.tokens.sign_blob(&house.context, house.may(), b"").await;
    assert!(matches!(empty, Err(SignForAccountError::Empty)));
}

#[tokio::test]
async fn claims_end_within_twelve_hours_or_say_nothing_about_it() {
    let house = house().await;
    let now = house.second();
    let twelve = 12 * 3600;
    for exp in [json!(now + 1), json!(now + twelve)] {
        assert!(signed(&house, &json!({ "exp": exp }).to_string()).await.is_ok(), "{exp}");
    }
    assert!(matches!(
        signed(&house, &json!({"exp": now}).to_string()).await,
        Err(SignForAccountError::Expired)
    ));
    let late = json!({"exp": now + twelve + 1}).to_string();
    assert!(matches!(signed(&house, &late).await, Err(SignForAccountError::TooLong)));
    for text in ["", "[]", "rye", r#"{"exp":"1"}"#, r#"{"exp":1.5}"#, r#"{"a":1,"a":2}"#] {
        assert!(matches!(signed(&house, text).await, Err(SignForAccountError::Claims(_))), "{text}");
    }
    let long = json!({"a": "x".repeat(16 * 1024)}).to_string();
    assert!(matches!(signed(&house, &long).await, Err(SignForAccountError::TooMuch)));
}

#[tokio::test]
async fn permit_of_before_signs_nothing_for_an_account_that_stopped() {
    for (event, gone) in
        [(Event::AccountDisabled, false), (Event::AccountDeleted, true), (Event::AccountMadeAnew, true)]
    {
        let house = house().await;
        let may: Delegated<IamServiceAccountsSignBlob> = house.may();
        house.happens(event).await;
        let refused = house.tokens.sign_blob(&house.context, may, b"rye").await;
        assert_eq!(matches!(refused, Err(SignForAccountError::AccountGone)), gone, "{event:?} {refused:?}");
        assert_eq!(matches!(refused, Err(SignForAccountError::AccountDisabled)), !gone, "{event:?}");
        assert_eq!(managed(&house).await, []);
    }
}

#[tokio::test]
async fn disabled_account_publishes_nothing_and_one_made_anew_has_another_key() {
    let house = house().await;
    signed(&house, "{}").await.unwrap();
    house.happens(Event::AccountDisabled).await;
    assert_eq!(published(&house), (Vec::new(), Duration::ZERO));
    house.put(Record::Account(AccountRecord { disabled_at: None, ..batch("117") })).await;
    assert_eq!(published(&house).0.len(), 2);
    house.happens(Event::AccountMadeAnew).await;
    let name = AccountRef::Email(batch_name().email);
    assert_eq!(house.tokens.account_keys(&name), Some((Vec::new(), Duration::ZERO)));
    assert_eq!(house.tokens.account_keys(&AccountRef::UniqueId(UniqueId::parse("117").unwrap())), None);
}

#[tokio::test]
async fn assertion_that_was_signed_here_buys_a_token_as_one_of_the_account_s_own_keys_would() {
    let house = house().await;
    let claims = house.assertion_claims(json!({"scope": CLOUD_PLATFORM})).to_string();
    let answer = house.exchange(&signed(&house, &claims).await.unwrap()).await.unwrap();
    let token = answer["access_token"].as_str().unwrap();
    assert!(house.tokens.authenticate(house.now(), token, &scheduler()).is_ok());
}

#[tokio::test]
async fn verifier_that_remembers_the_certificates_never_meets_an_unknown_key() {
    let mut config = config();
    config.account_keys.period = 24 * HOUR;
    let house = house_with(config).await;
    let (rotation, tasks) = (house.tokens.rotation(), house.supervisor.tasks().clone());
    house.supervisor.tasks().spawn_loop("key rotation", move || rotation.clone().run(tasks.clone()));
    let fetch = || {
        let (keys, max_age) = published(&house);
        (verifying(&keys), house.now().checked_add(max_age).unwrap())
    };
    let (mut remembered, mut until): (KeySet, Timestamp) = fetch();
    let mut signers = BTreeSet::new();
    let mut last: Option<String> = None;
    // Six days, in steps that do not fall together with the hours of anything.
    for _ in 0..6 * 24 {
        house.clock.advance(Duration::from_secs(3571)).await;
        let token = signed(&house, "{}").await.unwrap();
        if house.now() >= until {
            (remembered, until) = fetch();
        }
        let verified = remembered.verify(Compact::parse(&token).unwrap()).expect("a key that is remembered");
        signers.insert(verified.key_id().clone());
        if let Some(last) = last.replace(token) {
            assert!(verifying(&published(&house).0).verify(Compact::parse(&last).unwrap()).is_ok());
        }
        assert!(managed(&house).await.len() <= 3, "keys that nobody needs are gone");
    }
    assert!(signers.len() >= 5, "the keys did turn: {signers:?}");
}

#[tokio::test]
async fn key_signs_on_while_nobody_turns_it() {
    let house = house().await;
    let first = signed(&house, "{}").await.unwrap();
    house.clock.advance(100 * 24 * HOUR).await;
    let second = signed(&house, "{}").await.unwrap();
    let header = |token: &str| token.split('.').next().unwrap().to_owned();
    assert_eq!(header(&first), header(&second));
    assert!(verifying(&published(&house).0).verify(Compact::parse(&first).unwrap()).is_ok());
}

#[tokio::test]
async fn making_a_key_for_an_account_is_in_the_audit_log() {
    let house = house().await;
    signed(&house, "{}").await.unwrap();
    let entries = house.store.backend().audit_of_resource(&batch_name().to_string(), 10).await.unwrap();
    assert_eq!((entries.len(), entries[0].principal.as_str()), (1, "system"));
    assert_eq!(entries[0].detail["added"][0], managed(&house).await[0].key.as_str());
}
