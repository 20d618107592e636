use std::collections::BTreeMap;
use std::time::Duration;

use delivery::{Outcome, Unsent};
use names::{JobName, ResourceName, Uid};
use rstest::rstest;
use store::{DeliveryRequest, HttpTarget, JobTarget};

use super::*;
use crate::status;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn second(second: i64) -> Timestamp {
    at("2024-05-06T09:00:00Z") + SignedDuration::from_secs(second)
}

fn job(retry_count: u32) -> JobRecord {
    JobRecord {
        name: JobName::parse_canonical("projects/demo/locations/us-central1/jobs/report").unwrap(),
        uid: Uid::parse("report-1").unwrap(),
        description: String::new(),
        target: JobTarget::Http(HttpTarget {
            uri: "https://example.com/".into(),
            method: "POST".into(),
            headers: BTreeMap::new(),
            body: Vec::new(),
            identity: None,
        }),
        schedule: "0 * * * *".into(),
        time_zone: "UTC".into(),
        paused_at: None,
        retry: RetryRecord {
            retry_count,
            max_retry_duration: Duration::ZERO,
            min_backoff: Duration::from_secs(10),
            max_backoff: Duration::from_secs(300),
            max_doublings: 3,
        },
        attempt_deadline: Duration::from_secs(180),
        create_time: second(0),
        user_update_time: second(0),
    }
}

fn state(job: &JobRecord, next_start: Option<Timestamp>) -> JobState {
    JobState {
        job: job.name.clone(),
        job_uid: job.uid.clone(),
        next_at: None,
        schedule_time: next_start,
        executing: Some(Uid::parse("execution").unwrap()),
        disabled_at: None,
        retry_at: None,
        last_attempt_time: None,
        status: None,
        version: 1,
    }
}

fn delivery(job: &JobRecord, attempts: u32) -> Delivery {
    Delivery {
        uid: Uid::parse("execution").unwrap(),
        owner: ResourceName::Job(job.name.clone()),
        owner_uid: job.uid.clone(),
        project: job.name.project.clone(),
        forced: false,
        request: DeliveryRequest {
            method: "POST".into(),
            url: "https://example.com/".into(),
            headers: Vec::new(),
            body: Vec::new(),
            attempt_deadline: Duration::from_secs(180),
        },
        identity: None,
        schedule_time: second(0),
        due_at: second(0),
        attempts,
        first_attempt_at: Some(second(0)),
        create_time: second(0),
    }
}

fn failure() -> Status {
    status::of(&Outcome::Answered { status: 503 })
}

/// The seconds at which retries begin when every attempt fails at once.
fn retries(job: &JobRecord, next_start: Option<Timestamp>) -> Vec<i64> {
    let state = state(job, next_start);
    let (mut seconds, mut now) = (Vec::new(), second(0));
    for attempts in 1..100 {
        let delivery = delivery(job, attempts);
        let scene = Scene { job: Some((job, &state)), delivery: &delivery };
        match scene.verdict(&failure(), now) {
            Verdict::Done => return seconds,
            Verdict::RetryAt(instant) => {
                now = instant;
                seconds.push(instant.duration_since(second(0)).as_secs());
            }
        }
    }
    panic!("retries do not end");
}

#[rstest]
#[case(0, 3600, &[])]
#[case(1, 3600, &[10])]
#[case(5, 3600, &[10, 30, 70, 150, 310])]
#[case(5, 70, &[10, 30])]
#[case(5, 71, &[10, 30, 70])]
#[case(5, 10, &[])]
fn failures_are_repeated_until_the_limit_or_the_next_start(
    #[case] count: u32,
    #[case] next_start: i64,
    #[case] expected: &[i64],
) {
    assert_eq!(retries(&job(count), Some(second(next_start))), expected);
}

#[test]
fn both_limits_must_be_reached() {
    let mut job = job(1);
    job.retry.max_retry_duration = Duration::from_secs(100);
    assert_eq!(retries(&job, Some(second(3600))), [10, 30, 70]);
}

#[test]
fn success_is_the_end() {
    let (job, delivery) = (job(5), delivery(&job(5), 1));
    let state = state(&job, Some(second(3600)));
    let scene = Scene { job: Some((&job, &state)), delivery: &delivery };
    assert_eq!(scene.verdict(&status::of(&Outcome::Answered { status: 204 }), second(1)), Verdict::Done);
}

#[test]
fn a_timeout_is_repeated_like_any_failure() {
    let (job, delivery) = (job(5), delivery(&job(5), 1));
    let state = state(&job, Some(second(3600)));
    let scene = Scene { job: Some((&job, &state)), delivery: &delivery };
    let status = status::of(&Outcome::Unsent(Unsent::TimedOut));
    assert_eq!(scene.verdict(&status, second(180)), Verdict::RetryAt(second(190)));
}

#[test]
fn a_paused_job_repeats_nothing_but_what_a_user_asked_for() {
    let mut job = job(5);
    job.paused_at = Some(second(1));
    let (state, mut delivery) = (state(&job, None), delivery(&job, 1));
    let scene = Scene { job: Some((&job, &state)), delivery: &delivery };
    assert_eq!(scene.verdict(&failure(), second(2)), Verdict::Done);
    assert!(!scene.is_wanted(second(2)));
    delivery.forced = true;
    let scene = Scene { job: Some((&job, &state)), delivery: &delivery };
    assert_eq!(scene.verdict(&failure(), second(2)), Verdict::RetryAt(second(12)));
    assert!(scene.is_wanted(second(2)));
}

#[test]
fn a_deleted_job_wants_nothing() {
    let delivery = Delivery { forced: true, ..delivery(&job(5), 1) };
    let scene = Scene { job: None, delivery: &delivery };
    assert!(!scene.is_wanted(second(0)));
    assert_eq!(scene.verdict(&failure(), second(0)), Verdict::Done);
}

#[test]
fn a_retry_gives_way_to_the_next_start_and_a_first_attempt_does_not() {
    let job = job(5);
    let state = state(&job, Some(second(60)));
    for (attempts, forced, wanted) in [(1, false, true), (2, false, false), (2, true, true)] {
        let delivery = Delivery { forced, ..delivery(&job, attempts) };
        let scene = Scene { job: Some((&job, &state)), delivery: &delivery };
        assert_eq!(scene.is_wanted(second(60)), wanted, "attempt {attempts}, forced {forced}");
        assert!(scene.is_wanted(second(59)));
    }
}
