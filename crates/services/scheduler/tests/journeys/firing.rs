//! When jobs fire, and what they send.

use jiff::Timestamp;
use scheduler::{JobFields, RetryFields};
use serde_json::json;

use crate::house::{Answer, RUNNER, at, house};
use crate::*;

#[tokio::test]
async fn a_job_fires_when_it_is_due_with_the_headers_of_cloud_scheduler() {
    let house = house(START).await;
    let target = house.upstream(&[]).await;
    let running = run(&house);
    let job = create(&house, &running, each_minute(&target)).await;
    assert_eq!(job.schedule_time, Some(at("2024-05-06T09:01:00Z")));
    seconds(&house, 29).await;
    assert_eq!(target.seen().len(), 0);
    seconds(&house, 1).await;

    let [seen] = target.seen().try_into().expect("one request");
    assert_eq!(seen.line, "POST /report HTTP/1.1");
    assert_eq!(seen.body, b"hello");
    let expected = [
        ("user-agent", "Google-Cloud-Scheduler"),
        ("x-cloudscheduler", "true"),
        ("x-cloudscheduler-jobname", "report"),
        ("x-cloudscheduler-scheduletime", "2024-05-06T02:01:00-07:00"),
        ("content-type", "application/octet-stream"),
        ("content-length", "5"),
        ("x-mine", "1"),
    ];
    for (name, value) in expected {
        assert_eq!(seen.headers.get(name).map(String::as_str), Some(value), "{name}");
    }
    seconds(&house, 120).await;
    assert_eq!(target.seconds_after(START), [30, 90, 150]);
}

#[tokio::test]
async fn a_job_carries_its_accounts_token_for_its_audience_or_its_uri() {
    let house = house(START).await;
    let target = house.upstream(&[]).await;
    let running = run(&house);
    create(&house, &running, as_runner(&house, each_minute(&target), "")).await;
    seconds(&house, 30).await;
    let token = format!("Bearer token-of-{RUNNER}-for-{}", target.url("/report"));
    assert_eq!(target.seen()[0].headers["authorization"], token);
    assert_eq!(house.mint.minted()[0].0, format!("serviceAccount:{}", crate::house::AGENT));
}

#[tokio::test]
async fn each_attempt_is_logged_at_its_start_and_its_end() {
    let house = house(START).await;
    let target = house.upstream(&[Answer::Status(500), Answer::Late(5)]).await;
    let running = run(&house);
    create(&house, &running, each_minute(&target)).await;
    seconds(&house, 30).await;
    let job = get(&house, &running).await;
    assert_eq!(job.status.map(|status| status.code), Some(13));
    assert_eq!(job.last_attempt_time, Some(at("2024-05-06T09:01:00Z")));
    seconds(&house, 65).await;
    assert_eq!(get(&house, &running).await.status.map(|status| status.code), Some(0));

    let log = log(&house).await;
    let lines: Vec<_> = log
        .iter()
        .map(|entry| {
            (
                entry.severity.as_str(),
                entry.payload.clone(),
                entry.http_request.as_ref().map(|request| request.status),
            )
        })
        .collect();
    let (name, url) = (report().to_string(), target.url("/report"));
    let started = |time: &str| {
        json!({
            "@type": "type.googleapis.com/google.cloud.scheduler.logging.AttemptStarted",
            "jobName": name, "url": url, "targetType": "HTTP", "scheduledTime": time,
        })
    };
    let failed = json!({
        "@type": "type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished",
        "jobName": name, "url": url, "targetType": "HTTP", "status": "INTERNAL",
        "debugInfo": "URL_UNREACHABLE-UNREACHABLE_5xx. Original HTTP response code number = 500",
    });
    let succeeded = json!({
        "@type": "type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished",
        "jobName": name, "url": url, "targetType": "HTTP",
        "debugInfo": "URL_CRAWLED. Original HTTP response code number = 200",
    });
    let expected = [
        ("INFO", started("2024-05-06T09:01:00Z"), None),
        ("ERROR", failed, Some(500)),
        ("INFO", started("2024-05-06T09:02:00Z"), None),
        ("INFO", succeeded, Some(200)),
    ];
    assert_eq!(lines, expected);
    assert_eq!(log[0].log_id, "cloudscheduler.googleapis.com/executions");
    assert_eq!(log[0].resource_labels["job_id"], "report");
    assert_eq!(log[3].timestamp, at("2024-05-06T09:02:05Z"));
}

