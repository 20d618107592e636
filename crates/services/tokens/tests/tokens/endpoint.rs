//! The JWT-bearer grant at the token endpoint (facts §3.2).

use serde_json::{Value, json};

use crate::support::*;

fn refusal(answer: Result<Value, oauth::ErrorAnswer>) -> (u16, &'static str, String) {
    let error = answer.expect_err("this is refused");
    (error.status, error.error, error.error_description)
}

#[tokio::test]
async fn every_check_has_googles_text_and_comes_in_googles_order() {
    let house = house().await;
    let now = house.second();
    let mut claims = json!({"iss": "nobody@demo.iam.gserviceaccount.com", "aud": "https://wrong.example"});
    let wrong_key = |claims: &Value| signed(RING_PRIVATE, Some(KEY), claims);
    let right_key = |claims: &Value| signed(ACCOUNT_PRIVATE, Some(KEY), claims);

    // Every assertion mends what the one before was refused for; all later faults are still in it.
    let mut found =
        vec![refusal(house.exchange("a.b").await), refusal(house.exchange(&wrong_key(&claims)).await)];
    claims["iss"] = json!(BATCH);
    found.push(refusal(house.exchange(&wrong_key(&claims)).await));
    for (name, value) in [
        ("sub", json!("grace@example.com")),
        ("iat", json!(now - 7200)),
        ("exp", json!(now - 3600)),
        ("iat", json!(now)),
        ("exp", json!(now + 3600)),
        ("scope", json!(CLOUD_PLATFORM)),
        ("aud", json!(GOOGLES_ENDPOINT)),
    ] {
        claims[name] = value;
        found.push(refusal(house.exchange(&right_key(&claims)).await));
    }
    let timeframe = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. \
                     Check your iat and exp values in the JWT claim.";
    let expected = [
        (400, "invalid_request", "Bad Request"),
        (400, "invalid_grant", "Invalid grant: account not found"),
        (400, "invalid_grant", "Invalid JWT Signature."),
        (400, "invalid_grant", "Invalid JWT: iat (issued at) is not set."),
        (400, "invalid_grant", "Invalid JWT: exp (expiration time) is not set."),
        (400, "invalid_grant", timeframe),
        (400, "invalid_grant", timeframe),
        (400, "invalid_scope", "Invalid OAuth scope or ID token audience provided."),
        (400, "invalid_grant", "Invalid JWT: Failed audience check."),
        (
            401,
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method, or client not authorized for \
             any of the scopes requested.",
        ),
    ];
    let found: Vec<_> = found.iter().map(|(status, error, text)| (*status, *error, text.as_str())).collect();
    assert_eq!(found, expected);
    claims.as_object_mut().unwrap().remove("sub");
    assert!(house.exchange(&right_key(&claims)).await.is_ok());
}

#[tokio::test]
async fn access_token_answer_has_googles_members_and_opens_the_api() {
    let house = house().await;
    let scope = format!("openid {CLOUD_PLATFORM}");
    let answer = house.exchange(&house.assertion(json!({"scope": scope}))).await.unwrap();
    assert_eq!(sorted_members(&answer), ["access_token", "expires_in", "token_type"]);
    assert_eq!((&answer["expires_in"], &answer["token_type"]), (&json!(3599), &json!("Bearer")));
    let token = answer["access_token"].as_str().unwrap();
    assert!(token.starts_with("ya29.") && token.len() <= 1024);
    let caller = house.tokens.authenticate(house.now(), token, &scheduler()).unwrap();
    assert_eq!(caller.principal.to_string(), format!("serviceAccount:{BATCH}"));
}

#[tokio::test]
async fn id_token_answer_is_the_id_token_alone_with_the_address_as_azp() {
    let house = house().await;
    let answer =
        house.exchange(&house.assertion(json!({"target_audience": "https://hello.example"}))).await.unwrap();
    assert_eq!(sorted_members(&answer), ["id_token"]);
    let now = house.second();
    assert_eq!(
        claims(answer["id_token"].as_str().unwrap()),
        json!({
            "iss": "https://accounts.google.com", "azp": BATCH, "aud": "https://hello.example", "sub": "117",
            "email": BATCH, "email_verified": true, "iat": now, "exp": now + 3600,
        })
    );
}

#[tokio::test]
async fn audience_wins_over_scopes_and_an_unrecognised_scope_is_an_audience() {
    let house = house().await;
    let audience = async |more: Value| {
        let answer = house.exchange(&house.assertion(more)).await.unwrap();
        assert_eq!(sorted_members(&answer), ["id_token"]);
        claims(answer["id_token"].as_str().unwrap())["aud"].as_str().unwrap().to_owned()
    };
    let both = json!({"target_audience": "https://hello.example", "scope": CLOUD_PLATFORM});
    assert_eq!(audience(both).await, "https://hello.example");
    let mixed = format!("{CLOUD_PLATFORM} https://hello.example");
    assert_eq!(audience(json!({"scope": mixed})).await, mixed);
}

#[tokio::test]
async fn every_address_of_the_endpoint_is_taken_with_and_without_kid() {
    let house = house().await;
    for audience in [
        GOOGLES_ENDPOINT,
        "https://www.googleapis.com/oauth2/v4/token",
        "https://accounts.google.com/o/oauth2/token",
        OWN_ENDPOINT,
    ] {
        let claims = house.assertion_claims(json!({"aud": audience, "scope": CLOUD_PLATFORM}));
        for key_id in [None, Some(KEY)] {
            assert!(house.exchange(&signed(ACCOUNT_PRIVATE, key_id, &claims)).await.is_ok(), "{audience}");
        }
    }
}

