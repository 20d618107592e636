//! Jobs, over both transports.

use http::Method;
use prost_types::FieldMask;
use serde_json::{Value, json};
use tonic::Code;
use wire::google::cloud::scheduler::v1;

use crate::house::{ADA, Answer, House, house};

const PARENT: &str = "projects/demo/locations/us-central1";
pub const JOBS: &str = "/v1/projects/demo/locations/us-central1/jobs";
pub const OIDCTEST: &str = "/v1/projects/demo/locations/us-central1/jobs/oidctest";

/// A job as gcloud sends it.
pub fn oidctest() -> Value {
    json!({
        "name": format!("{PARENT}/jobs/oidctest"),
        "schedule": "*/5 * * * *",
        "timeZone": "Europe/Berlin",
        "httpTarget": {
            "uri": "https://hello.example/report", "httpMethod": "POST", "body": "eyJhIjoxfQ==",
            "headers": {"Content-Type": "application/json"},
            "oidcToken": {"serviceAccountEmail": ADA, "audience": "https://aud.example"},
        },
    })
}

impl House {
    pub async fn change_job(&self, token: &str, mask: &str, job: Value) -> Answer {
        self.call(token, Method::PATCH, &format!("{OIDCTEST}{mask}"), job).await
    }
}

#[tokio::test]
async fn created_job_is_shown_with_defaults_and_its_next_start() {
    let house = house().await;
    house.ada().await;
    let created = house.post(JOBS, oidctest()).await;
    assert_eq!(created.status, 200, "{}", created.message());
    let job = created.json();
    let mut expected = oidctest();
    for (field, value) in [
        ("state", json!("ENABLED")),
        ("userUpdateTime", json!("2023-11-14T22:13:20Z")),
        ("scheduleTime", json!("2023-11-14T22:15:00Z")),
        ("attemptDeadline", json!("180s")),
        (
            "retryConfig",
            json!({
                "maxRetryDuration": "0s", "minBackoffDuration": "5s", "maxBackoffDuration": "3600s", "maxDoublings": 5,
            }),
        ),
    ] {
        expected[field] = value;
    }
    assert_eq!(job, expected);
    assert_eq!(house.get(OIDCTEST).await.json(), job);
    assert_eq!(house.get(JOBS).await.json(), json!({"jobs": [job]}));
}

#[tokio::test]
async fn job_without_a_name_gets_one() {
    let house = house().await;
    let job = json!({"schedule": "* * * * *", "httpTarget": {"uri": "https://hello.example/"}});
    let made = house.post(JOBS, job).await.json();
    let name = made["name"].as_str().unwrap();
    assert!(name.starts_with(&format!("{PARENT}/jobs/")), "{name}");
    assert_eq!((&made["timeZone"], &made["httpTarget"]["httpMethod"]), (&json!("UTC"), &json!("POST")));
    assert_eq!(house.get(&format!("/v1/{name}")).await.json(), made);
}

#[tokio::test]
async fn job_is_changed_under_its_mask() {
    let house = house().await;
    house.ada().await;
    house.post(JOBS, oidctest()).await;
    // gcloud names one field and sends unrelated defaults beside it.
    let defaults = json!({
        "schedule": "0 9 * * *", "timeZone": "Etc/UTC", "httpTarget": {"httpMethod": "GET", "uri": "https://evil.example/"},
    });
    let changed = house.change_job(&house.owner, "?updateMask=schedule", defaults).await.json();
    assert_eq!(changed["schedule"], "0 9 * * *");
    assert_eq!(changed["timeZone"], "Europe/Berlin");
    assert_eq!(changed["httpTarget"], oidctest()["httpTarget"]);
    // Without a mask, everything that is sent.
    let populated = json!({"description": "d", "retryConfig": {"retryCount": 3}});
    let changed = house.change_job(&house.owner, "", populated).await.json();
    assert_eq!((&changed["description"], &changed["retryConfig"]["retryCount"]), (&json!("d"), &json!(3)));
    assert_eq!(changed["schedule"], "0 9 * * *");
    let inside = json!({"httpTarget": {"uri": "https://hello.example/other"}});
    let changed = house.change_job(&house.owner, "?updateMask=httpTarget.uri", inside).await.json();
    assert_eq!(changed["httpTarget"]["uri"], "https://hello.example/other");
    assert_eq!(changed["httpTarget"]["oidcToken"], oidctest()["httpTarget"]["oidcToken"]);
    for mask in ["nothing", "state", "httpTarget.nothing"] {
        let refused = house.change_job(&house.owner, &format!("?updateMask={mask}"), json!({})).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (400, "FIELD_INVALID"), "{mask}");
    }
}

