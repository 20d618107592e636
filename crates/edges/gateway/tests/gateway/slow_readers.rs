//! Who takes an answer slowly gets it for as long as the service may take; who takes nothing is let go. Either is written
//! down.
//!
//! The clients are in memory: what a socket holds is for the kernel to say, and would be taken although nobody reads.
//! The service's bytes come over a socket, which the clock knows nothing of, so that before time moves the gate is made to
//! take what is there: it answers another request, and has looked at every socket by then.

use std::time::Duration;

use audit::{Decided, RequestDecision};
use names::ProjectId;
use outbound::{DeliveryKind, Io, Origin, OwnHosts};
use supervise::HandClock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::*;

async fn ask_for_much(world: &World) -> (Io, String) {
    let project = ProjectId::parse("demo").unwrap();
    let origin = Origin::Delivery { kind: DeliveryKind::Task, project };
    let mut io = world.handle.dial(MENU, &origin).unwrap();
    io.write_all(format!("GET /much HTTP/1.1\r\nHost: {MENU}\r\n\r\n").as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(io.read_u8().await.unwrap());
    }
    let head = Answer::of(&String::from_utf8(head).unwrap());
    assert_eq!(head.status, 200);
    (io, head.header("x-doorward-request-id").unwrap().to_owned())
}

/// The gate holds all of the answer that it has room for.
async fn gate_is_full(world: &World) {
    for _ in 0..10 {
        assert_eq!(world.get(MENU, "/", &[]).await.status, 200);
    }
}

/// What was written down last under this ID, once it was more than that the service answered.
async fn ended(world: &World, clock: &HandClock, id: &str) -> RequestDecision {
    loop {
        // Decisions are written after a moment, and the store works by itself.
        clock.advance(Duration::from_millis(20)).await;
        let mut decisions = world.store.backend().decisions(id).await.unwrap();
        if decisions.len() < 2 {
            continue;
        }
        match decisions.pop().unwrap().decided {
            Decided::Request(request) => return *request,
            Decided::Permission(other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn answer_that_is_taken_slowly_ends_with_the_timeout_and_that_is_written_down() {
    let (world, clock) = World::by_hand().await;
    let (mut io, id) = ask_for_much(&world).await;
    for _ in 0..11 {
        gate_is_full(&world).await;
        clock.advance(Duration::from_secs(25)).await;
        io.read_exact(&mut vec![0; 128 << 10]).await.unwrap();
    }
    gate_is_full(&world).await;
    clock.advance(Duration::from_secs(30)).await;
    let mut rest = Vec::new();
    let _ended = io.read_to_end(&mut rest).await;
    assert!(rest.len() < 1 << 20, "{} bytes came behind the end", rest.len());
    let decision = ended(&world, &clock, &id).await;
    assert_eq!((decision.status, decision.reason.as_deref()), (200, Some("ANSWER_NOT_TAKEN")));
    assert!(decision.detail.contains("within the service's 300 seconds"), "{}", decision.detail);
}

#[tokio::test]
async fn answer_of_which_nothing_is_taken_ends_and_that_is_written_down() {
    let (world, clock) = World::by_hand().await;
    let (io, id) = ask_for_much(&world).await;
    gate_is_full(&world).await;
    clock.advance(Duration::from_secs(61)).await;
    let decision = ended(&world, &clock, &id).await;
    assert_eq!((decision.status, decision.reason.as_deref()), (200, Some("ANSWER_NOT_TAKEN")));
    assert!(decision.detail.contains("nothing of the answer for a minute"), "{}", decision.detail);
    drop(io);
}

#[tokio::test]
async fn client_that_leaves_in_the_middle_was_not_cut_off() {
    let (world, clock) = World::by_hand().await;
    let (io, id) = ask_for_much(&world).await;
    gate_is_full(&world).await;
    drop(io);
    gate_is_full(&world).await;
    clock.advance(Duration::from_secs(400)).await;
    gate_is_full(&world).await;
    clock.advance(Duration::from_secs(1)).await;
    let decisions = world.store.backend().decisions(&id).await.unwrap();
    assert_eq!(decisions.len(), 1, "{decisions:?}");
}

#[tokio::test]
async fn service_is_told_the_id_that_the_client_is_told() {
    let world = World::start().await;
    let answer = world.get(MENU, "/", &["X-Doorward-Request-Id: mine".to_owned()]).await;
    let seen = world.upstream.requests().pop().unwrap();
    assert_eq!(seen.values("x-doorward-request-id"), [answer.header("x-doorward-request-id").unwrap()]);
}
