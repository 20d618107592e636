//! Credentials at an API (facts §0.2).

use std::time::Duration;

use context::Credential;
use names::KeyId;
use serde_json::{Value, json};
use store::{AccountRecord, PersonRecord, Record};
use tokens::{ApiAudience, ApiFamily, Effect, Rejected};

use crate::support::*;

const SCHEDULER: &str = "https://cloudscheduler.googleapis.com/";

#[tokio::test]
async fn access_token_says_who_and_how_and_ends_to_the_second() {
    let house = house().await;
    let token = house.bought_access_token().await;
    let caller = house.tokens.authenticate(house.now(), &token, &scheduler()).unwrap();
    let Credential::AccessToken { scopes, key, expires_at } = caller.credential else {
        panic!("an access token")
    };
    assert_eq!(scopes, [CLOUD_PLATFORM]);
    assert_eq!(key, Some(KeyId::parse(KEY).unwrap()));
    assert_eq!(expires_at.as_second(), START + 3600);
    house.clock.advance(Duration::from_secs(3599)).await;
    assert!(house.tokens.authenticate(house.now(), &token, &scheduler()).is_ok());
    house.clock.advance(Duration::from_secs(1)).await;
    assert_eq!(house.tokens.authenticate(house.now(), &token, &scheduler()), Err(Rejected::Expired));
}

#[tokio::test]
async fn what_happens_to_account_and_key_ends_what_they_were_issued() {
    use Rejected::{AccountState, Invalid};
    for (event, of_access_token, of_self_signed) in [
        (Event::AccountDeleted, Some(AccountState), Some(Invalid)),
        (Event::AccountDisabled, Some(AccountState), Some(AccountState)),
        (Event::AccountDisabledAndEnabled, Some(AccountState), None),
        (Event::AccountMadeAnew, Some(AccountState), Some(Invalid)),
        (Event::KeyDeleted, Some(Invalid), Some(Invalid)),
        (Event::KeyDisabled, Some(Invalid), Some(Invalid)),
        (Event::KeyEnded, Some(Invalid), Some(Invalid)),
    ] {
        let house = house().await;
        let access_token = house.bought_access_token().await;
        let self_signed = house.self_signed(json!({"aud": SCHEDULER}));
        let verdict = |token: &str| house.tokens.authenticate(house.now(), token, &scheduler()).err();
        assert_eq!((verdict(&access_token), verdict(&self_signed)), (None, None));
        house.happens(event).await;
        assert_eq!(verdict(&access_token), of_access_token, "{event:?}");
        assert_eq!(verdict(&self_signed), of_self_signed, "{event:?}");
    }
}

#[tokio::test]
async fn disabled_is_disabled_whatever_the_generation_says() {
    let house = house().await;
    let of_account = house.bought_access_token().await;
    let answer = house.refresh(&house.refresh_token(), &[]).await.unwrap();
    let of_person = answer["access_token"].as_str().unwrap();
    let disabled_at = Some(house.now());
    house.put(Record::Account(AccountRecord { disabled_at, ..batch("117") })).await;
    house.put(Record::Person(PersonRecord { disabled_at, ..house.owner.person.clone() })).await;
    for token in [of_account.as_str(), of_person] {
        let verdict = house.tokens.authenticate(house.now(), token, &scheduler());
        assert_eq!(verdict, Err(Rejected::AccountState));
    }
}

#[tokio::test]
async fn changed_access_token_is_no_token() {
    let house = house().await;
    let token = house.bought_access_token().await;
    let mut forged =
        vec![String::new(), "ya29.".to_owned(), format!("{token}A"), token[..token.len() - 4].to_owned()];
    forged.push(token.replacen("ya29.", "ya29.A", 1));
    forged.push("ya29.".to_owned() + &"A".repeat(1019));
    forged.push("ya29.".to_owned() + &"A".repeat(100_000));
    forged.push(token.to_uppercase());
    for text in forged {
        assert_eq!(house.tokens.authenticate(house.now(), &text, &scheduler()), Err(Rejected::Invalid));
    }
}

#[tokio::test]
async fn narrow_scope_opens_what_it_names_and_says_what_is_missing() {
    let house = house().await;
    let api = |family, effect| ApiAudience { family, effect, ..scheduler() };
    let read_only = format!("{CLOUD_PLATFORM}.read-only");
    for (scope, family, effect, opens) in [
        (CLOUD_PLATFORM, ApiFamily::Iam, Effect::Change, true),
        (&read_only, ApiFamily::Other, Effect::Read, true),
        (&read_only, ApiFamily::Other, Effect::Change, false),
        ("https://www.googleapis.com/auth/iam", ApiFamily::Iam, Effect::Change, true),
        ("https://www.googleapis.com/auth/iam", ApiFamily::Other, Effect::Read, false),
        ("openid", ApiFamily::Other, Effect::Read, false),
    ] {
        let answer = house.exchange(&house.assertion(json!({"scope": scope}))).await.unwrap();
        let bought = answer["access_token"].as_str().unwrap().to_owned();
        for token in [bought, house.self_signed(json!({"scope": scope}))] {
            let verdict = house.tokens.authenticate(house.now(), &token, &api(family, effect));
            let missing = Rejected::ScopeInsufficient { needed: tokens::sufficient_scopes(family, effect) };
            assert_eq!(verdict.err(), (!opens).then_some(missing), "{scope} {family:?} {effect:?}");
        }
    }
}