#[tokio::test]
async fn the_query_of_a_jobs_url_is_sent_and_not_logged() {
    let house = house(START).await;
    let target = house.upstream(&[Answer::Status(500)]).await;
    let running = run(&house);
    let mut fields = each_minute(&target);
    if let Some(TargetFields::Http(http)) = &mut fields.target {
        http.uri = target.url("/report?token=sesame");
    }
    create(&house, &running, fields).await;
    seconds(&house, 30).await;
    assert_eq!(target.seen()[0].line, "POST /report?token=sesame HTTP/1.1");
    let log = log(&house).await;
    assert_eq!(log.len(), 2, "the attempt's start and its end");
    for entry in log {
        assert_eq!(entry.payload["url"], target.url("/report"));
        assert!(!entry.payload.to_string().contains("sesame"), "{}", entry.payload);
    }
}

#[tokio::test]
async fn an_execution_waits_for_the_one_before_and_starts_late() {
    let house = house(START).await;
    let target = house.upstream(&[Answer::Late(150)]).await;
    let running = run(&house);
    create(&house, &running, each_minute(&target)).await;
    seconds(&house, 30 + 149).await;
    assert_eq!(target.seen().len(), 1, "9:02 and 9:03 wait for the execution of 9:01");
    assert_eq!(get(&house, &running).await.schedule_time, Some(at("2024-05-06T09:02:00Z")));
    seconds(&house, 1 + 30).await;
    assert_eq!(target.seconds_after(START), [30, 180, 210]);
    let times: Vec<_> =
        target.seen().iter().map(|seen| seen.headers["x-cloudscheduler-scheduletime"].clone()).collect();
    assert_eq!(
        times,
        ["2024-05-06T02:01:00-07:00", "2024-05-06T02:03:00-07:00", "2024-05-06T02:04:00-07:00"],
        "9:02 is coalesced into 9:03"
    );
}

#[tokio::test]
async fn what_was_missed_while_the_server_was_down_fires_once() {
    let house = house(START).await;
    let target = house.upstream(&[]).await;
    let killed = run(&house);
    create(&house, &killed, each_minute(&target)).await;
    drop(killed);
    seconds(&house, 3600).await;
    assert_eq!(target.seen().len(), 0);
    let _running = run(&house);
    seconds(&house, 30).await;
    assert_eq!(target.seconds_after(START), [3600, 3630]);
    let seen = target.seen();
    assert_eq!(seen[0].headers["x-cloudscheduler-scheduletime"], "2024-05-06T03:00:00-07:00");
}

#[tokio::test]
async fn retries_keep_their_schedule_time_and_end_before_the_next_start() {
    let house = house(START).await;
    let target = house.upstream(&[Answer::Status(503); 4]).await;
    let running = run(&house);
    let retry = RetryFields { retry_count: 5, ..RetryFields::default() };
    create(&house, &running, JobFields { retry: Some(retry), ..each_minute(&target) }).await;
    seconds(&house, 30).await;
    let told = get(&house, &running).await.schedule_time;
    assert_eq!(told, Some(at("2024-05-06T09:01:05Z")), "the retry comes before the next firing");
    seconds(&house, 60).await;
    assert_eq!(get(&house, &running).await.schedule_time, Some(at("2024-05-06T09:03:00Z")));
    // 5, 10 and 20 seconds apart; the retry after another 40 would be past the next start.
    assert_eq!(target.seconds_after(START), [30, 35, 45, 65, 90]);
    let times: Vec<_> =
        target.seen().iter().map(|seen| seen.headers["x-cloudscheduler-scheduletime"].clone()).collect();
    assert!(times[..4].iter().all(|time| time == "2024-05-06T02:01:00-07:00"), "{times:?}");
    assert_eq!(times[4], "2024-05-06T02:02:00-07:00");
}

