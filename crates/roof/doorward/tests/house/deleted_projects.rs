//! A project that is deleted: closed at once, as it was when it comes back, and erased when it no longer can.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use store::{Change, Follower, LogFilter, Record};
use testbed::{Api, Scripted, Testbed, Upstream};

use crate::firing::MINUTE;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const IN_SECOND: &str = "projects/second-project/locations/us-central1";

/// A project with one of everything in it. `shop` is open, and the job calls the kitchen every minute.
async fn second(testbed: &Testbed, kitchen: &Upstream) -> Api {
    let owner = testbed.owner().await;
    owner.post("/v1/projects", json!({"projectId": "second-project"})).await.fine();
    let project = "/v1/projects/second-project";
    let accounts = format!("{project}/serviceAccounts");
    for account in ["baker-1", "departed"] {
        owner.post(&accounts, json!({"accountId": account})).await.fine();
    }
    let baker = format!("{accounts}/baker-1@second-project.iam.gserviceaccount.com");
    owner.post(&format!("{baker}/keys"), json!({})).await.fine();
    owner.delete(&format!("{accounts}/departed@second-project.iam.gserviceaccount.com")).await.fine();
    let role = json!({"roleId": "caller", "role": {"includedPermissions": ["run.routes.invoke"]}});
    owner.post(&format!("{project}/roles"), role).await.fine();

    let containers = json!([{"image": kitchen.url("")}]);
    let body = json!({"template": {"containers": containers}, "invokerIamDisabled": true});
    owner.post(&format!("/v2/{IN_SECOND}/services?serviceId=shop"), body).await.fine();
    let image = json!({"environmentVariables": {"DOORWARD_IMAGE": kitchen.url("")}});
    let function = format!("/v2/{IN_SECOND}/functions?functionId=greet");
    owner.post(&function, json!({"buildConfig": image})).await.fine();
    testbed
        .bind("roles/run.invoker", "user:ada@example.com", &format!("/v2/{IN_SECOND}/services/shop"))
        .await;
    let mapping = json!({
        "apiVersion": "domains.cloudrun.com/v1", "kind": "DomainMapping",
        "metadata": {"name": "shop.example.com"}, "spec": {"routeName": "shop"},
    });
    let host = "us-central1-run.googleapis.com";
    let mappings = "/apis/domains.cloudrun.com/v1/namespaces/second-project/domainmappings";
    owner.call_host(host, http::Method::POST, mappings, mapping).await.fine();
    let target = json!({"uri": kitchen.url("/job"), "httpMethod": "GET"});
    let name = format!("{IN_SECOND}/jobs/report");
    let job = json!({"name": name, "schedule": "* * * * *", "httpTarget": target});
    owner.post(&format!("/v1/{IN_SECOND}/jobs"), job).await.fine();
    let entry = json!({"logName": "projects/second-project/logs/bread", "resource": {"type": "global"}, "textPayload": "x"});
    owner.post("/v2/entries:write", json!({"entries": [entry]})).await.fine();
    testbed.bind("roles/iam.denyAdmin", &testbed.make_account("denier").await.member(), project).await;
    let denier = testbed.api(&testbed.access_token_of("denier@demo.iam.gserviceaccount.com").await);
    let rule = json!({
        "deniedPrincipals": ["principal://goog/subject/nobody@example.com"],
        "deniedPermissions": ["run.googleapis.com/routes.invoke"],
    });
    let policies =
        "/v2/policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fsecond-project/denypolicies";
    denier.post(&format!("{policies}?policyId=closed"), json!({"rules": [{"denyRule": rule}]})).await.fine();
    owner
}

async fn shop_host(owner: &Api) -> String {
    let project = owner.get("/v1/projects/second-project").await.fine();
    format!("shop-{}.us-central1.run.localhost", project["projectNumber"].as_str().unwrap())
}

fn jobs(kitchen: &Upstream) -> usize {
    kitchen.seen().iter().filter(|seen| seen.target == "/job").count()
}

#[tokio::test]
async fn deleted_project_is_closed_and_comes_back_as_it_was() {
    let testbed = Testbed::start().await;
    let kitchen = testbed.upstream().await;
    let owner = second(&testbed, &kitchen).await;
    let host = shop_host(&owner).await;
    testbed.advance(MINUTE).await;
    assert_eq!((testbed.invoke(&host, None).await.status.as_u16(), jobs(&kitchen)), (200, 1));
    let before = owner.get(&format!("/v1/{IN_SECOND}/jobs/report")).await.fine();

    owner.delete("/v1/projects/second-project").await.fine();
    let closed = testbed.invoke(&host, None).await;
    assert_eq!((closed.status.as_u16(), closed.reason()), (404, "ROUTE_NOT_FOUND"));
    testbed.advance(MINUTE * 5).await;
    assert_eq!(jobs(&kitchen), 1, "its jobs do not run");

    owner.post("/v1/projects/second-project:undelete", json!({})).await.fine();
    assert_eq!(testbed.invoke(&host, None).await.status, 200);
    assert_eq!(jobs(&kitchen), 1, "what was missed is not made up for");
    testbed.advance(MINUTE).await;
    assert_eq!(jobs(&kitchen), 2);
    let after = owner.get(&format!("/v1/{IN_SECOND}/jobs/report")).await.fine();
    assert_eq!((&after["state"], &after["schedule"]), (&json!("ENABLED"), &before["schedule"]));
}

