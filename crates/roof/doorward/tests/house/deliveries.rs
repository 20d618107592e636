//! Who may say that a call came from a job.

use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use serde_json::json;

use crate::firing::{MINUTE, bakery};

const RESERVED: [&str; 3] = ["x-cloudscheduler", "x-cloudscheduler-jobname", "x-cloudscheduler-scheduletime"];

#[tokio::test]
async fn headers_of_a_job_arrive_from_the_job_and_from_nobody_else() {
    let bakery = bakery().await;
    bakery.testbed.advance(MINUTE).await;
    let from_the_job = bakery.kitchen.seen().pop().unwrap();
    assert_eq!(
        RESERVED.map(|name| from_the_job.values(name)),
        [vec!["true"], vec!["report"], vec!["2026-03-02T09:00:00+00:00"]]
    );
    // A delivery to an own host comes through no socket, so there is no address to forward.
    assert_eq!(from_the_job.values("x-forwarded-for"), Vec::<String>::new());

    let token = bakery.testbed.id_token_of(&bakery.runner.email, &bakery.orders.url).await;
    let request = RESERVED.iter().fold(Request::get("/"), |request, name| request.header(*name, "forged"));
    let request = request
        .header("X_CloudScheduler", "forged")
        .header(header::HOST, &bakery.orders.host)
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    let answer = bakery.testbed.gate(request.body(Full::<Bytes>::default()).unwrap()).await;
    assert_eq!(answer.verdict(), "200");
    let from_outside = bakery.kitchen.seen().pop().unwrap();
    assert!(!format!("{:?}", from_outside.headers).contains("forged"), "{:?}", from_outside.headers);
    assert_eq!(from_outside.values("x-forwarded-for"), ["127.0.0.1"]);
}

#[tokio::test]
async fn a_job_cannot_pretend_to_be_another_job() {
    let bakery = bakery().await;
    let target = json!({
        "uri": format!("{}/", bakery.orders.url), "httpMethod": "GET",
        "headers": {"X-CloudScheduler-JobName": "forged", "X-CloudTasks-QueueName": "forged", "X-Till": "7"},
        "oidcToken": {"serviceAccountEmail": bakery.runner.email, "audience": bakery.orders.url},
    });
    bakery.testbed.make_job_of("other", "0 9 * * *", target).await;
    bakery.testbed.advance(MINUTE).await;
    let seen = bakery.kitchen.seen();
    let other = seen.iter().find(|seen| seen.values("x-till") == ["7"]).unwrap();
    assert_eq!(other.values("x-cloudscheduler-jobname"), ["other"]);
    assert!(!format!("{:?}", other.headers).contains("forged"), "{:?}", other.headers);
}
