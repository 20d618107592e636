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
            http_request: (at == 1).then(|| store::LoggedRequest::answered(500)),
            labels: Default::default(),
            origin: Default::default(),
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
async fn filter_chooses_among_the_fields_of_entries() {
    let house = house().await;
    house.five_entries().await;
    for (filter, expected) in [
        (String::new(), &["0000", "0001", "0002", "0003", "0004"][..]),
        ("timestamp>=\"2023-11-14T22:13:22Z\"".to_owned(), &["0002", "0003", "0004"]),
        ("timestamp>\"2023-11-14T22:13:22Z\" timestamp<=\"2023-11-14T22:13:23Z\"".to_owned(), &["0003"]),
        (format!("logName=\"{EXECUTIONS}\" AND timestamp > \"2023-11-14T22:13:22Z\""), &["0003"]),
        ("logName=\"projects/another/logs/cloudscheduler.googleapis.com%2Fexecutions\"".to_owned(), &[]),
        ("resource.type=\"cloud_scheduler_job\" AND severity>=ERROR".to_owned(), &["0001"]),
        (
            "resource.labels.job_id=oidctest -log_id(run.googleapis.com%2Frequests)".to_owned(),
            &["0000", "0001", "0002", "0003"],
        ),
        ("httpRequest.status>=500 OR insertId=0004".to_owned(), &["0001", "0004"]),
        ("jsonPayload.status=INTERNAL AND NOT jsonPayload.\"@type\"=~\"AttemptFinished$\"".to_owned(), &[]),
    ] {
        assert_eq!(ids(&house.logs(json!({"filter": filter})).await), expected, "{filter}");
    }
    for (filter, status, reason, place) in [
        ("severity>=ERORR", 400, "FIELD_INVALID", "at character 11"),
        ("job_id=oidctest", 400, "FIELD_INVALID", "have no field job_id"),
        ("sample(insertId, 0.5)", 501, "METHOD_UNIMPLEMENTED", "sample"),
    ] {
        let refused = house.logs(json!({"filter": filter})).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (status, reason), "{filter}");
        assert!(refused.message().contains(place), "{}", refused.message());
    }
}

#[tokio::test]
async fn projects_are_read_by_whoever_may_and_several_at_once() {
    let house = house().await;
    house.five_entries().await;
    let ada = house.ada_token().await;
    let body = json!({"resourceNames": ["projects/demo"]});
    let refused = house.call(&ada, Method::POST, "/v2/entries:list", body.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (403, "IAM_PERMISSION_DENIED"));
    house.grant("/v3/projects/demo", "roles/logging.viewer").await;
    assert_eq!(ids(&house.call(&ada, Method::POST, "/v2/entries:list", body).await).len(), 5);
    for (names, status) in [
        (json!([]), 400),
        (json!(["projects/demo", "projects/demo"]), 200),
        // Of several, one that may not be read is enough.
        (json!(["projects/demo", "projects/nowhere"]), 403),
        (json!(["folders/1"]), 501),
        (json!(["projects/demo/locations/global/buckets/_Default/views/_AllLogs"]), 501),
    ] {
        let answer = house.post("/v2/entries:list", json!({"resourceNames": names})).await;
        assert_eq!(answer.status, status, "{names}");
    }
}

#[tokio::test]
async fn entries_that_are_written_are_read_and_their_log_is_listed_and_deleted() {
    let house = house().await;
    let entry = json!({
        "logName": "projects/demo/logs/my%2Flog", "resource": {"type": "global", "labels": {"project_id": "demo"}},
        "severity": "NOTICE", "jsonPayload": {"message": "hello", "count": 3, "nested": {"list": [1.5, null]}},
        "labels": {"own": "1"}, "trace": "projects/demo/traces/abc", "spanId": "1", "traceSampled": true,
        "operation": {"id": "o", "producer": "p", "first": true}, "insertId": "an id",
        "sourceLocation": {"file": "main.py", "line": "7", "function": "main"},
        "httpRequest": {"requestMethod": "GET", "status": 200, "latency": "0.250s", "responseSize": "12"},
    });
    let plain = json!({"textPayload": "plain"});
    let written = house
        .post("/v2/entries:write", json!({
            "logName": "projects/demo/logs/plain", "resource": {"type": "global"}, "labels": {"shared": "2", "own": "2"},
            "entries": [entry, plain],
        }))
        .await;
    assert_eq!((written.status.as_u16(), written.json()), (200, json!({})));
    let listed = house.logs(json!({"filter": "jsonPayload.nested.list=1.5"})).await.json();
    let mut found = listed["entries"][0].clone();
    for time in ["timestamp", "receiveTimestamp"] {
        assert!(found.as_object_mut().unwrap().remove(time).is_some());
    }
    let mut expected = entry.clone();
    expected["labels"] = json!({"own": "1", "shared": "2"});
    assert_eq!(found, expected);
    assert_eq!(
        house.logs(json!({"filter": "textPayload=plain"})).await.json()["entries"][0]["severity"],
        Value::Null
    );

    let logs = house.get("/v2/projects/demo/logs").await.json();
    assert_eq!(logs, json!({"logNames": ["projects/demo/logs/my%2Flog", "projects/demo/logs/plain"]}));
    let first = house.get("/v2/projects/demo/logs?pageSize=1").await.json();
    let path =
        format!("/v2/projects/demo/logs?pageSize=1&pageToken={}", first["nextPageToken"].as_str().unwrap());
    assert_eq!(house.get(&path).await.json()["logNames"], json!(["projects/demo/logs/plain"]));

    assert_eq!(house.delete("/v2/projects/demo/logs/my%2Flog").await.status, 200);
    let gone = house.delete("/v2/projects/demo/logs/my%2Flog").await;
    assert_eq!((gone.status.as_u16(), gone.reason()), (404, "RESOURCE_NOT_FOUND"));
    assert_eq!(
        house.get("/v2/projects/demo/logs").await.json(),
        json!({"logNames": ["projects/demo/logs/plain"]})
    );
}