#[tokio::test]
async fn job_is_paused_resumed_run_and_deleted() {
    let house = house().await;
    house.ada().await;
    let made = house.post(JOBS, oidctest()).await.json();
    let act = async |verb: &str| house.post(&format!("{OIDCTEST}:{verb}"), json!({})).await;
    let wrong = act("resume").await;
    assert_eq!((wrong.status.as_u16(), wrong.reason()), (400, "WRONG_STATE"));
    assert_eq!(wrong.json()["error"]["status"], "FAILED_PRECONDITION");
    let paused = act("pause").await.json();
    assert_eq!((&paused["state"], paused.get("scheduleTime")), (&json!("PAUSED"), None));
    assert_eq!(act("pause").await.reason(), "WRONG_STATE");
    assert_eq!(act("resume").await.json(), made);
    assert_eq!(act("run").await.json(), made, "running does not move the schedule");
    assert_eq!(house.delete(OIDCTEST).await.json(), json!({}));
    for answer in
        [house.get(OIDCTEST).await, house.delete(OIDCTEST).await, act("run").await, act("pause").await]
    {
        assert_eq!((answer.status.as_u16(), answer.reason()), (404, "RESOURCE_NOT_FOUND"));
        assert_eq!(answer.message(), "Job not found.");
    }
}

#[tokio::test]
async fn jobs_round_trip_over_grpc() {
    let house = house().await;
    house.ada().await;
    let method = |name: &str| format!("/google.cloud.scheduler.v1.CloudScheduler/{name}");
    let job: v1::Job = wire::json::from_json(oidctest().to_string().as_bytes()).unwrap();
    let create = v1::CreateJobRequest { parent: PARENT.into(), job: Some(job) };
    let mut job: v1::Job = house.grpc(&method("CreateJob"), &create).await.message_of();
    assert_eq!(job.state(), v1::job::State::Enabled);
    assert_eq!(house.grpc(&method("CreateJob"), &create).await.grpc_code(), Code::AlreadyExists);
    job.description = "new".into();
    let mask = FieldMask { paths: vec!["description".into()] };
    let update = v1::UpdateJobRequest { job: Some(job.clone()), update_mask: Some(mask) };
    let updated: v1::Job = house.grpc(&method("UpdateJob"), &update).await.message_of();
    assert_eq!(updated.description, "new");
    let run = v1::RunJobRequest { name: job.name.clone() };
    let _: v1::Job = house.grpc(&method("RunJob"), &run).await.message_of();
    let pause = v1::PauseJobRequest { name: job.name.clone() };
    let paused: v1::Job = house.grpc(&method("PauseJob"), &pause).await.message_of();
    assert_eq!(paused.state(), v1::job::State::Paused);
    let resume = v1::ResumeJobRequest { name: job.name.clone() };
    let _: v1::Job = house.grpc(&method("ResumeJob"), &resume).await.message_of();
    let list = v1::ListJobsRequest { parent: PARENT.into(), ..Default::default() };
    let listed: v1::ListJobsResponse = house.grpc(&method("ListJobs"), &list).await.message_of();
    assert_eq!((listed.jobs.len(), listed.next_page_token.as_str()), (1, ""));
    let delete = v1::DeleteJobRequest { name: job.name.clone() };
    house.grpc(&method("DeleteJob"), &delete).await.message_of::<()>();
    let get = v1::GetJobRequest { name: job.name };
    assert_eq!(house.grpc(&method("GetJob"), &get).await.grpc_code(), Code::NotFound);
}

#[tokio::test]
async fn enums_are_numbers_for_whoever_asks_so() {
    let house = house().await;
    house.ada().await;
    let mut job = oidctest();
    job["httpTarget"]["httpMethod"] = json!(2);
    job["httpTarget"].as_object_mut().unwrap().remove("body");
    let made = house.post(&format!("{JOBS}?$alt=json;enum-encoding=int"), job).await.json();
    assert_eq!((&made["httpTarget"]["httpMethod"], &made["state"]), (&json!(2), &json!(1)));
    assert_eq!(house.get(OIDCTEST).await.json()["httpTarget"]["httpMethod"], "GET");
}

#[tokio::test]
async fn jobs_are_listed_in_pages() {
    let house = house().await;
    for id in ["a", "b", "c"] {
        let job = json!({
            "name": format!("{PARENT}/jobs/{id}"), "schedule": "* * * * *", "httpTarget": {"uri": "https://hello.example/"},
        });
        assert_eq!(house.post(JOBS, job).await.status, 200);
    }
    let first = house.get(&format!("{JOBS}?pageSize=2")).await.json();
    let token = first["nextPageToken"].as_str().unwrap();
    let last = house.get(&format!("{JOBS}?pageSize=2&pageToken={token}")).await.json();
    assert_eq!(last["jobs"][0]["name"], format!("{PARENT}/jobs/c"));
    assert!(last.get("nextPageToken").is_none());
    let elsewhere = JOBS.replace("us-central1", "us-east1");
    assert_eq!(house.get(&format!("{elsewhere}?pageToken={token}")).await.reason(), "FIELD_INVALID");
    assert_eq!(
        house.get(&format!("{JOBS}?pageSize=100000")).await.json()["jobs"].as_array().unwrap().len(),
        3
    );
}
