//! The refresh grant at the token endpoint (facts §3.3).

use serde_json::{Value, json};
use store::{PersonRecord, Record};

use crate::support::*;

#[tokio::test]
async fn owner_gets_both_tokens_and_every_scope() {
    let house = house().await;
    let answer = house.refresh(&house.refresh_token(), &[]).await.unwrap();
    assert_eq!(sorted_members(&answer), ["access_token", "expires_in", "id_token", "scope", "token_type"]);
    assert_eq!(answer["expires_in"], json!(3599));
    let scope = answer["scope"].as_str().unwrap();
    for wanted in ["openid", "https://www.googleapis.com/auth/userinfo.email", CLOUD_PLATFORM] {
        assert!(scope.split(' ').any(|granted| granted == wanted), "{wanted}");
    }
    let claims = claims(answer["id_token"].as_str().unwrap());
    assert_eq!(claims["aud"], json!(house.owner.client_id));
    assert_eq!(claims["azp"], json!(house.owner.client_id));
    assert_eq!(claims["sub"], json!(house.owner.person.subject));
    assert_eq!(claims["email"], json!("owner@doorward.localhost"));
    let token = answer["access_token"].as_str().unwrap();
    let caller = house.tokens.authenticate(house.now(), token, &scheduler()).unwrap();
    assert_eq!(caller.principal.to_string(), "user:owner@doorward.localhost");
}

#[tokio::test]
async fn fewer_scopes_may_be_asked_for_and_more_may_not() {
    let house = house().await;
    let token = house.refresh_token();
    let answer = house.refresh(&token, &[("scope", CLOUD_PLATFORM)]).await.unwrap();
    assert_eq!(sorted_members(&answer), ["access_token", "expires_in", "scope", "token_type"]);
    assert_eq!(answer["scope"], json!(CLOUD_PLATFORM));
    let answer = house.refresh(&token, &[("scope", "openid")]).await.unwrap();
    assert_eq!(claims(answer["id_token"].as_str().unwrap()).get("email"), None::<&Value>);
    for scope in ["https://www.googleapis.com/auth/drive", &format!("{CLOUD_PLATFORM} profile"), "\"", " "] {
        assert_eq!(house.refresh(&token, &[("scope", scope)]).await.unwrap_err().error, "invalid_scope");
    }
}

#[tokio::test]
async fn wrong_token_and_wrong_client_have_googles_texts() {
    let house = house().await;
    let token = house.refresh_token();
    let refusal = |answer: Result<Value, oauth::ErrorAnswer>| {
        let error = answer.unwrap_err();
        (error.status, error.error, error.error_description)
    };
    assert_eq!(
        refusal(house.refresh("1//0abc", &[]).await),
        (400, "invalid_grant", "Token has been expired or revoked.".to_owned())
    );
    assert_eq!(
        refusal(house.refresh(&token, &[("client_id", "another")]).await),
        (401, "invalid_client", "The OAuth client was not found.".to_owned())
    );
    for secret in ["", "guess"] {
        assert_eq!(
            refusal(house.refresh(&token, &[("client_secret", secret)]).await),
            (401, "invalid_client", "Unauthorized".to_owned())
        );
    }
}

#[tokio::test]
async fn disabled_person_buys_nothing_and_what_was_bought_ends() {
    let house = house().await;
    let answer = house.refresh(&house.refresh_token(), &[]).await.unwrap();
    let access_token = answer["access_token"].as_str().unwrap();
    let person = PersonRecord { disabled_at: Some(house.now()), generation: 2, ..house.owner.person.clone() };
    house.put(Record::Person(person.clone())).await;
    let error = house.refresh(&house.refresh_token(), &[]).await.unwrap_err();
    assert_eq!((error.status, error.error), (400, "invalid_grant"));
    let authenticate = || house.tokens.authenticate(house.now(), access_token, &scheduler());
    assert_eq!(authenticate(), Err(tokens::Rejected::AccountState));
    house.put(Record::Person(PersonRecord { disabled_at: None, ..person })).await;
    assert_eq!(authenticate(), Err(tokens::Rejected::AccountState), "of an earlier generation");
    assert!(house.refresh(&house.refresh_token(), &[]).await.is_ok());
}