#[tokio::test]
async fn self_signed_token_names_the_api_or_scopes() {
    let house = house().await;
    for (more, scopes) in [
        (json!({"aud": SCHEDULER}), vec![]),
        (json!({"aud": format!("{SCHEDULER}google.cloud.scheduler.v1.CloudScheduler")}), vec![]),
        (json!({"scope": CLOUD_PLATFORM}), vec![CLOUD_PLATFORM.to_owned()]),
        (json!({"aud": SCHEDULER, "scope": CLOUD_PLATFORM}), vec![CLOUD_PLATFORM.to_owned()]),
    ] {
        let caller = house.tokens.authenticate(house.now(), &house.self_signed(more), &scheduler()).unwrap();
        assert_eq!(caller.principal.to_string(), format!("serviceAccount:{BATCH}"));
        assert_eq!(caller.credential, Credential::SelfSigned { key: KeyId::parse(KEY).unwrap(), scopes });
    }
}

#[tokio::test]
async fn self_signed_token_with_any_fault_is_refused() {
    let house = house().await;
    let now = house.second();
    let faults: Vec<(Value, Rejected)> = vec![
        (json!({"aud": null}), Rejected::Invalid),
        (json!({"aud": "https://pubsub.googleapis.com/"}), Rejected::Invalid),
        (json!({"aud": "https://pubsub.googleapis.com/", "scope": CLOUD_PLATFORM}), Rejected::Invalid),
        (json!({"aud": [SCHEDULER]}), Rejected::Invalid),
        (json!({"aud": GOOGLES_ENDPOINT, "scope": CLOUD_PLATFORM}), Rejected::Invalid),
        (json!({"aud": null, "scope": "\""}), Rejected::Invalid),
        (json!({"sub": null}), Rejected::Invalid),
        (json!({"sub": "owner@doorward.localhost"}), Rejected::Invalid),
        (json!({"iss": "nobody@demo.iam.gserviceaccount.com"}), Rejected::Invalid),
        (json!({"iss": "owner@doorward.localhost", "sub": "owner@doorward.localhost"}), Rejected::Invalid),
        (json!({"iss": null}), Rejected::Invalid),
        (json!({"iss": "accounts.google.com"}), Rejected::WrongType),
        (json!({"iat": null}), Rejected::Invalid),
        (json!({"exp": null}), Rejected::Invalid),
        (json!({"exp": (now + 60).to_string()}), Rejected::Invalid),
        (json!({"exp": now + 3601}), Rejected::Invalid),
        (json!({"iat": now - 4000, "exp": now - 400}), Rejected::Expired),
        (json!({"iat": now + 31, "exp": now + 600}), Rejected::Invalid),
        (json!({"iat": now, "exp": now}), Rejected::Invalid),
    ];
    for (fault, expected) in faults {
        let token = house.self_signed(merged(json!({"aud": SCHEDULER}), json!({})));
        assert!(house.tokens.authenticate(house.now(), &token, &scheduler()).is_ok());
        let usual = json!({"iss": BATCH, "sub": BATCH, "aud": SCHEDULER, "iat": now, "exp": now + 3600});
        let token = signed(ACCOUNT_PRIVATE, Some(KEY), &merged(usual, fault.clone()));
        let verdict = house.tokens.authenticate(house.now(), &token, &scheduler());
        assert_eq!(verdict, Err(expected), "{fault}");
    }
}

#[tokio::test]
async fn self_signed_token_of_another_key_is_refused_with_and_without_kid() {
    let house = house().await;
    let now = house.second();
    let claims = json!({"iss": BATCH, "sub": BATCH, "aud": SCHEDULER, "iat": now, "exp": now + 3600});
    let verdict = |token: String| house.tokens.authenticate(house.now(), &token, &scheduler()).err();
    assert_eq!(verdict(signed(ACCOUNT_PRIVATE, None, &claims)), None);
    assert_eq!(verdict(signed(ACCOUNT_PRIVATE, Some("another"), &claims)), Some(Rejected::Invalid));
    for key_id in [None, Some(KEY)] {
        assert_eq!(verdict(signed(RING_PRIVATE, key_id, &claims)), Some(Rejected::Invalid));
    }
}