#[tokio::test]
async fn a_paused_job_sends_nothing_and_a_resumed_one_makes_up_for_nothing() {
    let house = house(START).await;
    let target = house.upstream(&[Answer::Status(503)]).await;
    let running = run(&house);
    let retry = RetryFields { retry_count: 5, ..RetryFields::default() };
    create(&house, &running, JobFields { retry: Some(retry), ..each_minute(&target) }).await;
    seconds(&house, 31).await;
    let paused = pause(&house, &running).await;
    assert_eq!(paused.schedule_time, None::<Timestamp>);
    seconds(&house, 600).await;
    assert_eq!(target.seconds_after(START), [30], "the retry of 9:01 neither");
    resume(&house, &running).await;
    seconds(&house, 60).await;
    assert_eq!(target.seconds_after(START), [30, 690]);
}

#[tokio::test]
async fn an_interval_counts_from_the_end_of_the_execution_before() {
    let house = house(START).await;
    let target = house.upstream(&[Answer::Late(10); 3]).await;
    let running = run(&house);
    let every = JobFields { schedule: "every 1 minutes".into(), ..each_minute(&target) };
    let job = create(&house, &running, every).await;
    assert_eq!(job.schedule_time, Some(at("2024-05-06T09:01:30Z")));
    seconds(&house, 65).await;
    assert_eq!(get(&house, &running).await.schedule_time, None::<Timestamp>, "it is not over yet");
    seconds(&house, 5).await;
    assert_eq!(get(&house, &running).await.schedule_time, Some(at("2024-05-06T09:02:40Z")));
    seconds(&house, 140).await;
    assert_eq!(target.seconds_after(START), [60, 130, 200]);
    let headers = &target.seen()[0].headers;
    assert!(!headers.contains_key("x-cloudscheduler-scheduletime"), "it is defined for unix-cron alone");
    assert_eq!(headers["x-cloudscheduler"], "true");
}

#[tokio::test]
async fn a_job_with_a_topic_is_kept_and_each_of_its_attempts_says_unimplemented() {
    let house = house(START).await;
    let target = house.upstream(&[]).await;
    let running = run(&house);
    let topic = scheduler::PubsubFields {
        topic: "projects/demo/topics/orders".into(),
        data: b"secret".to_vec(),
        ..Default::default()
    };
    let kept = JobFields { target: Some(TargetFields::Pubsub(topic)), ..each_minute(&target) };
    create(&house, &running, kept).await;
    seconds(&house, 30).await;
    let job = get(&house, &running).await;
    assert_eq!(job.status.map(|status| status.code), Some(12));
    assert_eq!(job.last_attempt_time, Some(at("2024-05-06T09:01:00Z")));
    assert_eq!(job.schedule_time, Some(at("2024-05-06T09:02:00Z")));
    run_now(&house, &running).await;
    let log = log(&house).await;
    assert_eq!(log.len(), 4, "two of the schedule's attempt, two of the user's");
    let expected = json!({
        "@type": "type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished",
        "jobName": report().to_string(), "pubsubTopic": "projects/demo/topics/orders", "targetType": "PUB_SUB",
        "status": "UNIMPLEMENTED", "debugInfo": "TARGET_UNIMPLEMENTED. Original HTTP response code number = 0",
    });
    assert_eq!(log.iter().filter(|entry| entry.payload == expected).count(), 2);
    seconds(&house, 60).await;
    assert_eq!(target.seen().len(), 0);
}

#[tokio::test]
async fn a_job_that_cannot_be_read_any_more_is_disabled_and_holds_up_nobody() {
    let house = house(START).await;
    let target = house.upstream(&[]).await;
    let running = run(&house);
    create(&house, &running, each_minute(&target)).await;
    let stored = house.store.find::<scheduler::JobRecord>(&report()).await.unwrap().unwrap().record;
    // As another version of the program may have written it.
    house.put(store::Record::Job(scheduler::JobRecord { schedule: "at dawn".into(), ..stored })).await;
    let other = NewJob {
        location: "us-central1".parse().unwrap(),
        job_id: Some("another".parse().unwrap()),
        fields: each_minute(&target),
    };
    let permit = permit::<CloudschedulerJobsCreate>(&house, &demo());
    running.scheduler.create(&ada(&house), permit, other).await.unwrap();
    seconds(&house, 60).await;
    assert_eq!(target.seen().len(), 1, "the other one");
    assert_eq!(get(&house, &running).await.standing, scheduler::Standing::Disabled);
    let pause = crate::permit::<CloudschedulerJobsPause>(&house, &report());
    let refused = running.scheduler.pause(&ada(&house), pause).await.unwrap_err();
    assert!(refused.to_string().contains("is DISABLED"), "{refused}");
}