#[tokio::test]
async fn attempt_that_is_to_be_tried_again_is_given_up_when_its_project_is_deleted() {
    let testbed = Testbed::start().await;
    let kitchen = testbed.upstream().await;
    let owner = testbed.owner().await;
    owner.post("/v1/projects", json!({"projectId": "second-project"})).await.fine();
    let target = json!({"uri": kitchen.url("/job"), "httpMethod": "GET"});
    let retry = json!({"retryCount": 5, "minBackoffDuration": "120s", "maxBackoffDuration": "120s"});
    let job = json!({
        "name": format!("{IN_SECOND}/jobs/report"), "schedule": "0 * * * *", "httpTarget": target, "retryConfig": retry,
    });
    owner.post(&format!("/v1/{IN_SECOND}/jobs"), job).await.fine();
    for _ in 0..2 {
        kitchen.will(Scripted::Status(StatusCode::SERVICE_UNAVAILABLE));
    }
    testbed.advance(MINUTE).await;
    assert_eq!(jobs(&kitchen), 1);
    testbed.advance(MINUTE * 2).await;
    assert_eq!(jobs(&kitchen), 2, "it is tried again");
    owner.delete("/v1/projects/second-project").await.fine();
    testbed.advance(MINUTE * 5).await;
    assert_eq!(jobs(&kitchen), 2);
    owner.post("/v1/projects/second-project:undelete", json!({})).await.fine();
    testbed.advance(MINUTE * 5).await;
    assert_eq!(jobs(&kitchen), 2, "what was given up stays so");
    testbed.advance(MINUTE * 60).await;
    assert_eq!(jobs(&kitchen), 3, "the next one fires");
}

/// What is stored of the second project, as kinds.
async fn kept(testbed: &Testbed) -> Vec<&'static str> {
    #[derive(Default)]
    struct Kinds(Mutex<Vec<&'static str>>);
    impl Follower for Kinds {
        fn follow(&self, _: names::Revision, changes: &[Change]) {
            let of_second = |record: &Record| record.to_json().unwrap().contains("second-project");
            let found = changes.iter().filter_map(|change| match change {
                Change::Put(record) if of_second(record) => Some(record.kind()),
                _ => None,
            });
            self.0.lock().unwrap().extend(found);
        }
    }
    let kinds = Arc::new(Kinds::default());
    testbed.house.store.follow(kinds.clone()).await.unwrap();
    let mut found = std::mem::take(&mut *kinds.0.lock().unwrap());
    found.sort_unstable();
    found.dedup();
    found
}

#[tokio::test]
async fn deleted_project_is_erased_when_it_can_no_longer_come_back() {
    let testbed = Testbed::start().await;
    let kitchen = testbed.upstream().await;
    let owner = second(&testbed, &kitchen).await;
    let host = shop_host(&owner).await;
    let project = owner.get("/v1/projects/second-project").await.fine();
    let all = [
        "account",
        "accountKey",
        "deletedAccount",
        "denyPolicy",
        "domainMapping",
        "function",
        "job",
        "policy",
        "project",
        "revision",
        "role",
        "service",
    ];
    assert_eq!(kept(&testbed).await, all, "one of everything");
    owner.delete("/v1/projects/second-project").await.fine();

    let testbed = testbed.restart_after(30 * DAY - MINUTE).await;
    testbed.settle().await;
    // Accounts that are deleted one by one are forgotten by an age of their own.
    assert_eq!(kept(&testbed).await, all, "it could come back");
    testbed.advance(MINUTE * 11).await;
    assert_eq!(kept(&testbed).await, ["erasedProject"], "its ID and its number are known to be spent");
    let second = names::ProjectId::parse("second-project").unwrap();
    let backend = testbed.house.store.backend();
    let entries = backend.logs(&second, &LogFilter { limit: 10, ..LogFilter::default() }).await.unwrap();
    assert!(entries.is_empty(), "{entries:?}");
    assert!(backend.operations(IN_SECOND, None, 10).await.unwrap().is_empty());
    assert_eq!(backend.next_job_due().await.unwrap(), None);

    let owner = testbed.owner().await;
    assert_eq!(owner.get("/v1/projects/second-project").await.verdict(), "403 IAM_PERMISSION_DENIED");
    assert_eq!(owner.post("/v1/projects/second-project:undelete", json!({})).await.status, 403);
    assert_eq!(testbed.invoke(&host, None).await.reason(), "ROUTE_NOT_FOUND");
    let again = owner.post("/v1/projects", json!({"projectId": "second-project"})).await;
    assert_eq!(again.verdict(), "409 RESOURCE_ALREADY_EXISTS");
    let number = names::ProjectNumber::parse(project["projectNumber"].as_str().unwrap()).unwrap();
    assert!(testbed.house.access.is_spent(number));

    let told = testbed.house.store.backend().audit_of_resource("projects/second-project", 1).await.unwrap();
    assert_eq!(told[0].permission, "system.forgetExpired");
    assert_eq!(told[0].detail["number"], json!(number));
    let others: Value = owner.get("/v1/projects").await.fine();
    assert_eq!(others["projects"].as_array().unwrap().len(), 1, "the other project is as it was");
}
