//! What a token says to whoever holds it (facts §3.5).

use std::time::Duration;

use names::Uid;
use serde_json::json;
use store::{OrganizationRecord, PersonRecord, Profile, Record};
use tokens::{IdTokenRejected, Rejected};

use crate::support::*;

#[tokio::test]
async fn access_token_of_an_account_says_whose_it_is_where_its_scopes_do() {
    let house = house().await;
    let info = house.tokens.access_token_info(house.now(), &house.bought_access_token().await).unwrap();
    assert_eq!((info.client.as_str(), info.subject.as_str(), info.email.as_deref()), ("117", "117", None));
    assert!(!info.shows_subject() && !info.offline);
    assert_eq!((info.expires_in, info.scopes.to_string().as_str()), (3600, CLOUD_PLATFORM));
    let scope = format!("{CLOUD_PLATFORM} https://www.googleapis.com/auth/userinfo.email");
    let answer = house.exchange(&house.assertion(json!({"scope": scope}))).await.unwrap();
    let token = answer["access_token"].as_str().unwrap();
    house.clock.advance(Duration::from_secs(40)).await;
    let info = house.tokens.access_token_info(house.now(), token).unwrap();
    assert_eq!((info.email.as_deref(), info.shows_subject(), info.expires_in), (Some(BATCH), true, 3560));
}

#[tokio::test]
async fn access_token_of_a_person_names_the_client_that_has_it() {
    let house = house().await;
    let offline = house.redeem(&house.code(&[]).await, &[]).await.unwrap();
    let online = house.redeem(&house.code(&[("access_type", "online")]).await, &[]).await.unwrap();
    for (answer, expected) in [(offline, true), (online, false)] {
        let info = house.tokens.access_token_info(house.now(), answer["access_token"].as_str().unwrap());
        let info = info.unwrap();
        assert_eq!((info.client.as_str(), info.offline), ("shop", expected));
        assert_eq!(info.subject, house.owner.person.subject.as_str());
        assert_eq!(info.email.as_deref(), Some("owner@doorward.localhost"));
    }
}

#[tokio::test]
async fn id_token_says_every_claim_and_its_key() {
    let house = house().await;
    let answer = house.redeem(&house.code(&[]).await, &[]).await.unwrap();
    let token = answer["id_token"].as_str().unwrap();
    let info = house.tokens.id_token_info(house.now(), token).unwrap();
    assert_eq!(serde_json::Value::Object(info.claims), claims(token));
    assert_eq!((info.key_id, info.expires_in), (house.ring_key_id(), 3600));
}

#[tokio::test]
async fn nothing_is_said_about_what_does_not_count() {
    let house = house().await;
    let token = house.bought_access_token().await;
    let about = |token: &str| house.tokens.access_token_info(house.now(), token).map(drop);
    for bad in ["", "x", "ya29.x", &token[..token.len() - 1], &house.assertion(json!({}))] {
        assert_eq!(about(bad), Err(Rejected::Invalid), "{bad}");
        assert!(house.tokens.id_token_info(house.now(), bad).is_err(), "{bad}");
    }
    house.happens(Event::AccountDisabled).await;
    assert_eq!(about(&token), Err(Rejected::AccountState));
    house.clock.advance(Duration::from_secs(3600)).await;
    assert_eq!(house.tokens.access_token_info(house.now(), &token).map(drop), Err(Rejected::Expired));
    let old = house.ring_signed(json!({"iat": START - 7200, "exp": START - 3600}));
    assert!(matches!(
        house.tokens.id_token_info(house.now(), &old).map(drop),
        Err(IdTokenRejected::Expired { .. })
    ));
}

#[tokio::test]
async fn person_is_called_by_name_where_the_scopes_say_so_and_hosted_where_the_domain_is_an_organization_s() {
    let house = house().await;
    let said = |text: &str| Some(text.to_owned());
    let profile = Profile { name: said("Grace Hopper"), given_name: said("Grace"), ..Profile::default() };
    let person = PersonRecord { profile: profile.clone(), ..house.owner.person.clone() };
    house.put(Record::Person(person)).await;
    let bought = async |scope: &str| {
        let answer = house.redeem(&house.code(&[("scope", scope)]).await, &[]).await.unwrap();
        let info =
            house.tokens.access_token_info(house.now(), answer["access_token"].as_str().unwrap()).unwrap();
        (info.about, claims(answer["id_token"].as_str().unwrap()))
    };
    let (about, told) = bought("openid email").await;
    assert_eq!((about.profile, about.hosted_domain), (Profile::default(), None));
    assert!(told.get("name").is_none() && told.get("hd").is_none());
    let (about, told) = bought("openid profile").await;
    assert_eq!((about.profile, about.hosted_domain), (profile, None));
    assert_eq!((&told["name"], &told["given_name"]), (&json!("Grace Hopper"), &json!("Grace")));
    assert!(["family_name", "picture", "email", "hd"].iter().all(|claim| told.get(claim).is_none()));
    house
        .put(Record::Organization(OrganizationRecord {
            id: names::OrganizationId::parse("2").unwrap(),
            uid: Uid::parse("own").unwrap(),
            display_name: "doorward.localhost".to_owned(),
            create_time: house.now(),
        }))
        .await;
    let (about, told) = bought("openid email").await;
    assert_eq!(about.hosted_domain.as_deref(), Some("doorward.localhost"));
    assert_eq!(told["hd"], json!("doorward.localhost"));
    assert!(bought("openid profile").await.1.get("hd").is_none());
}