#[tokio::test]
async fn what_may_not_be_written_is_refused_and_the_rest_only_written_when_asked() {
    let house = house().await;
    let good =
        json!({"logName": "projects/demo/logs/mine", "resource": {"type": "global"}, "textPayload": "x"});
    let with = |name: &str, value: Value| {
        let mut entry = good.clone();
        entry[name] = value;
        entry
    };
    for (bad, status, field) in [
        (with("logName", json!("")), 400, "entries[1].log_name"),
        (with("logName", json!("projects/demo/logs/a b")), 400, "entries[1].log_name"),
        (with("logName", json!("projects/nowhere/logs/mine")), 403, ""),
        (with("logName", json!(EXECUTIONS)), 400, "entries[1]"),
        (with("logName", json!("projects/demo/logs/run.googleapis.com%2Frequests")), 400, "entries[1]"),
        (with("resource", Value::Null), 400, "entries[1].resource"),
        (with("timestamp", json!("2999-01-01T00:00:00Z")), 400, "entries[1]"),
        (with("textPayload", json!("x".repeat(300_000))), 400, "entries[1]"),
        (with("insertId", json!("x".repeat(600))), 400, "entries[1]"),
        (with("labels", json!({"k".repeat(600): "v"})), 400, "entries[1]"),
        (with("split", json!({"uid": "1"})), 501, ""),
    ] {
        let refused = house.post("/v2/entries:write", json!({"entries": [good, bad]})).await;
        assert_eq!(refused.status, status, "{bad}: {}", refused.message());
        let details = refused.json()["error"]["details"].to_string();
        assert!(details.contains(field), "{details}");
    }
    assert_eq!(house.get("/v2/projects/demo/logs").await.json(), json!({}), "all or nothing");
    let dry = json!({"entries": [good], "dryRun": true});
    assert_eq!(house.post("/v2/entries:write", dry).await.status, 200);
    assert_eq!(house.get("/v2/projects/demo/logs").await.json(), json!({}), "a rehearsal");
    let bad = with("resource", Value::Null);
    let partly = json!({"entries": [bad, good, bad], "partialSuccess": true});
    let refused = house.post("/v2/entries:write", partly).await;
    assert_eq!(refused.status, 400);
    let text = refused.json().to_string();
    assert!(
        text.contains("entries[0]") && text.contains("entries[2]") && !text.contains("entries[1]"),
        "{text}"
    );
    assert_eq!(ids(&house.logs(json!({})).await).len(), 1);
}

#[tokio::test]
async fn each_use_of_logs_has_its_own_permission() {
    let house = house().await;
    let ada = house.ada_token().await;
    let entry =
        json!({"logName": "projects/demo/logs/mine", "resource": {"type": "global"}, "textPayload": "x"});
    let write = json!({"entries": [entry]});
    let refused = house.call(&ada, Method::POST, "/v2/entries:write", write.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (403, "IAM_PERMISSION_DENIED"));
    assert!(refused.message().contains("logging.logEntries.create"), "{}", refused.message());
    house.grant("/v3/projects/demo", "roles/logging.logWriter").await;
    assert_eq!(house.call(&ada, Method::POST, "/v2/entries:write", write).await.status, 200);
    let refused = house.call(&ada, Method::GET, "/v2/projects/demo/logs", Value::Null).await;
    assert!(refused.status == 403 && refused.message().contains("logging.logs.list"));
    house.grant("/v3/projects/demo", "roles/logging.viewer").await;
    assert_eq!(house.call(&ada, Method::GET, "/v2/projects/demo/logs", Value::Null).await.status, 200);
    let refused = house.call(&ada, Method::DELETE, "/v2/projects/demo/logs/mine", Value::Null).await;
    assert!(refused.status == 403 && refused.message().contains("logging.logs.delete"));
}
