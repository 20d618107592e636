//! What a job cannot be, and who cannot say so (facts §4.5, §7.7).

use http::Method;
use serde_json::{Value, json};

use crate::house::{ADA, House, house};
use crate::jobs::{JOBS, OIDCTEST, oidctest};

/// The job with one member changed: `path` leads there.
fn with(path: &[&str], value: Value) -> Value {
    let mut job = oidctest();
    let place = path.iter().fold(&mut job, |place, name| &mut place[*name]);
    *place = value;
    job
}

async fn nothing_is_stored(house: &House) {
    assert_eq!(house.get(JOBS).await.json(), json!({}));
}

#[tokio::test]
async fn bad_schedules_and_zones_have_googles_text() {
    let house = house().await;
    house.ada().await;
    for job in [
        with(&["schedule"], json!("* * * *")),
        with(&["schedule"], json!("0 * * * * *")),
        with(&["schedule"], json!("")),
        with(&["schedule"], json!("0 0 L * *")),
        with(&["timeZone"], json!("Europe/Atlantis")),
    ] {
        let refused = house.post(JOBS, job).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (400, "FIELD_INVALID"));
        assert_eq!(refused.message(), "Schedule or time zone is invalid.");
    }
    nothing_is_stored(&house).await;
}

#[tokio::test]
async fn duplicate_has_googles_text() {
    let house = house().await;
    house.ada().await;
    house.post(JOBS, oidctest()).await;
    let refused = house.post(JOBS, oidctest()).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (409, "RESOURCE_ALREADY_EXISTS"));
    assert_eq!(refused.message(), "Job projects/demo/locations/us-central1/jobs/oidctest already exists.");
}

/// The job without its HTTP target, with this one.
fn calling(kind: &str, target: Value) -> Value {
    let mut job = with(&[kind], target);
    job.as_object_mut().unwrap().remove("httpTarget");
    job
}

#[tokio::test]
async fn targets_that_are_not_called_yet_are_kept_and_shown_and_a_run_says_unimplemented() {
    let house = house().await;
    house.ada().await;
    let topic =
        json!({"topicName": "projects/demo/topics/orders", "data": "eA==", "attributes": {"till": "7"}});
    let handler =
        json!({"relativeUri": "/work", "appEngineRouting": {"service": "till"}, "httpMethod": "POST"});
    for (number, (kind, target)) in
        [("pubsubTarget", topic), ("appEngineHttpTarget", handler)].into_iter().enumerate()
    {
        let mut job = calling(kind, target.clone());
        job["name"] = json!(format!("projects/demo/locations/us-central1/jobs/kept-{number}"));
        let made = house.post(JOBS, job).await;
        assert_eq!(made.status, 200, "{}", made.json());
        let mut shown = target.clone();
        if let Some(routing) = shown.get_mut("appEngineRouting") {
            routing["host"] = json!("till.demo.appspot.com");
        }
        assert_eq!(made.json()[kind], shown);
        let run = house.post(&format!("{JOBS}/kept-{number}:run"), json!({})).await;
        assert_eq!((run.status.as_u16(), &run.json()["status"]["code"]), (200, &json!(12)), "{}", run.json());
        assert!(run.json()["lastAttemptTime"].is_string());
    }
}

#[tokio::test]
async fn what_no_job_can_be_is_refused_with_its_field() {
    let house = house().await;
    house.ada().await;
    for (job, field) in [
        (with(&["name"], json!("projects/demo/locations/us-east1/jobs/oidctest")), "job.name"),
        (with(&["name"], json!("oidctest")), "job.name"),
        (with(&["description"], json!("x".repeat(501))), "job.description"),
        (with(&["attemptDeadline"], json!("14s")), "job.attempt_deadline"),
        (with(&["attemptDeadline"], json!("1801s")), "job.attempt_deadline"),
        (with(&["retryConfig"], json!({"retryCount": 6})), "job.retry_config"),
        (with(&["retryConfig"], json!({"minBackoffDuration": "-1s"})), "job.retry_config"),
        (with(&["httpTarget", "uri"], json!("ftp://hello.example/")), "job.http_target.uri"),
        (with(&["httpTarget", "httpMethod"], json!("GET")), "job.http_target.body"),
        (with(&["httpTarget", "headers"], json!({"a b": "c"})), "job.http_target.headers"),
        (with(&["httpTarget"], Value::Null), "job.target"),
        (with(&["schedule"], json!("every 5 days")), "job.schedule"),
        (
            with(
                &["httpTarget"],
                json!({"uri": "https://hello.example/", "oauthToken": {"serviceAccountEmail": ADA}}),
            ),
            "job.http_target.oauth_token",
        ),
        (
            calling("pubsubTarget", json!({"topicName": "projects/demo/topics/orders"})),
            "job.pubsub_target.data",
        ),
        (
            calling("pubsubTarget", json!({"topicName": "projects/other/topics/orders", "data": "eA=="})),
            "job.pubsub_target.topic_name",
        ),
        (
            calling("appEngineHttpTarget", json!({"relativeUri": "work"})),
            "job.app_engine_http_target.relative_uri",
        ),
        (
            with(&["httpTarget", "oidcToken", "serviceAccountEmail"], json!("ada")),
            "job.http_target.oidc_token.service_account_email",
        ),
        (
            with(&["httpTarget", "oidcToken"], json!({"audience": "https://aud.example"})),
            "job.http_target.oidc_token.service_account_email",
        ),
    ] {
        let refused = house.post(JOBS, job).await;
        assert_eq!((refused.status.as_u16(), refused.reason()), (400, "FIELD_INVALID"), "{field}");
        assert_eq!(refused.detail("BadRequest")["fieldViolations"][0]["field"], field);
    }
    let unknown = house.post(JOBS, json!({"sleeps": true})).await;
    assert_eq!(unknown.status, 400);
    assert_eq!(
        unknown.message(),
        "Invalid JSON payload received. Unknown name \"sleeps\" at 'job': Cannot find field."
    );
    nothing_is_stored(&house).await;
}

