//! What is sent, when, and how often.

use std::time::Duration;

use delivery::{Outcome, Unsent};
use store::Delivery;

use crate::house::Answer;
use crate::{Config, Rule, START, delivery, enqueue, nine_o_clock, run, run_with, unfinished};

#[tokio::test]
async fn a_due_delivery_is_sent_once_as_it_is_written() {
    let house = nine_o_clock().await;
    let target = house.upstream(&[]).await;
    let running = run(&house, Rule::new());
    enqueue(&house, &running, delivery(&house, "one", &target.url("/a?b=c"))).await;
    house.clock.advance(Duration::from_secs(3600)).await;

    let [seen] = target.seen().try_into().expect("one request");
    assert_eq!(seen.line, "POST /a?b=c HTTP/1.1");
    assert_eq!(seen.body, b"hello");
    assert_eq!(seen.headers["x-mine"], "1");
    assert_eq!(seen.headers["authorization"], "Basic mine", "without an identity the user's own stands");
    assert_eq!(seen.headers["host"], target.address.to_string());
    assert_eq!(running.rule.outcomes(), [(1, Outcome::Answered { status: 200 })]);
    assert_eq!(unfinished(&house).await, []);
}

#[tokio::test]
async fn nothing_is_sent_before_it_is_due() {
    let house = nine_o_clock().await;
    let target = house.upstream(&[]).await;
    let running = run(&house, Rule::new());
    let due_at = house.timer.now() + Duration::from_secs(45);
    enqueue(&house, &running, Delivery { due_at, ..delivery(&house, "one", &target.url("/")) }).await;
    house.clock.advance(Duration::from_secs(44)).await;
    assert_eq!(target.seen().len(), 0);
    house.clock.advance(Duration::from_secs(1)).await;
    assert_eq!(target.seconds_after(START), [45]);
}

#[tokio::test]
async fn a_failure_is_sent_again_at_the_instant_of_the_verdict() {
    let house = nine_o_clock().await;
    let target = house.upstream(&[Answer::Status(503), Answer::Status(503)]).await;
    let running = run(&house, Rule { retry: Some((90, 5)), ..Rule::new() });
    enqueue(&house, &running, delivery(&house, "one", &target.url("/"))).await;
    house.clock.advance(Duration::from_secs(3600)).await;
    assert_eq!(target.seconds_after(START), [0, 90, 180]);
    let attempts: Vec<u32> = running.rule.outcomes().iter().map(|(attempt, _)| *attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
    assert_eq!(unfinished(&house).await, []);
}

#[tokio::test]
async fn an_attempt_ends_at_its_deadline() {
    let house = nine_o_clock().await;
    let target = house.upstream(&[Answer::Silence]).await;
    let running = run(&house, Rule::new());
    enqueue(&house, &running, delivery(&house, "one", &target.url("/"))).await;
    house.clock.advance(Duration::from_secs(179)).await;
    assert_eq!(running.rule.outcomes(), []);
    house.clock.advance(Duration::from_secs(1)).await;
    assert_eq!(running.rule.outcomes(), [(1, Outcome::Unsent(Unsent::TimedOut))]);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let house = nine_o_clock().await;
    let target = house.upstream(&[Answer::Status(302)]).await;
    let running = run(&house, Rule::new());
    enqueue(&house, &running, delivery(&house, "one", &target.url("/"))).await;
    assert_eq!(running.rule.outcomes(), [(1, Outcome::Answered { status: 302 })]);
    assert_eq!(target.seen().len(), 1);
}

#[tokio::test]
async fn a_dead_address_is_told_from_a_refused_one() {
    let house = nine_o_clock().await;
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let running = run(&house, Rule::new());
    enqueue(&house, &running, delivery(&house, "one", &format!("http://{gone}/"))).await;
    enqueue(&house, &running, delivery(&house, "two", "http://169.254.169.254/")).await;
    let outcomes = running.rule.outcomes();
    assert_eq!(outcomes[0].1, Outcome::Unsent(Unsent::ConnectionRefused));
    assert!(matches!(outcomes[1].1, Outcome::Unsent(Unsent::AddressRefused { .. })), "{outcomes:?}");
}

#[tokio::test]
async fn attempts_at_once_are_bounded_and_the_others_follow() {
    let house = nine_o_clock().await;
    let target = house.upstream(&[Answer::Late(10); 5]).await;
    let config = Config { attempts_at_once: 2, ..Config::of_node("one") };
    let running = run_with(&house, Rule::new(), config);
    for name in ["a", "b", "c", "d", "e"] {
        enqueue(&house, &running, delivery(&house, name, &target.url("/"))).await;
    }
    house.clock.advance(Duration::from_secs(60)).await;
    assert_eq!(target.seconds_after(START), [0, 0, 10, 10, 20]);
    assert_eq!(unfinished(&house).await, []);
}

#[tokio::test]
async fn what_nobody_wants_any_more_is_withdrawn_unsent() {
    let house = nine_o_clock().await;
    let target = house.upstream(&[]).await;
    let running = run(&house, Rule { wanted: false, ..Rule::new() });
    enqueue(&house, &running, delivery(&house, "one", &target.url("/"))).await;
    assert_eq!(target.seen().len(), 0);
    assert_eq!(unfinished(&house).await, []);
}
