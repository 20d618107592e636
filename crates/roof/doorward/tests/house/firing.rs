//! A private service, called on schedule by an account, refused to everyone else.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use testbed::{Account, Job, Scripted, Service, Testbed, Upstream};

pub const MINUTE: Duration = Duration::from_secs(60);
const INVOKER: &str = "roles/run.invoker";

/// The service `orders` in front of a kitchen, and the job `report` that calls it every minute as `runner`.
pub struct Bakery {
    pub testbed: Testbed,
    pub kitchen: Upstream,
    pub orders: Service,
    pub runner: Account,
    pub report: Job,
}

pub async fn bakery() -> Bakery {
    let testbed = Testbed::start().await;
    let kitchen = testbed.upstream().await;
    let orders = testbed.make_service("orders", &kitchen.url("")).await;
    let runner = testbed.make_account("runner").await;
    testbed.bind(INVOKER, &runner.member(), &orders.path()).await;
    let report = testbed.make_job("report", "* * * * *", &orders, &runner).await;
    Bakery { testbed, kitchen, orders, runner, report }
}

impl Bakery {
    /// `job.status`: 0 is success, 7 is `PERMISSION_DENIED`, 16 is `UNAUTHENTICATED`.
    pub async fn last_code(&self) -> i64 {
        let job = self.testbed.job(&self.report).await;
        assert!(job["lastAttemptTime"].is_string(), "nothing was tried: {job}");
        job["status"]["code"].as_i64().unwrap_or(0)
    }

    /// The log entry of the last attempt that ended.
    pub async fn last_entry(&self) -> Value {
        let entries = self.testbed.logs().await;
        let finished =
            |entry: &&Value| entry["jsonPayload"]["@type"].as_str().unwrap().ends_with("AttemptFinished");
        entries.iter().rfind(finished).cloned().unwrap()
    }
}

#[tokio::test]
async fn job_fires_every_minute_as_its_account_and_is_answered() {
    let bakery = bakery().await;
    bakery.testbed.advance(MINUTE * 3).await;
    let seen = bakery.kitchen.seen();
    let at: Vec<String> = seen.iter().map(|seen| seen.at.to_string()).collect();
    assert_eq!(at, ["2026-03-02T09:00:00Z", "2026-03-02T09:01:00Z", "2026-03-02T09:02:00Z"]);
    for request in &seen {
        assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", "/"));
        let [authorization] = &request.values("authorization")[..] else { panic!("{request:?}") };
        assert!(authorization.ends_with(".SIGNATURE_REMOVED_BY_GOOGLE"), "{authorization}");
        let claims = testbed::claims_of(authorization);
        assert_eq!(claims["email"], bakery.runner.email);
        assert_eq!(claims["aud"], bakery.orders.url);
        assert_eq!(claims["iss"], "https://accounts.google.com");
    }
    assert_eq!(bakery.last_code().await, 0);
    let entry = bakery.last_entry().await;
    assert_eq!((&entry["severity"], &entry["httpRequest"]["status"]), (&json!("INFO"), &json!(200)));
    let job = bakery.testbed.job(&bakery.report).await;
    assert_eq!(job["scheduleTime"], "2026-03-02T09:03:00Z");
}

#[tokio::test]
async fn without_its_binding_the_next_call_is_refused_and_written_down() {
    let bakery = bakery().await;
    bakery.testbed.advance(MINUTE).await;
    assert_eq!(bakery.last_code().await, 0);
    bakery.testbed.unbind(INVOKER, &bakery.runner.member(), &bakery.orders.path()).await;
    bakery.testbed.advance(MINUTE).await;
    assert_eq!(bakery.kitchen.seen().len(), 1, "what is refused is not forwarded");
    assert_eq!(bakery.last_code().await, 7);
    let entry = bakery.last_entry().await;
    assert_eq!(entry["severity"], "ERROR");
    assert_eq!(entry["httpRequest"]["status"], 403);
    assert_eq!(entry["jsonPayload"]["status"], "PERMISSION_DENIED");
    let debug_info = "URL_ERROR-ERROR_OTHER. Original HTTP response code number = 403";
    assert_eq!(entry["jsonPayload"]["debugInfo"], debug_info);

    bakery.testbed.bind(INVOKER, &bakery.runner.member(), &bakery.orders.path()).await;
    bakery.testbed.advance(MINUTE).await;
    assert_eq!((bakery.last_code().await, bakery.kitchen.seen().len()), (0, 2));
}

