//! Every endpoint against every bad credential.

use std::collections::BTreeSet;
use std::fmt::Write;

use axum::body::Body;
use http::{Method, Request};
use names::HostName;
use serde_json::{Value, json};
use tokens::Authority;

use crate::house::{ADA, START, house, self_signed};

/// Every service that stands here, by one of its paths.
const ENDPOINTS: &[(&str, &str)] = &[
    ("GET", "/v1/projects/demo"),
    ("POST", "/v1/projects/demo:getIamPolicy"),
    ("POST", "/v1/projects/demo:setIamPolicy"),
    ("POST", "/v1/projects/demo:testIamPermissions"),
    ("GET", "/v3/projects/demo"),
    ("POST", "/v3/projects/demo:getIamPolicy"),
    ("POST", "/v1/projects/demo/serviceAccounts"),
    ("GET", "/v1/projects/demo/serviceAccounts"),
    ("GET", "/v1/projects/-/serviceAccounts/ada-01@demo.iam.gserviceaccount.com"),
    ("DELETE", "/v1/projects/-/serviceAccounts/ada-01@demo.iam.gserviceaccount.com"),
    ("POST", "/v1/projects/-/serviceAccounts/ada-01@demo.iam.gserviceaccount.com:disable"),
    ("POST", "/v1/projects/-/serviceAccounts/ada-01@demo.iam.gserviceaccount.com:getIamPolicy"),
    ("POST", "/v1/projects/-/serviceAccounts/ada-01@demo.iam.gserviceaccount.com:setIamPolicy"),
    ("POST", "/v1/projects/-/serviceAccounts/ada-01@demo.iam.gserviceaccount.com/keys"),
    ("GET", "/v1/projects/-/serviceAccounts/ada-01@demo.iam.gserviceaccount.com/keys"),
    ("POST", "/v1/projects/-/serviceAccounts/ada-01@demo.iam.gserviceaccount.com:generateIdToken"),
    ("POST", "/v1/projects/-/serviceAccounts/ada-01@demo.iam.gserviceaccount.com:generateAccessToken"),
    ("GET", "/v1/projects/-/serviceAccounts/ada-01@demo.iam.gserviceaccount.com/allowedLocations"),
    ("POST", "/v1/folders/7:getIamPolicy"),
    ("GET", "/v2/projects/demo/locations/us-central1/services"),
    ("GET", "/v1/projects/demo/locations/us-central1/jobs"),
    ("POST", "/v2/entries:list"),
    ("GET", "/v2/projects/demo/locations/us-central1/operations"),
    ("GET", "/no/such/path"),
];

