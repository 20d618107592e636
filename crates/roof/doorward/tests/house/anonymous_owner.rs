//! Calls without a credential, where they were given to the local owner.

use http::Method;
use prost::Message;
use rstest::rstest;
use serde_json::{Value, json};
use testbed::{Answer, Api, Testbed};
use wire::google::iam::admin::v1::ListServiceAccountsRequest;

const LIST: &str = "google.iam.admin.v1.IAM/ListServiceAccounts";

async fn over_grpc(api: &Api, authority: &str) -> Answer {
    let message = ListServiceAccountsRequest { name: "projects/demo".to_owned(), ..Default::default() };
    api.grpc_authority(authority, LIST, &message.encode_to_vec()).await
}

async fn over_rest(api: &Api, host: &str) -> Answer {
    api.call_host(host, Method::GET, "/v1/projects/demo/serviceAccounts", Value::Null).await
}

/// The same call over both transports.
async fn both(api: &Api, host: &str) -> [String; 2] {
    [over_rest(api, host).await.verdict(), over_grpc(api, host).await.verdict()]
}

#[tokio::test]
async fn they_are_the_owners_in_both_transports() {
    let testbed = Testbed::start_with_anonymous_owner().await;
    let bare = testbed.api_with_headers(&[]);
    let port = testbed.house.addresses.api.port();
    for host in ["127.0.0.1", "localhost", "iam.googleapis.localhost", "[::1]"] {
        for host in [host.to_owned(), format!("{host}:{port}")] {
            assert_eq!(both(&bare, &host).await, ["200", "200"], "{host}");
        }
    }
    let made = bare
        .post("/v1/projects/demo/serviceAccounts", json!({"accountId": "anonymous", "serviceAccount": {}}));
    assert_eq!(made.await.fine()["email"], "anonymous@demo.iam.gserviceaccount.com");
}

#[tokio::test]
async fn without_that_they_are_nobodys() {
    let testbed = Testbed::start().await;
    let bare = testbed.api_with_headers(&[]);
    assert_eq!(both(&bare, "localhost").await, ["401 CREDENTIALS_MISSING", "grpc 16 CREDENTIALS_MISSING"]);
}

#[rstest]
#[case::nonsense("Bearer nonsense")]
#[case::torn("Bearer ya29.torn")]
#[case::empty("")]
#[case::another_scheme("Basic YTpi")]
#[tokio::test]
async fn a_bad_credential_stays_bad(#[case] credential: &str) {
    let testbed = Testbed::start_with_anonymous_owner().await;
    let bad = testbed.api_with_headers(&[credential.to_owned()]);
    assert_eq!(both(&bad, "localhost").await, ["401 CREDENTIALS_INVALID", "grpc 16 CREDENTIALS_INVALID"]);
}

#[tokio::test]
async fn a_token_in_the_query_is_not_read_and_not_ignored() {
    let testbed = Testbed::start_with_anonymous_owner().await;
    let bare = testbed.api_with_headers(&[]);
    let answer = bare.get("/v1/projects/demo?access_token=ya29.x").await;
    assert_eq!(answer.verdict(), "401 CREDENTIALS_MISSING");
}

#[tokio::test]
async fn a_good_credential_is_its_owners_whatever_the_host() {
    let testbed = Testbed::start_with_anonymous_owner().await;
    let stranger = testbed.make_account("stranger").await;
    let token = testbed.access_token_of(&stranger.email).await;
    let api = testbed.api(&token).with_header("origin", "https://evil.example");
    assert_eq!(
        both(&api, "evil.example").await,
        ["403 IAM_PERMISSION_DENIED", "grpc 7 IAM_PERMISSION_DENIED"],
        "the account's own, not the owner's"
    );
}

#[rstest]
#[case("evil.example")]
#[case("evil.example:8090")]
#[case("127.0.0.1.evil.example")]
#[case("localhost.evil.example")]
#[case("10.0.0.1")]
#[case("[::2]")]
#[tokio::test]
async fn a_name_that_was_made_to_lead_here_is_refused(#[case] host: &str) {
    let testbed = Testbed::start_with_anonymous_owner().await;
    let bare = testbed.api_with_headers(&[]);
    assert_eq!(both(&bare, host).await, ["403 ANONYMOUS_HOST_REFUSED", "grpc 7 ANONYMOUS_HOST_REFUSED"]);
    let answer = over_rest(&bare, host).await;
    assert!(answer.message().contains("doorward token access"), "{}", answer.message());
}

#[rstest]
#[case("origin", "http://127.0.0.1:3000")]
#[case("origin", "null")]
#[case("sec-fetch-site", "cross-site")]
#[case("sec-fetch-site", "none")]
#[tokio::test]
async fn what_a_browser_sends_is_refused(#[case] name: &'static str, #[case] value: &str) {
    let testbed = Testbed::start_with_anonymous_owner().await;
    let page = testbed.api_with_headers(&[]).with_header(name, value);
    assert_eq!(
        both(&page, "localhost").await,
        ["403 ANONYMOUS_BROWSER_REFUSED", "grpc 7 ANONYMOUS_BROWSER_REFUSED"]
    );
}

#[rstest]
#[case("forwarded", "for=10.0.0.1")]
#[case("x-forwarded-for", "127.0.0.1")]
#[case("via", "1.1 proxy")]
#[tokio::test]
async fn what_comes_through_a_proxy_is_refused(#[case] name: &'static str, #[case] value: &str) {
    let testbed = Testbed::start_with_anonymous_owner().await;
    let relayed = testbed.api_with_headers(&[]).with_header(name, value);
    assert_eq!(
        both(&relayed, "localhost").await,
        ["403 ANONYMOUS_PROXY_REFUSED", "grpc 7 ANONYMOUS_PROXY_REFUSED"]
    );
}