#[tokio::test]
async fn everyone_else_is_refused_with_the_reason() {
    let bakery = bakery().await;
    let (testbed, orders) = (&bakery.testbed, &bakery.orders);
    let stranger = testbed.make_account("stranger").await;
    let fine = testbed.id_token_of(&bakery.runner.email, &orders.url).await;
    let elsewhere = testbed.id_token_of(&bakery.runner.email, "https://elsewhere.example").await;
    let other = testbed.id_token_of(&stranger.email, &orders.url).await;
    for (token, verdict) in [
        (None, "403 INVOKER_CREDENTIALS_MISSING"),
        (Some(elsewhere.as_str()), "401 INVOKER_TOKEN_AUDIENCE_MISMATCH"),
        (Some(other.as_str()), "403 INVOKER_PERMISSION_DENIED"),
        (Some(fine.as_str()), "200"),
    ] {
        assert_eq!(testbed.invoke(&orders.host, token).await.verdict(), verdict);
    }
    assert_eq!(bakery.kitchen.seen().len(), 1);
    let refused = testbed.invoke(&orders.host, Some(&elsewhere)).await;
    let expected = &refused.json()["error"]["details"][0]["metadata"]["expected"];
    assert_eq!(expected, orders.url.as_str(), "{}", refused.text());
}

#[tokio::test]
async fn paused_job_does_not_fire_until_it_is_resumed() {
    let bakery = bakery().await;
    let owner = bakery.testbed.owner().await;
    owner.post(&format!("{}:pause", bakery.report.path()), json!({})).await.fine();
    bakery.testbed.advance(MINUTE * 5).await;
    assert_eq!(bakery.kitchen.seen().len(), 0);
    owner.post(&format!("{}:resume", bakery.report.path()), json!({})).await.fine();
    bakery.testbed.advance(MINUTE).await;
    assert_eq!(bakery.kitchen.seen().len(), 1);
}

#[tokio::test]
async fn failed_execution_is_tried_again_as_its_job_says() {
    let bakery = bakery().await;
    let owner = bakery.testbed.owner().await;
    let retry = json!({
        "schedule": "0 12 * * *",
        "retryConfig": {"retryCount": 3, "minBackoffDuration": "5s", "maxBackoffDuration": "60s", "maxDoublings": 5},
    });
    owner.patch(&format!("{}?updateMask=schedule,retryConfig", bakery.report.path()), retry).await.fine();
    for status in [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::SERVICE_UNAVAILABLE] {
        bakery.kitchen.will(Scripted::Status(status));
    }
    owner.post(&format!("{}:run", bakery.report.path()), json!({})).await.fine();
    bakery.testbed.settle().await;
    assert_eq!((bakery.kitchen.seen().len(), bakery.last_code().await), (1, 13));
    bakery.testbed.advance(MINUTE).await;
    let seen = bakery.kitchen.seen();
    assert_eq!((seen.len(), bakery.last_code().await), (3, 0));
    assert!(seen.windows(2).all(|pair| pair[0].at < pair[1].at), "{seen:?}");
}

#[tokio::test]
async fn agent_that_was_robbed_of_its_role_mints_nothing_until_it_has_it_back() {
    let bakery = bakery().await;
    let (testbed, number) = (&bakery.testbed, &bakery.testbed.house.project.1);
    let agent = format!("serviceAccount:service-{number}@gcp-sa-cloudscheduler.iam.gserviceaccount.com");
    let role = "roles/cloudscheduler.serviceAgent";
    testbed.advance(MINUTE).await;
    assert_eq!((bakery.last_code().await, bakery.kitchen.seen().len()), (0, 1));

    testbed.unbind(role, &agent, "/v1/projects/demo").await;
    testbed.advance(MINUTE).await;
    assert_eq!(
        (bakery.last_code().await, bakery.kitchen.seen().len()),
        (7, 1),
        "nothing is sent without a token"
    );
    let entry = bakery.last_entry().await;
    assert_eq!(
        (&entry["severity"], &entry["jsonPayload"]["status"]),
        (&json!("ERROR"), &json!("PERMISSION_DENIED"))
    );

    testbed.bind(role, &agent, "/v1/projects/demo").await;
    testbed.advance(MINUTE).await;
    assert_eq!((bakery.last_code().await, bakery.kitchen.seen().len()), (0, 2));
}