#[tokio::test]
async fn no_endpoint_takes_a_bad_credential() {
    let house = house().await;
    house.ada().await;
    let key_file = house.ada_key_file().await;
    let bearer = |token: &str| format!("Bearer {token}");
    let minted = format!("/v1/projects/-/serviceAccounts/{ADA}:generateIdToken");
    let id_token =
        house.post(&minted, json!({"audience": "https://run.googleapis.com/"})).await.json()["token"]
            .as_str()
            .unwrap()
            .to_owned();
    let long_ago = json!({"iat": START - 7200, "exp": START - 3600, "aud": "https://iam.googleapis.com/"});
    let elsewhere = json!({"aud": "https://oauth2.googleapis.com/token"});
    let credentials: Vec<(&str, Vec<String>)> = vec![
        ("none", vec![]),
        ("basic", vec!["Basic Z3JhY2U6eA==".to_owned()]),
        ("empty bearer", vec!["Bearer ".to_owned()]),
        ("two headers", vec![bearer(&house.owner), bearer(&house.owner)]),
        ("gibberish", vec![bearer("gibberish")]),
        ("damaged access token", vec![bearer(&format!("{}x", house.owner))]),
        ("ID token", vec![bearer(&id_token)]),
        ("too narrow", vec![bearer(&house.bought(Some("openid")).await)]),
        ("signed long ago", vec![bearer(&self_signed(&key_file, long_ago))]),
        ("signed for the token endpoint", vec![bearer(&self_signed(&key_file, elsewhere))]),
    ];
    let mut table = String::new();
    for (name, values) in &credentials {
        let mut answers = BTreeSet::new();
        for (verb, path) in ENDPOINTS {
            let mut request = Request::builder().method(*verb).uri(*path);
            for value in values {
                request = request.header("authorization", value);
            }
            let answer = house.send(request.body(Body::empty()).unwrap()).await;
            assert!(matches!(answer.status.as_u16(), 401 | 403), "{name} {path}: {answer:?}");
            assert_eq!(answer.header("x-doorward-request-id").len(), 32);
            assert_eq!(answer.detail("RequestInfo")["requestId"], answer.header("x-doorward-request-id"));
            assert_eq!(answer.detail("ErrorInfo")["reason"], answer.reason());
            answers.insert(format!(
                "{} {} | {}",
                answer.status.as_u16(),
                answer.reason(),
                answer.header("www-authenticate")
            ));
        }
        writeln!(table, "{name}:").unwrap();
        answers.iter().for_each(|answer| writeln!(table, "  {answer}").unwrap());
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn refusal_has_googles_words_and_names_the_method() {
    let house = house().await;
    let request = Request::get("/v1/projects/demo/serviceAccounts").body(Body::empty()).unwrap();
    let answer = house.send(request).await;
    let info = answer.detail("ErrorInfo");
    assert!(
        answer
            .message()
            .starts_with("Request is missing required authentication credential. Expected OAuth 2")
    );
    assert_eq!(answer.json()["error"]["status"], "UNAUTHENTICATED");
    assert_eq!(info["domain"], "googleapis.com");
    assert_eq!(
        info["metadata"],
        json!({"service": "iam.googleapis.com", "method": "google.iam.admin.v1.IAM.ListServiceAccounts"})
    );
}

#[tokio::test]
async fn account_with_its_own_signature_is_let_in_where_it_is_meant() {
    let house = house().await;
    house.ada().await;
    let key_file = house.ada_key_file().await;
    let path = format!("/v1/projects/-/serviceAccounts/{ADA}/allowedLocations");
    let meant = self_signed(&key_file, json!({"aud": "https://iamcredentials.googleapis.com/"}));
    assert_eq!(house.call(&meant, Method::GET, &path, Value::Null).await.status, 200);
    let scoped = self_signed(&key_file, json!({"scope": "https://www.googleapis.com/auth/cloud-platform"}));
    assert_eq!(house.call(&scoped, Method::GET, &path, Value::Null).await.status, 200);
    let other = self_signed(&key_file, json!({"aud": "https://iam.googleapis.com/"}));
    assert_eq!(house.call(&other, Method::GET, &path, Value::Null).await.reason(), "CREDENTIALS_INVALID");
}

#[tokio::test]
async fn own_signature_for_another_server_on_this_machine_opens_nothing() {
    let house = house().await;
    house.ada().await;
    let key_file = house.ada_key_file().await;
    let path = format!("/v1/projects/-/serviceAccounts/{ADA}/allowedLocations");
    for (audience, status) in [
        ("http://127.0.0.1:8085/", 200),
        ("http://localhost:8085/", 200),
        ("http://127.0.0.1:9000/", 401),
        ("http://localhost:9000/", 401),
        ("http://localhost/", 401),
        ("http://iamcredentials.googleapis.com/", 401),
        ("https://iamcredentials.googleapis.com:9000/", 401),
    ] {
        let token = self_signed(&key_file, json!({"aud": audience}));
        let answer = house.call(&token, Method::GET, &path, Value::Null).await;
        assert_eq!(answer.status.as_u16(), status, "{audience}");
    }
}

#[test]
fn own_addresses_are_those_that_lead_to_the_bound_one() {
    for (bound, own) in [
        ("127.0.0.1:8085", &["127.0.0.1:8085", "localhost:8085"][..]),
        ("0.0.0.0:8085", &["127.0.0.1:8085", "localhost:8085"]),
        ("[::1]:8085", &["[::1]:8085", "localhost:8085"]),
        ("[::]:8085", &["127.0.0.1:8085", "[::1]:8085", "localhost:8085"]),
        ("192.0.2.7:8085", &["192.0.2.7:8085"]),
        ("127.0.0.2:8085", &["127.0.0.2:8085"]),
    ] {
        let localhost = HostName::parse("localhost").unwrap();
        let of = |text: &&str| text.parse().map_or_else(|_| Authority::of(&localhost, 8085), Authority::at);
        let own: Vec<_> = own.iter().map(of).collect();
        assert_eq!(api::Config::at(bound.parse().unwrap()).own_addresses, own, "{bound}");
    }
    assert_eq!(api::Config::default().own_addresses, []);
}

#[tokio::test]
async fn token_ends_with_its_hour_and_with_its_account() {
    let house = house().await;
    let ada = house.ada_token().await;
    let path = format!("/v1/projects/-/serviceAccounts/{ADA}/allowedLocations");
    assert_eq!(house.call(&ada, Method::GET, &path, Value::Null).await.status, 200);
    house.post(&format!("/v1/projects/demo/serviceAccounts/{ADA}:disable"), json!({})).await;
    assert_eq!(house.call(&ada, Method::GET, &path, Value::Null).await.reason(), "ACCOUNT_STATE_INVALID");
    house.clock.advance(std::time::Duration::from_secs(3601)).await;
    assert_eq!(house.get(&path).await.reason(), "ACCESS_TOKEN_EXPIRED");
}
