//! Bindings that hold only under a condition, asked at every request.

use std::time::Duration;

use names::{Email, Principal, ResourceName};
use serde_json::{Value, json};
use testbed::Testbed;

const INVOKER: &str = "roles/run.invoker";
/// Half a minute after every testbed starts.
const UNTIL_NINE: &str = "request.time < timestamp('2026-03-02T09:00:00Z')";

#[tokio::test]
async fn a_binding_ends_with_its_hour_at_the_gate_and_the_explanation_says_so() {
    let testbed = Testbed::start().await;
    let kitchen = testbed.upstream().await;
    let orders = testbed.make_service("orders", &kitchen.url("")).await;
    let runner = testbed.make_account("runner").await;
    testbed.bind_while(INVOKER, &runner.member(), &orders.path(), UNTIL_NINE).await;
    let token = testbed.id_token_of(&runner.email, &orders.url).await;

    let before = testbed.invoke(&orders.host, Some(&token)).await;
    assert_eq!(before.verdict(), "200");

    testbed.advance(Duration::from_secs(30)).await;
    let after = testbed.invoke(&orders.host, Some(&token)).await;
    assert_eq!(after.verdict(), "403 INVOKER_PERMISSION_DENIED", "the same token, verified before");
    let account = testbed.house.access.account(&Email::parse(&runner.email).unwrap()).unwrap();
    let principal = Principal::ServiceAccount { email: account.name.email, unique_id: account.unique_id };
    let service = ResourceName::parse(orders.path().trim_start_matches("/v2/")).unwrap();
    let access = &testbed.house.access;
    let explained =
        access.explain(&principal, &service, "run.routes.invoke", testbed.clock().now(), None).unwrap();
    let check = explained.checks.iter().find(|check| check.subject.contains("on the condition")).unwrap();
    let expected = format!("{}, and at 2026-03-02T09:00:00Z the condition is not met", runner.member());
    assert_eq!(check.found, expected);
    assert!(!after.text().contains("condition"), "the caller learns nothing of the policy: {}", after.text());
    assert_eq!(kitchen.seen().len(), 1);
}

#[tokio::test]
async fn a_condition_on_the_project_picks_out_services_by_name() {
    let testbed = Testbed::start().await;
    let kitchen = testbed.upstream().await;
    let runner = testbed.make_account("runner").await;
    let expression =
        "resource.type == 'run.googleapis.com/Service' && resource.name.extract('/services/{s}') == 'orders'";
    testbed.bind_while(INVOKER, &runner.member(), "/v1/projects/demo", expression).await;
    for (id, verdict) in [("orders", "200"), ("menu", "403 INVOKER_PERMISSION_DENIED")] {
        let service = testbed.make_service(id, &kitchen.url("")).await;
        let token = testbed.id_token_of(&runner.email, &service.url).await;
        assert_eq!(testbed.invoke(&service.host, Some(&token)).await.verdict(), verdict, "{id}");
    }
}

#[tokio::test]
async fn a_schedule_stops_being_answered_when_the_binding_ends() {
    let testbed = Testbed::start().await;
    let kitchen = testbed.upstream().await;
    let orders = testbed.make_service("orders", &kitchen.url("")).await;
    let runner = testbed.make_account("runner").await;
    let until = "request.time <= timestamp('2026-03-02T09:01:00Z')";
    testbed.bind_while(INVOKER, &runner.member(), &orders.path(), until).await;
    let job = testbed.make_job("report", "* * * * *", &orders, &runner).await;
    testbed.advance(Duration::from_secs(180)).await;
    assert_eq!(kitchen.seen().len(), 2, "at nine and one minute later");
    assert_eq!(testbed.job(&job).await["status"]["code"], 7);
}

#[tokio::test]
async fn conditions_are_kept_shown_and_tested_over_the_api() {
    let testbed = Testbed::start().await;
    let (owner, runner) = (testbed.owner().await, testbed.make_account("runner").await);
    testbed.bind_while("roles/logging.viewer", &runner.member(), "/v1/projects/demo", UNTIL_NINE).await;
    let read = async |version: Value| {
        let options = json!({"options": {"requestedPolicyVersion": version}});
        owner.post("/v1/projects/demo:getIamPolicy", options).await.fine()
    };
    let (third, first) = (read(json!(3)).await, read(json!(1)).await);
    let bound = |policy: &Value| policy["bindings"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&third["version"], &first["version"]), (&json!(3), &json!(1)));
    assert_eq!(bound(&third)["condition"], json!({"title": "while it holds", "expression": UNTIL_NINE}));
    assert!(bound(&first)["condition"].is_null());
    let role = bound(&first)["role"].as_str().unwrap().to_owned();
    assert!(role.starts_with("roles/logging.viewer_withcond_") && role.len() == 30 + 20, "{role}");
    assert_eq!(third["etag"], first["etag"]);

    let token = testbed.access_token_of(&runner.email).await;
    let held = async || {
        let asked = json!({"permissions": ["logging.logEntries.list"]});
        testbed.api(&token).post("/v1/projects/demo:testIamPermissions", asked).await.fine()
    };
    assert_eq!(held().await, json!({"permissions": ["logging.logEntries.list"]}));
    testbed.advance(Duration::from_secs(30)).await;
    assert_eq!(held().await, json!({}));
    let testbed = testbed.restart().await;
    let shown = testbed.owner().await;
    let options = json!({"options": {"requestedPolicyVersion": 3}});
    assert_eq!(shown.post("/v1/projects/demo:getIamPolicy", options).await.fine(), third);
}