#[tokio::test]
async fn job_carries_an_identity_only_from_whoever_may_act_as_it() {
    let house = house().await;
    let ada = house.ada_token().await;
    house.grant("/v3/projects/demo", "roles/cloudscheduler.admin").await;
    // Even the account itself needs the binding.
    let refused = house.call(&ada, Method::POST, JOBS, oidctest()).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (403, "IAM_PERMISSION_DENIED"));
    assert_eq!(refused.message(), lacks("iam.serviceAccounts.actAs", ADA));
    nothing_is_stored(&house).await;
    // An account that does not exist looks the same.
    let nobody = "nobody@demo.iam.gserviceaccount.com";
    let ghost = with(&["httpTarget", "oidcToken", "serviceAccountEmail"], json!(nobody));
    for token in [&ada, &house.owner] {
        let refused = house.call(token, Method::POST, JOBS, ghost.clone()).await;
        assert_eq!(
            (refused.status.as_u16(), refused.message()),
            (403, lacks("iam.serviceAccounts.actAs", nobody))
        );
        // Whoever might act as it may know that it is not there: no binding can be made on it.
        let next = if *token == ada {
            "doorward add-iam-policy-binding projects/demo/serviceAccounts/nobody@demo.iam.gserviceaccount.com --member="
        } else {
            "doorward exec -- gcloud iam service-accounts create nobody --project=demo"
        };
        assert!(refused.command().starts_with(next), "{}", refused.command());
    }

    house.post(JOBS, oidctest()).await;
    // A change of the URI alone would send the token elsewhere.
    let elsewhere = json!({"httpTarget": {"uri": "https://evil.example/"}});
    let refused = house.change_job(&ada, "?updateMask=httpTarget.uri", elsewhere.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.message()), (403, lacks("iam.serviceAccounts.actAs", ADA)));
    assert_eq!(house.get(OIDCTEST).await.json()["httpTarget"], oidctest()["httpTarget"]);

    house.grant(&format!("/v1/projects/-/serviceAccounts/{ADA}"), "roles/iam.serviceAccountUser").await;
    assert_eq!(house.change_job(&ada, "?updateMask=httpTarget.uri", elsewhere).await.status, 200);
}

#[tokio::test]
async fn whoever_holds_nothing_is_told_nothing() {
    let house = house().await;
    let ada = house.ada_token().await;
    house.post(JOBS, oidctest()).await;
    for id in ["oidctest", "nothing"] {
        let name = format!("projects/demo/locations/us-central1/jobs/{id}");
        for (method, verb, permission) in [
            (Method::GET, "", "cloudscheduler.jobs.get"),
            (Method::DELETE, "", "cloudscheduler.jobs.delete"),
            (Method::PATCH, "", "cloudscheduler.jobs.update"),
            (Method::POST, ":pause", "cloudscheduler.jobs.pause"),
            (Method::POST, ":resume", "cloudscheduler.jobs.enable"),
            (Method::POST, ":run", "cloudscheduler.jobs.run"),
        ] {
            let refused = house.call(&ada, method, &format!("/v1/{name}{verb}"), json!({})).await;
            assert_eq!((refused.status.as_u16(), refused.message()), (403, lacks(permission, &name)));
            assert_eq!(refused.detail("ErrorInfo")["domain"], "cloudscheduler.googleapis.com");
        }
    }
    let listed = house.call(&ada, Method::GET, JOBS, Value::Null).await;
    let parent = "projects/demo/locations/us-central1";
    assert_eq!((listed.status.as_u16(), listed.message()), (403, lacks("cloudscheduler.jobs.list", parent)));
    let created = house.call(&ada, Method::POST, JOBS, oidctest()).await;
    assert_eq!(
        (created.status.as_u16(), created.message()),
        (403, lacks("cloudscheduler.jobs.create", parent))
    );
}

#[tokio::test]
async fn a_job_with_too_many_unfinished_runs_names_the_limit() {
    let house = house().await;
    house.ada().await;
    house.post(JOBS, oidctest()).await;
    let run = format!("{OIDCTEST}:run");
    for _ in 0..100 {
        assert_eq!(house.post(&run, json!({})).await.status, 200);
    }
    let refused = house.post(&run, json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (429, "QUOTA_EXCEEDED"));
    assert_eq!(
        refused.message(),
        "projects/demo/locations/us-central1/jobs/oidctest has 100 executions that are not finished; the limit is 100."
    );
}

fn lacks(permission: &str, resource: &str) -> String {
    format!(
        "The principal (user or service account) lacks IAM permission \"{permission}\" for the resource \"{resource}\" (or the resource may not exist)."
    )
}
