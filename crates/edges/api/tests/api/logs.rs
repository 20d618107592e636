//! Log entries.

use std::collections::BTreeMap;

use http::Method;
use jiff::Timestamp;
use names::ProjectId;
use serde_json::{Value, json};
use store::{LogEntry, Plan, Work};

use crate::house::{Answer, House, START, house};

const EXECUTIONS: &str = "projects/demo/logs/cloudscheduler.googleapis.com%2Fexecutions";

impl House {
    /// Writes five entries, a second apart; the last is of another log.
    async fn five_entries(&self) {
        let entry = |at: i64| LogEntry {
            insert_id: format!("{at:04}"),
            project: ProjectId::parse("demo").unwrap(),
            log_id: if at == 4 {
                "run.googleapis.com/requests"
            } else {
                "cloudscheduler.googleapis.com/executions"
            }
            .into(),
            timestamp: Timestamp::from_second(START + at).unwrap(),
            severity: if at == 1 { "ERROR" } else { "INFO" }.into(),
            resource_type: "cloud_scheduler_job".into(),
            resource_labels: BTreeMap::from([("job_id".to_owned(), "oidctest".to_owned())]),
            payload: json!({
                "@type": "type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished", "status": "INTERNAL",
            }),
            http_status: (at == 1).then_some(500),
            labels: Default::default(),
        };
        let plan = Plan::new().work(Work::AppendLogs((0..5).map(entry).collect()));
        self.store.apply(plan).await.unwrap();
    }

    async fn logs(&self, request: Value) -> Answer {
        let mut body = json!({"resourceNames": ["projects/demo"]});
        body.as_object_mut().unwrap().extend(request.as_object().unwrap().clone());
        self.post("/v2/entries:list", body).await
    }
}

fn ids(answer: &Answer) -> Vec<String> {
    let entries = answer.json()["entries"].as_array().cloned().unwrap_or_default();
    entries.iter().map(|entry| entry["insertId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn entry_is_shown_as_cloud_logging_shows_it() {
    let house = house().await;
    house.five_entries().await;
    let listed = house.logs(json!({"pageSize": 2})).await.json();
    assert_eq!(
        listed["entries"][1],
        json!({
            "insertId": "0001",
            "logName": EXECUTIONS,
            "resource": {"type": "cloud_scheduler_job", "labels": {"job_id": "oidctest"}},
            "timestamp": "2023-11-14T22:13:21Z",
            "receiveTimestamp": "2023-11-14T22:13:21Z",
            "severity": "ERROR",
            "jsonPayload": {
                "@type": "type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished", "status": "INTERNAL",
            },
            "httpRequest": {"status": 500},
        })
    );
}

#[tokio::test]
async fn entries_come_in_pages_oldest_or_newest_first() {
    let house = house().await;
    house.five_entries().await;
    let first = house.logs(json!({"pageSize": 3})).await;
    assert_eq!(ids(&first), ["0000", "0001", "0002"]);
    let token = first.json()["nextPageToken"].clone();
    let last = house.logs(json!({"pageSize": 3, "pageToken": token})).await;
    assert_eq!(ids(&last), ["0003", "0004"]);
    assert!(last.json().get("nextPageToken").is_none());
    let newest = house.logs(json!({"pageSize": 3, "orderBy": "timestamp desc"})).await;
    assert_eq!(ids(&newest), ["0004", "0003", "0002"]);
    let token_of_newest = newest.json()["nextPageToken"].clone();
    let rest =
        house.logs(json!({"pageSize": 3, "orderBy": "timestamp desc", "pageToken": token_of_newest})).await;
    assert_eq!(ids(&rest), ["0001", "0000"]);
    for other in [
        json!({"pageToken": token, "orderBy": "timestamp desc"}),
        json!({"pageToken": token, "filter": "timestamp>=\"2023-01-01T00:00:00Z\""}),
        json!({"pageToken": "made up"}),
    ] {
        let refused = house.logs(other).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (400, "FIELD_INVALID"));
    }
}

#[tokio::test]
async fn filter_chooses_a_log_and_a_time() {
    let house = house().await;
    house.five_entries().await;
    for (filter, expected) in [
        (String::new(), &["0000", "0001", "0002", "0003", "0004"][..]),
        ("timestamp>=\"2023-11-14T22:13:22Z\"".to_owned(), &["0002", "0003", "0004"]),
        ("timestamp>\"2023-11-14T22:13:22Z\"".to_owned(), &["0003", "0004"]),
        (format!("logName=\"{EXECUTIONS}\" AND timestamp > \"2023-11-14T22:13:22Z\""), &["0003"]),
        ("logName=\"projects/another/logs/cloudscheduler.googleapis.com%2Fexecutions\"".to_owned(), &[]),
    ] {
        assert_eq!(ids(&house.logs(json!({"filter": filter})).await), expected, "{filter}");
    }
    let refused = house.logs(json!({"filter": "severity>=ERROR"})).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (501, "METHOD_UNIMPLEMENTED"));
    assert!(refused.message().contains("timestamp>="), "{}", refused.message());
}

#[tokio::test]
async fn one_project_is_read_by_whoever_may() {
    let house = house().await;
    house.five_entries().await;
    let ada = house.ada_token().await;
    let body = json!({"resourceNames": ["projects/demo"]});
    let refused = house.call(&ada, Method::POST, "/v2/entries:list", body.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (403, "IAM_PERMISSION_DENIED"));
    house.grant("/v3/projects/demo", "roles/logging.viewer").await;
    assert_eq!(ids(&house.call(&ada, Method::POST, "/v2/entries:list", body).await).len(), 5);
    for (names, status) in
        [(json!([]), 400), (json!(["projects/demo", "projects/x"]), 501), (json!(["folders/1"]), 501)]
    {
        assert_eq!(house.post("/v2/entries:list", json!({"resourceNames": names})).await.status, status);
    }
    let other = house.get("/v2/projects/demo/logs").await;
    assert_eq!((other.status.as_u16(), other.reason()), (501, "METHOD_UNIMPLEMENTED"));
}
