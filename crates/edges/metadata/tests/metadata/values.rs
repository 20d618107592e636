//! Values, directories and who may ask for them.

use http::Response;
use names::Universe;
use rstest::rstest;
use serde_json::{Value, json};
use std::time::Duration;

use crate::world::{ACCOUNT, Mint, OWN, World};

#[rstest]
#[case("project/project-id", "demo")]
#[case("project/numeric-project-id", "42")]
#[case("universe/universe-domain", "googleapis.com")]
#[case("universe/universe_domain", "googleapis.com")]
#[case("instance/id", "0a1b2c")]
#[case("instance/region", "projects/42/regions/us-central1")]
#[case("instance/zone", "projects/42/zones/us-central1-1")]
#[case("instance/service-accounts/default/email", ACCOUNT)]
#[case("instance/service-accounts/loafbot@demo.iam.gserviceaccount.com/email", ACCOUNT)]
#[case("instance/service-accounts/loafbot%40demo.iam.gserviceaccount.com/email", ACCOUNT)]
#[case("instance/service-accounts/default/aliases", "default\n")]
#[case("instance/service-accounts/default/scopes", "https://www.googleapis.com/auth/cloud-platform\n")]
#[case("", "instance/\nproject/\nuniverse/\n")]
#[case("instance/service-accounts/", "default/\nloafbot@demo.iam.gserviceaccount.com/\n")]
#[case("instance/service-accounts/default/", "aliases\nemail\nidentity\nscopes\ntoken\n")]
#[tokio::test]
async fn value_is_text(#[case] path: &str, #[case] expected: &str) {
    let answer = World::new().get(path).await;
    assert_eq!((answer.status().as_u16(), answer.body().as_str()), (200, expected));
    assert_eq!(answer.headers()["content-type"], "application/text");
    is_ours(&answer);
}

#[tokio::test]
async fn another_universe_is_told() {
    let world = World::with(Mint::Open, Universe::parse("cloud.example.com").expect("a domain"));
    assert_eq!(world.get("universe/universe-domain").await.body(), "cloud.example.com");
}

#[tokio::test]
async fn tree_is_json_and_holds_no_token() {
    let world = World::new();
    let account = json!({
        "aliases": ["default"], "email": ACCOUNT, "scopes": ["https://www.googleapis.com/auth/cloud-platform"],
    });
    for account_name in ["default", ACCOUNT] {
        let path = format!("instance/service-accounts/{account_name}/?recursive=true");
        assert_eq!(json_of(&world.get(&path).await), account);
    }
    let whole = json_of(&world.get("?recursive=true&alt=json").await);
    assert_eq!(whole["project"], json!({ "numericProjectId": 42, "projectId": "demo" }));
    assert_eq!(whole["instance"]["serviceAccounts"], json!({ "default": account, ACCOUNT: account }));
    assert_eq!(whole["universe"], json!({ "universeDomain": "googleapis.com" }));
    assert_eq!(world.minted(), 0);
}

#[tokio::test]
async fn tree_is_text_where_that_is_asked_for() {
    let answer = World::new().get("project/?recursive=true&alt=text").await;
    assert_eq!(answer.body(), "numeric-project-id 42\nproject-id demo\n");
    assert_eq!(answer.headers()["content-type"], "application/text");
}

#[tokio::test]
async fn value_is_json_where_that_is_asked_for() {
    let world = World::new();
    assert_eq!(json_of(&world.get("project/project-id?alt=json").await), json!("demo"));
    assert_eq!(json_of(&world.get("project/?alt=json").await), json!(["numeric-project-id", "project-id"]));
}

#[tokio::test]
async fn directory_without_its_slash_is_elsewhere() {
    let answer = World::new().get("instance/service-accounts?recursive=true").await;
    assert_eq!(answer.status(), 301);
    assert_eq!(answer.headers()["location"], "/computeMetadata/v1/instance/service-accounts/?recursive=true");
    is_ours(&answer);
}

#[rstest]
#[case("project/nothing")]
#[case("project/project-id/")]
#[case("instance/service-accounts/else@demo.iam.gserviceaccount.com/email")]
#[case("instance/service-accounts/DEFAULT/email")]
#[case("../v1/project/project-id")]
#[case("/project/project-id")]
#[tokio::test]
async fn what_is_not_there_is_not_found(#[case] path: &str) {
    let answer = World::new().get(path).await;
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["content-type"], "text/html; charset=UTF-8");
    is_ours(&answer);
}

