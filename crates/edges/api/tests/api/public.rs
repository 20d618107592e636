//! What needs no credential.

use axum::body::Body;
use http::{Method, Request, StatusCode};
use jiff::Timestamp;
use names::Email;
use store::{PersonRecord, Plan, Record};

use crate::house::{Answer, House, START, house};

async fn read(house: &House, path: &str) -> Answer {
    house.send(Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn keys_are_published_in_both_forms_under_the_same_ids() {
    let house = house().await;
    let jwks = read(&house, "/oauth2/v3/certs").await;
    let certificates = read(&house, "/oauth2/v1/certs").await;
    let ids: Vec<_> = jwks.json()["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(certificates.json().as_object().unwrap().keys().cloned().collect::<Vec<_>>(), ids);
    for answer in [&jwks, &certificates] {
        assert!(answer.header("cache-control").starts_with("public, max-age="));
        assert_eq!(answer.header("x-doorward-request-id").len(), 32);
    }
    assert_eq!(read(&house, "/oauth2/v1/certs").await.body, certificates.body);
    let discovery = read(&house, "/.well-known/openid-configuration").await.json();
    assert_eq!(discovery["issuer"], "https://accounts.google.com");
    assert_eq!(discovery["token_endpoint"], "https://oauth2.googleapis.com/token");
}

#[tokio::test]
async fn token_endpoint_answers_in_its_own_form_and_is_never_cached() {
    let house = house().await;
    for path in ["/token", "/oauth2/v4/token", "/o/oauth2/token"] {
        let refused = house.form(path, &[("grant_type", "x".to_owned())]).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.json()["error"], "unsupported_grant_type");
        assert_eq!(refused.header("cache-control"), "no-store");
        assert_eq!(refused.reason(), "REQUEST_MALFORMED");
        assert_eq!(read(&house, path).await.status, StatusCode::METHOD_NOT_ALLOWED);
    }
    let large = house.form("/token", &[("assertion", "x".repeat(70_000))]).await;
    assert_eq!((large.status.as_u16(), large.json()["error"].as_str()), (400, Some("invalid_request")));
}

#[tokio::test]
async fn disabled_person_is_told_the_reason_beside_googles_answer() {
    let house = house().await;
    let owner = Email::parse("owner@doorward.localhost").unwrap();
    let person = house.store.find::<PersonRecord>(&owner).await.unwrap().unwrap().record;
    let person = PersonRecord { disabled_at: Some(Timestamp::from_second(START).unwrap()), ..person };
    house.store.apply(Plan::new().put(Record::Person(person))).await.unwrap();
    let disabled = house.form("/token", &house.refresh).await;
    assert_eq!((disabled.status.as_u16(), disabled.reason()), (400, "ACCOUNT_STATE_INVALID"));
    let mut guess = house.refresh.clone();
    guess[1].1 = "1//0abc".to_owned();
    let revoked = house.form("/token", &guess).await;
    assert_eq!((revoked.status.as_u16(), revoked.reason()), (400, "CREDENTIALS_INVALID"));
    assert_eq!(disabled.body, revoked.body);
}

#[tokio::test]
async fn form_that_never_comes_is_waited_for_half_a_minute() {
    let house = house().await;
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    let silence = futures_util::stream::pending::<Result<axum::body::Bytes, std::io::Error>>();
    let request = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
    let refused = house.send(request.body(Body::from_stream(silence)).unwrap()).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (408, "REQUEST_MALFORMED"));
    assert_eq!(refused.json()["error"], "invalid_request");
    assert_eq!(began.elapsed().as_secs(), wire::BODY_PATIENCE.as_secs());
}

#[tokio::test]
async fn health_follows_readiness() {
    let house = house().await;
    assert_eq!(read(&house, "/healthz").await.status, 200);
    let late = house.supervisor.readiness().part("late");
    let waiting = read(&house, "/healthz").await;
    assert_eq!(waiting.status, 503);
    assert!(String::from_utf8_lossy(&waiting.body).contains("late"));
    late.ready();
    assert_eq!(read(&house, "/healthz").await.status, 200);
}

#[tokio::test]
async fn unknown_paths_are_told_to_callers() {
    let house = house().await;
    let answer = house.call(&house.owner, Method::GET, "/v1/nothing", serde_json::Value::Null).await;
    assert_eq!((answer.status.as_u16(), answer.reason()), (404, "METHOD_NOT_FOUND"));
}
