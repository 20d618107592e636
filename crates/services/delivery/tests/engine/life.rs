//! Kills, drains and leases.

use std::time::Duration;

use delivery::Outcome;

use crate::house::Answer;
use crate::{Config, Rule, START, delivery, enqueue, nine_o_clock, run, run_with, unfinished};

#[tokio::test]
async fn an_attempt_cut_off_by_a_kill_is_counted_and_sent_again_at_once() {
    let house = nine_o_clock().await;
    let target = house.upstream(&[Answer::Silence]).await;
    let killed = run(&house, Rule::new());
    enqueue(&house, &killed, delivery(&house, "one", &target.url("/"))).await;
    assert_eq!(target.seen().len(), 1);
    assert_eq!(unfinished(&house).await[0].attempts, 1, "counted before it is sent");
    drop(killed);

    let running = run(&house, Rule::new());
    house.clock.settle().await;
    assert_eq!(target.seconds_after(START), [0, 0]);
    assert_eq!(running.rule.outcomes(), [(2, Outcome::Answered { status: 200 })]);
    assert_eq!(unfinished(&house).await, []);
}

#[tokio::test]
async fn what_another_process_dropped_is_sent_when_its_lease_ends() {
    let house = nine_o_clock().await;
    let target = house.upstream(&[Answer::Silence]).await;
    let killed = run_with(&house, Rule::new(), Config::of_node("one"));
    enqueue(&house, &killed, delivery(&house, "one", &target.url("/"))).await;
    drop(killed);

    let _running = run_with(&house, Rule::new(), Config::of_node("two"));
    house.clock.advance(Duration::from_secs(239)).await;
    assert_eq!(target.seen().len(), 1, "the attempt's deadline and the time to record it have not passed");
    house.clock.advance(Duration::from_secs(2)).await;
    assert_eq!(target.seconds_after(START), [0, 240]);
    assert_eq!(unfinished(&house).await, []);
}

#[tokio::test]
async fn a_drain_finishes_what_is_under_way_and_starts_nothing() {
    let house = nine_o_clock().await;
    let target = house.upstream(&[Answer::Late(5)]).await;
    let running = run_with(&house, Rule::new(), Config { attempts_at_once: 1, ..Config::of_node("one") });
    enqueue(&house, &running, delivery(&house, "one", &target.url("/first"))).await;
    enqueue(&house, &running, delivery(&house, "two", &target.url("/second"))).await;
    let deadline = house.timer.now() + Duration::from_secs(60);
    let (drained, ()) =
        tokio::join!(running.process.drain(deadline), house.clock.advance(Duration::from_secs(6)));
    assert_eq!(drained, Ok(()));
    assert_eq!(running.rule.outcomes(), [(1, Outcome::Answered { status: 200 })]);
    let left: Vec<_> = unfinished(&house).await.into_iter().map(|left| left.uid).collect();
    assert_eq!(left, [crate::house::uid("two")]);
}

#[tokio::test]
async fn a_drain_cuts_off_what_takes_too_long_and_gives_it_back() {
    let house = nine_o_clock().await;
    let target = house.upstream(&[Answer::Silence]).await;
    let running = run(&house, Rule::new());
    enqueue(&house, &running, delivery(&house, "one", &target.url("/"))).await;
    let deadline = house.timer.now() + Duration::from_secs(60);
    let (drained, ()) =
        tokio::join!(running.process.drain(deadline), house.clock.advance(Duration::from_secs(11)));
    assert_eq!(drained, Ok(()), "within the drain's deadline");
    assert_eq!(running.rule.outcomes(), []);

    // Given back, so that a process of another name gets it at once.
    let _next = run_with(&house, Rule::new(), Config::of_node("two"));
    house.clock.settle().await;
    assert_eq!(target.seconds_after(START), [0, 11]);
}