#[tokio::test]
async fn what_happens_to_account_and_key_stops_the_grant_at_once() {
    let not_found = (400, "invalid_grant", "Invalid grant: account not found".to_owned());
    let signature = (400, "invalid_grant", "Invalid JWT Signature.".to_owned());
    for (event, expected) in [
        (Event::AccountDeleted, &not_found),
        (Event::AccountDisabled, &not_found),
        (Event::AccountMadeAnew, &signature),
        (Event::KeyDeleted, &signature),
        (Event::KeyDisabled, &signature),
        (Event::KeyEnded, &signature),
    ] {
        let house = house().await;
        house.happens(event).await;
        for key_id in [None, Some(KEY)] {
            for wanted in
                [json!({"scope": CLOUD_PLATFORM}), json!({"target_audience": "https://hello.example"})]
            {
                let assertion = signed(ACCOUNT_PRIVATE, key_id, &house.assertion_claims(wanted));
                assert_eq!(&refusal(house.exchange(&assertion).await), expected, "{event:?}");
            }
        }
    }
}

#[tokio::test]
async fn enabled_again_the_account_buys_again() {
    let house = house().await;
    house.happens(Event::AccountDisabledAndEnabled).await;
    let token = house.bought_access_token().await;
    assert!(house.tokens.authenticate(house.now(), &token, &scheduler()).is_ok());
}

#[tokio::test]
async fn foreign_forms_and_grants_are_refused_by_name() {
    let house = house().await;
    assert_eq!(
        refusal(house.post(&[("grant_type", "password")]).await),
        (400, "unsupported_grant_type", "Invalid grant_type: password".to_owned())
    );
    assert_eq!(refusal(house.post(&[]).await).1, "invalid_request");
    let long = "x".repeat(70_000);
    assert_eq!(refusal(house.exchange(&long).await).1, "invalid_request");
    let answer = house.tokens.exchange(&house.context, None, post(Some("application/json"), b"{}")).await;
    assert_eq!(answer.unwrap_err().answer().error, "invalid_request");
}

#[tokio::test]
async fn audience_or_scopes_that_fit_no_token_are_refused() {
    let house = house().await;
    let expected = (400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.".to_owned());
    let long = format!("https://{}.example", "a".repeat(2048));
    assert_eq!(refusal(house.exchange(&house.assertion(json!({"target_audience": long}))).await), expected);
    let scopes: Vec<_> =
        (0..40).map(|number| format!("https://www.googleapis.com/auth/{:050}", number)).collect();
    let answer = house.exchange(&house.assertion(json!({"scope": scopes.join(" ")}))).await;
    assert_eq!(refusal(answer), expected);
}

#[tokio::test]
async fn more_requests_than_configured_are_told_to_come_again() {
    let house = house_with(tokens::Config { exchanges_per_second: 1, exchange_burst: 2, ..config() }).await;
    let forged = signed(RING_PRIVATE, Some(KEY), &house.assertion_claims(json!({"scope": CLOUD_PLATFORM})));
    let statuses = async || {
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(house.exchange(&forged).await.unwrap_err().status);
        }
        statuses
    };
    assert_eq!(statuses().await, [400, 400, 429]);
    house.clock.advance(std::time::Duration::from_secs(1)).await;
    assert_eq!(statuses().await, [400, 429, 429]);
}

#[tokio::test]
async fn requests_refused_without_rsa_use_nothing_up() {
    let house = house_with(tokens::Config { exchanges_per_second: 1, exchange_burst: 1, ..config() }).await;
    let stranger = house.assertion(json!({"iss": "nobody@demo.iam.gserviceaccount.com"}));
    let statuses = [
        refusal(house.post(&[]).await).0,
        refusal(house.post(&[("grant_type", "password")]).await).0,
        refusal(house.exchange("a.b").await).0,
        refusal(house.exchange(&stranger).await).0,
        refusal(house.refresh(&house.refresh_token(), &[("client_id", "another")]).await).0,
        refusal(house.refresh(&house.refresh_token(), &[("client_secret", "guess")]).await).0,
        refusal(house.refresh("1//0abc", &[]).await).0,
        refusal(house.refresh(&house.refresh_token(), &[("scope", "profile drive")]).await).0,
    ];
    assert_eq!(statuses, [400, 400, 400, 400, 401, 401, 400, 400]);
    let good = house.assertion(json!({"scope": CLOUD_PLATFORM}));
    assert!(house.exchange(&good).await.is_ok(), "the one that the limit has room for");
    assert_eq!(refusal(house.exchange(&good).await).0, 429);
    assert_eq!(
        refusal(house.refresh(&house.refresh_token(), &[]).await).0,
        429,
        "the limit is one for both grants"
    );
}

#[tokio::test]
async fn account_without_keys_is_refused_and_uses_nothing_up() {
    let house = house_with(tokens::Config { exchanges_per_second: 1, exchange_burst: 1, ..config() }).await;
    house.happens(Event::KeyDeleted).await;
    for _ in 0..3 {
        assert_eq!(refusal(house.exchange(&house.assertion(json!({"scope": CLOUD_PLATFORM}))).await).0, 400);
    }
    assert!(house.refresh(&house.refresh_token(), &[]).await.is_ok());
}
