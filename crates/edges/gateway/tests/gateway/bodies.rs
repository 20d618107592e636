use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::*;

#[tokio::test]
async fn events_arrive_one_by_one() {
    let world = World::start().await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(format!("GET /events HTTP/1.1\r\nHost: {MENU}\r\n\r\n").as_bytes()).await.unwrap();
    let mut text = String::new();
    while !text.contains("data: one\n\n") {
        text.push(char::from(stream.read_u8().await.unwrap()));
    }
    assert!(!text.contains("two"));
    world.upstream.word.notify_one();
    while !text.contains("data: two\n\n") {
        text.push(char::from(stream.read_u8().await.unwrap()));
    }
}

#[tokio::test]
async fn body_is_asked_for_only_after_the_decision() {
    let world = World::start().await;
    let head = |host: &str| {
        format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        )
    };
    let refused = world.raw(head(ORDERS).as_bytes()).await;
    assert_eq!((refused.status, refused.reason()), (403, "INVOKER_CREDENTIALS_MISSING"));
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(head(MENU).as_bytes()).await.unwrap();
    let mut interim = vec![0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut interim).await.unwrap();
    assert_eq!(interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"bread").await.unwrap();
    assert_eq!(read_to_end(&mut stream).await.status, 200);
    let seen = world.upstream.requests().pop().unwrap();
    assert_eq!((seen.body.as_slice(), seen.values("expect").len()), (&b"bread"[..], 0));
}

#[tokio::test]
async fn body_that_is_not_framed_as_it_says_is_the_clients_fault() {
    let world = World::start().await;
    for body in ["zz\r\nbread\r\n0\r\n\r\n", "5\r\nbreadXX0\r\n\r\n"] {
        let text = format!("POST / HTTP/1.1\r\nHost: {MENU}\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        let answer = world.raw(text.as_bytes()).await;
        assert_eq!((answer.status, answer.reason()), (400, "REQUEST_MALFORMED"), "{body:?}");
    }
    assert!(world.upstream.requests().is_empty());
}

/// Lets a task on this thread, and the gate on its own, do all that they can without more of the other side.
async fn rest() {
    for _ in 0..2000 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn sender_is_never_far_ahead_of_a_receiver_in_either_direction() {
    let world = World::start().await;
    let slow = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = world.serve_as("slowly", &format!("http://{}", slow.local_addr().unwrap()), "http1").await;
    let mut client = TcpStream::connect(world.address).await.unwrap();
    let head = format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: {LARGE}\r\n\r\n");
    client.write_all(head.as_bytes()).await.unwrap();
    let (mut service, _) = slow.accept().await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(service.read_u8().await.unwrap());
    }
    let mut furthest = passes(&mut client, &mut service).await;
    service
        .write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.unwrap());
    }
    furthest = furthest.max(passes(&mut service, &mut client).await);
    assert!(furthest < MOST_AHEAD, "{furthest} bytes were on their way at once");
}

/// Sends a large body from one side to the other, which takes it slowly. How many bytes were on their way at most.
async fn passes(from: &mut TcpStream, to: &mut TcpStream) -> usize {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = sent.clone();
    let sending = async move {
        let piece = vec![b'x'; 256 << 10];
        while counted.load(SeqCst) < LARGE {
            from.write_all(&piece).await.unwrap();
            counted.fetch_add(piece.len(), SeqCst);
        }
    };
    let receiving = async {
        let (mut received, mut furthest) = (0, 0);
        let mut buffer = vec![0; 1 << 20];
        while received < LARGE {
            rest().await;
            furthest = furthest.max(sent.load(SeqCst) - received);
            let most = buffer.len().min(LARGE - received);
            to.read_exact(&mut buffer[..most]).await.unwrap();
            received += most;
        }
        furthest
    };
    tokio::join!(sending, receiving).1
}

const LARGE: usize = 64 << 20;
/// What the kernel keeps for the four ends of two connections, with room; the gate itself keeps less than one of them.
const MOST_AHEAD: usize = 32 << 20;

#[tokio::test]
async fn body_of_a_get_arrives_whole_however_it_is_framed() {
    let world = World::start().await;
    for framing in
        ["Transfer-Encoding: chunked\r\n\r\n5\r\nbread\r\n0\r\n\r\n", "Content-Length: 5\r\n\r\nbread"]
    {
        let text = format!("GET / HTTP/1.1\r\nHost: {MENU}\r\nConnection: close\r\n{framing}");
        assert_eq!(world.raw(text.as_bytes()).await.status, 200);
        let seen = world.upstream.requests().pop().unwrap();
        assert_eq!((&seen.head[..4], seen.body.as_slice()), ("GET ", &b"bread"[..]), "{framing:?}");
    }
}
