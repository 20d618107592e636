//! Tokens for service accounts.

use http::Method;
use serde_json::{Value, json};

use crate::house::{ADA, house};

fn claims(token: &Value) -> Value {
    use base64::Engine as _;
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap())
        .unwrap()
}

#[tokio::test]
async fn id_token_says_what_was_asked_for() {
    let house = house().await;
    house.ada().await;
    let path = format!("/v1/projects/-/serviceAccounts/{ADA}:generateIdToken");
    let plain = house.post(&path, json!({"audience": "https://a.example"})).await.json();
    let plain = claims(&plain["token"]);
    assert_eq!((&plain["aud"], &plain["email"]), (&json!("https://a.example"), &Value::Null));
    // google-auth sends flags as strings.
    let body = json!({"audience": "https://a.example", "includeEmail": "true", "useEmailAzp": "true", "delegates": null});
    let full = claims(&house.post(&path, body).await.json()["token"]);
    assert_eq!((&full["email"], &full["azp"]), (&json!(ADA), &json!(ADA)));
    let without = house.post(&path, json!({})).await;
    assert_eq!(without.detail("BadRequest")["fieldViolations"][0]["field"], "audience");
}

#[tokio::test]
async fn access_token_needs_a_scope_and_lives_at_most_an_hour() {
    let house = house().await;
    house.ada().await;
    let path = format!("/v1/projects/-/serviceAccounts/{ADA}:generateAccessToken");
    let scope = "https://www.googleapis.com/auth/cloud-platform";
    let answer = house.post(&path, json!({"scope": [scope], "lifetime": "600s"})).await.json();
    assert!(answer["accessToken"].as_str().unwrap().starts_with("ya29."));
    assert_eq!(answer["expireTime"], "2023-11-14T22:23:20Z");
    for (body, field) in [
        (json!({}), "scope"),
        (json!({"scope": ["no such scope"]}), "scope"),
        (json!({"scope": [scope], "lifetime": "3601s"}), "lifetime"),
        (json!({"scope": [scope], "lifetime": "-1s"}), "lifetime"),
    ] {
        let refused = house.post(&path, body).await;
        assert_eq!(refused.detail("BadRequest")["fieldViolations"][0]["field"], field, "{refused:?}");
    }
    let long = house.post(&path, json!({"scope": [scope], "lifetime": "3601s"})).await;
    assert_eq!(
        long.json()["error"]["message"],
        format!(
            "Access tokens for service account {ADA} can not have lifetimes of more than 1 hour. Use the Org Policy Constraint constraints/iam.allowServiceAccountCredentialLifetimeExtension to allow up to 12 hours."
        )
    );
    let told = long.detail("BadRequest")["fieldViolations"][0]["description"].to_string();
    assert!(told.contains(&format!("list {ADA} under `[constraints]`")), "{told}");
}

#[tokio::test]
async fn nobody_mints_for_an_account_without_leave() {
    let house = house().await;
    let ada = house.ada_token().await;
    let path = format!("/v1/projects/-/serviceAccounts/{ADA}:generateIdToken");
    let body = json!({"audience": "https://a.example"});
    let refused = house.call(&ada, Method::POST, &path, body.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (403, "IAM_PERMISSION_DENIED"));
    assert_eq!(refused.detail("ErrorInfo")["metadata"]["permission"], "iam.serviceAccounts.getOpenIdToken");

    let nobody = "/v1/projects/-/serviceAccounts/no-one@demo.iam.gserviceaccount.com:generateIdToken";
    let missing = house.post(nobody, body.clone()).await;
    assert_eq!(missing.status, 404);
    assert_eq!(
        missing.message(),
        "Not found; Gaia id not found for email no-one@demo.iam.gserviceaccount.com"
    );
    let made = "doorward exec -- gcloud iam service-accounts create no-one --project=demo";
    assert_eq!(missing.command(), made);
    // Too short for an account that somebody makes.
    let short = house.post(&nobody.replace("no-one", "no"), body.clone()).await;
    assert_eq!(short.command(), "doorward exec -- gcloud iam service-accounts list --project=demo");

    house.post(&format!("/v1/projects/demo/serviceAccounts/{ADA}:disable"), json!({})).await;
    assert_eq!(house.post(&path, body).await.reason(), "WRONG_STATE");
}

#[tokio::test]
async fn delegates_are_named_without_a_project_and_are_there() {
    let house = house().await;
    house.ada().await;
    let path = format!("/v1/projects/-/serviceAccounts/{ADA}:signJwt");
    for (delegate, status) in [
        (format!("projects/demo/serviceAccounts/{ADA}"), 400),
        (ADA.to_owned(), 400),
        ("projects/-/serviceAccounts/x@demo.iam.gserviceaccount.com".to_owned(), 404),
    ] {
        let refused = house.post(&path, json!({"payload": "{}", "delegates": [delegate]})).await;
        assert_eq!(refused.status, status, "{refused:?}");
    }
    let many = vec!["projects/-/serviceAccounts/1"; 33];
    let refused = house.post(&path, json!({"payload": "{}", "delegates": many})).await;
    assert_eq!(refused.detail("BadRequest")["fieldViolations"][0]["field"], "delegates");
}