#[tokio::test]
async fn older_versions_are_not_there() {
    let headers = [("host", OWN), ("metadata-flavor", "Google")];
    for path in ["/computeMetadata/v1beta1/project/project-id", "/0.1/meta-data/", "/v1/project/project-id"] {
        assert_eq!(World::new().ask("GET", path, &headers).await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn root_tells_who_is_there_without_the_header() {
    let answer = World::new().ask("GET", "/", &[("host", OWN)]).await;
    assert_eq!((answer.status().as_u16(), answer.body().as_str()), (200, "computeMetadata/\n"));
    is_ours(&answer);
}

#[rstest]
#[case::no_flavor(&[("host", OWN)])]
#[case::other_flavor(&[("host", OWN), ("metadata-flavor", "google")])]
#[case::two_flavors(&[("host", OWN), ("metadata-flavor", "Google"), ("metadata-flavor", "other")])]
#[case::through_a_proxy(&[("host", OWN), ("metadata-flavor", "Google"), ("x-forwarded-for", "203.0.113.1")])]
#[case::through_a_proxy_spelt_otherwise(&[("host", OWN), ("metadata-flavor", "Google"), ("X_Forwarded_For", "")])]
#[case::foreign_host(&[("host", "rebound.example:4711"), ("metadata-flavor", "Google")])]
#[case::second_host(&[("host", OWN), ("host", "rebound.example"), ("metadata-flavor", "Google")])]
#[case::no_host(&[("metadata-flavor", "Google")])]
#[tokio::test]
async fn stranger_gets_nothing(#[case] headers: &[(&str, &str)]) {
    let world = World::new();
    for path in ["project/project-id", "instance/service-accounts/default/token"] {
        let answer = world.ask("GET", &format!("/computeMetadata/v1/{path}"), headers).await;
        assert_eq!(answer.status(), 403);
        assert_eq!(answer.headers()["content-type"], "text/html; charset=UTF-8");
        is_ours(&answer);
    }
    assert_eq!(world.minted(), 0);
}

#[tokio::test]
async fn missing_flavor_is_told_in_the_words_that_clients_know() {
    let answer = World::new().ask("GET", "/computeMetadata/v1/", &[("host", OWN)]).await;
    assert!(answer.body().contains("Missing Metadata-Flavor:Google header."), "{}", answer.body());
}

#[rstest]
#[case::proxied("http://metadata.google.internal/computeMetadata/v1/project/project-id", 200)]
#[case::proxied_elsewhere("http://rebound.example/computeMetadata/v1/project/project-id", 403)]
#[tokio::test]
async fn host_in_the_target_counts_too(#[case] uri: &str, #[case] status: u16) {
    let headers = [("host", "metadata.google.internal"), ("metadata-flavor", "Google")];
    assert_eq!(World::new().ask("GET", uri, &headers).await.status(), status);
}

#[tokio::test]
async fn nothing_is_written_and_nobody_is_asked_first() {
    let world = World::new();
    let headers = [("host", OWN), ("metadata-flavor", "Google")];
    let token = "/computeMetadata/v1/instance/service-accounts/default/token";
    for (method, path) in [
        ("POST", "/computeMetadata/v1/project/project-id"),
        ("PUT", token),
        ("OPTIONS", token),
        ("HEAD", token),
        ("DELETE", "/computeMetadata/v1/"),
    ] {
        assert_eq!(world.ask(method, path, &headers).await.status(), 405, "{method} {path}");
    }
    assert_eq!(world.minted(), 0);
}

#[tokio::test]
async fn unreadable_question_is_refused() {
    let world = World::new();
    for path in ["project/?recursive=perhaps", "project/project-id?alt=xml&alt=json", "%ff"] {
        let answer = world.get(path).await;
        assert_eq!(answer.status(), 400, "{path}");
        is_ours(&answer);
    }
}

#[tokio::test]
async fn who_has_another_value_is_answered_at_once() {
    let world = World::new();
    for last in ["0", "0123456789abcdef"] {
        let answer = world.get(&format!("project/project-id?wait_for_change=true&last_etag={last}")).await;
        assert_eq!(answer.body(), "demo");
    }
}

#[tokio::test]
async fn who_has_the_value_waits_as_long_as_asked_and_gets_it_again() {
    let world = World::new();
    let etag = world.get("project/project-id").await.headers()["etag"].to_str().expect("text").to_owned();
    let path = format!("project/project-id?wait_for_change=true&last_etag={etag}&timeout_sec=60");
    let metadata = world.metadata.clone();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    world.supervisor.tasks().spawn("who waits", async move {
        let request = http::Request::get(format!("/computeMetadata/v1/{path}"))
            .header("host", OWN)
            .header("metadata-flavor", "Google");
        let answer = metadata.answer(request.body(()).expect("a request")).await;
        sender.send(answer).expect("somebody listens");
    });
    let mut receiver = receiver;
    world.clock.advance(Duration::from_secs(59)).await;
    assert!(receiver.try_recv().is_err());
    world.clock.advance(Duration::from_secs(2)).await;
    let answer = receiver.try_recv().expect("the time is over");
    assert_eq!(answer.body(), "demo");
    assert_eq!(answer.headers()["etag"], etag);
}

fn json_of(answer: &Response<String>) -> Value {
    assert_eq!(answer.headers()["content-type"], "application/json");
    is_ours(answer);
    serde_json::from_str(answer.body()).expect("JSON")
}

/// What every answer says, whatever it is.
fn is_ours(answer: &Response<String>) {
    assert_eq!(answer.headers()["metadata-flavor"], "Google");
    assert_eq!(answer.headers()["server"], "Metadata Server for VM");
    let etag = answer.headers()["etag"].to_str().expect("text");
    assert!(etag.len() == 16 && etag.bytes().all(|digit| digit.is_ascii_hexdigit()), "{etag}");
}
