use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::*;

async fn connect(world: &World, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// Reads until the text has come.
async fn until(stream: &mut TcpStream, read: &mut String, text: &str) {
    while !read.contains(text) {
        let mut buffer = [0; 4096];
        let length = stream.read(&mut buffer).await.unwrap();
        assert!(length > 0, "closed after {read:?}");
        read.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
}

#[tokio::test]
async fn pieces_flow_both_ways_before_either_side_has_ended() {
    let world = World::start().await;
    let head = format!(
        "POST /echo HTTP/1.1\r\nHost: {MENU}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    let (mut stream, mut read) = (connect(&world, &head).await, String::new());
    for piece in ["bread", "rolls", "cakes"] {
        stream.write_all(format!("5\r\n{piece}\r\n").as_bytes()).await.unwrap();
        until(&mut stream, &mut read, piece).await;
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    until(&mut stream, &mut read, "\r\n0\r\n\r\n").await;
}

#[tokio::test]
async fn large_body_arrives_whole() {
    let world = World::start().await;
    let body = "x".repeat(5 * 1024 * 1024);
    let text = format!(
        "POST / HTTP/1.1\r\nHost: {MENU}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(world.raw(text.as_bytes()).await.status, 200);
    assert_eq!(world.upstream.requests()[0].body.len(), body.len());
}

#[tokio::test]
async fn early_answer_comes_before_the_body_has_ended() {
    let world = World::start().await;
    let head = format!("POST /early HTTP/1.1\r\nHost: {MENU}\r\nContent-Length: 1000000\r\n\r\nhalf");
    let (mut stream, mut read) = (connect(&world, &head).await, String::new());
    until(&mut stream, &mut read, "large").await;
    assert!(read.starts_with("HTTP/1.1 413 "), "{read}");
}

#[tokio::test]
async fn answer_that_ends_with_its_connection_is_passed_on() {
    let world = World::start().await;
    let answer = world.get(MENU, "/close-delimited", &[]).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("until the end"));
}

#[tokio::test]
async fn connections_to_a_service_are_used_again() {
    let world = World::start().await;
    for _ in 0..5 {
        assert_eq!(world.get(MENU, "/", &[]).await.status, 200);
    }
    assert_eq!((world.upstream.connections(), world.upstream.requests().len()), (1, 5));
}

#[tokio::test]
async fn stale_connection_is_no_failure() {
    let world = World::start().await;
    for _ in 0..5 {
        assert_eq!(world.get(MENU, "/once", &[]).await.status, 200);
    }
    assert_eq!(world.upstream.requests().len(), 5);
}

#[tokio::test]
async fn unasked_answer_goes_to_nobody() {
    let world = World::start().await;
    for _ in 0..3 {
        let answer = world.get(MENU, "/leftover", &[]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "ok"));
        let next = world.get(MENU, "/", &[]).await;
        assert!(next.body.starts_with("answer "), "{next:?}");
    }
}

#[tokio::test]
async fn service_that_breaks_off_is_a_503() {
    let world = World::start().await;
    for path in ["/break", "/garbage"] {
        let answer = world.get(MENU, path, &[]).await;
        assert_eq!((answer.status, answer.reason()), (503, "BACKEND_UNREACHABLE"), "{path}");
    }
    let answer = world.get(DEAD, "/", &[]).await;
    assert_eq!((answer.status, answer.reason()), (503, "BACKEND_UNREACHABLE"));
    assert!(!answer.body.contains("127.0.0.1"), "where it would have been is nobody's business");
}

#[tokio::test]
async fn post_that_may_have_been_done_is_not_sent_twice() {
    let world = World::start().await;
    assert_eq!(world.get(MENU, "/", &[]).await.status, 200);
    let text =
        format!("POST /break HTTP/1.1\r\nHost: {MENU}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assert_eq!(world.raw(text.as_bytes()).await.status, 503);
    assert_eq!(world.upstream.requests().len(), 2);
}

#[tokio::test]
async fn half_an_answer_is_not_taken_for_a_whole_one() {
    let world = World::start().await;
    let answer = world.get(MENU, "/break-off", &[]).await;
    assert_eq!(answer.header("content-length"), Some("100"));
    assert_eq!(answer.body, "half");
    assert_eq!(world.get(MENU, "/", &[]).await.status, 200);
}

#[tokio::test]
async fn slow_service_is_a_504_after_its_timeout() {
    let world = World::start().await;
    let answer = world.get(SLOW, "/hang", &[]).await;
    assert_eq!((answer.status, answer.reason()), (504, "BACKEND_TIMED_OUT"));
}

#[tokio::test]
async fn callers_who_take_turns_are_never_mixed_up() {
    let world = World::start().await;
    let callers: Vec<_> = (0..8).map(|_| world.runner()).collect();
    let calls = (0..200).map(|number| {
        let (world, token) = (&world, &callers[number % callers.len()]);
        async move {
            let answer = world.get(ORDERS, "/who", &[bearer(token)]).await;
            let expected = token.replace("signature", "SIGNATURE_REMOVED_BY_GOOGLE");
            assert_eq!(answer.body, format!("Bearer {expected}"));
        }
    });
    futures_util::future::join_all(calls).await;
}

#[tokio::test]
async fn drain_finishes_what_is_under_way() {
    let world = World::start().await;
    let mut waiting = connect(&world, &format!("GET /wait HTTP/1.1\r\nHost: {MENU}\r\n\r\n")).await;
    let mut idle = connect(&world, "").await;
    while world.upstream.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    let (address, drain) = (world.address, world.supervisor.tasks().drain());
    let drained = world.supervisor.drain(supervise::Timer::wall().now() + Duration::from_secs(20));
    let finish = async {
        drain.draining().await;
        assert_eq!(idle.read(&mut [0; 8]).await.unwrap_or(0), 0, "who asked for nothing is let go");
        world.upstream.word.notify_one();
        read_to_end(&mut waiting).await
    };
    let (drained, answer) = tokio::join!(drained, finish);
    assert_eq!(drained, Ok(()));
    assert_eq!((answer.status, answer.body.as_str()), (200, "answer 1"));
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn client_that_leaves_takes_its_request_along() {
    let world = World::start().await;
    let waiting = connect(&world, &format!("GET /wait HTTP/1.1\r\nHost: {MENU}\r\n\r\n")).await;
    while world.upstream.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    drop(waiting);
    world.upstream.left.notified().await;
    assert_eq!(world.get(MENU, "/", &[]).await.status, 200);
}

#[tokio::test]
async fn connection_with_half_an_answer_on_it_is_not_used_again() {
    let world = World::start().await;
    let head = format!("GET /stall HTTP/1.1\r\nHost: {MENU}\r\n\r\n");
    let (mut stream, mut read) = (connect(&world, &head).await, String::new());
    until(&mut stream, &mut read, "half").await;
    let other = world.get(MENU, "/", &[]).await;
    assert_eq!((other.status, world.upstream.connections()), (200, 2));
    drop(stream);
    world.upstream.left.notified().await;
    assert!(world.get(MENU, "/", &[]).await.body.starts_with("answer "));
}

#[tokio::test]
async fn answer_that_does_not_end_in_time_is_cut_off() {
    let world = World::start().await;
    let answer = world.get(SLOW, "/stall", &[]).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "half"));
    world.upstream.left.notified().await;
}

#[tokio::test]
async fn connection_closed_when_it_is_used_again_is_no_failure_where_asking_twice_is_no_harm() {
    let world = World::start().await;
    for _ in 0..3 {
        assert_eq!(world.get(MENU, "/fresh", &[]).await.status, 200);
    }
    let text =
        format!("POST /fresh HTTP/1.1\r\nHost: {MENU}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let answer = world.raw(text.as_bytes()).await;
    assert_eq!((answer.status, answer.reason()), (503, "BACKEND_UNREACHABLE"));
}
