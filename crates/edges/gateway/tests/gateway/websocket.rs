use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::*;
use crate::upstream::LOOKALIKE;

fn asking(host: &str, path: &str, lines: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n{lines}\r\n"
    )
}

/// A WebSocket that is open, and the head of the answer.
async fn open(world: &World, host: &str, lines: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(asking(host, "/ws", lines).as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    (stream, String::from_utf8(head).unwrap())
}

async fn echoes(stream: &mut TcpStream, bytes: &[u8]) {
    stream.write_all(bytes).await.unwrap();
    let mut back = vec![0; bytes.len()];
    stream.read_exact(&mut back).await.unwrap();
    assert_eq!(back, bytes);
}

#[tokio::test]
async fn websocket_is_decided_about_and_then_carries_every_byte() {
    let world = World::start().await;
    let refused = world.raw(asking(ORDERS, "/ws", "").as_bytes()).await;
    assert_eq!(
        (refused.reason(), refused.header("connection")),
        ("INVOKER_CREDENTIALS_MISSING", Some("close"))
    );
    assert!(world.upstream.requests().is_empty());
    let token = world.runner();
    let (mut stream, head) = open(&world, ORDERS, &format!("{}\r\n", bearer(&token))).await;
    assert!(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{head}");
    for line in
        ["connection: upgrade", "upgrade: websocket", "sec-websocket-accept: x", "x-doorward-request-id: "]
    {
        assert!(head.to_lowercase().contains(line), "{head}");
    }
    let seen = world.upstream.requests().pop().unwrap();
    assert_eq!((seen.values("upgrade"), seen.values("connection")), (vec!["websocket"], vec!["upgrade"]));
    assert_eq!(
        (seen.values("sec-websocket-key"), seen.values("x-forwarded-for")),
        (vec!["x"], vec!["127.0.0.1"])
    );
    assert!(seen.values("authorization")[0].ends_with("SIGNATURE_REMOVED_BY_GOOGLE"));
    let every: Vec<u8> = (0..=255).collect();
    echoes(&mut stream, &every).await;
    echoes(&mut stream, LOOKALIKE.as_bytes()).await;
    echoes(&mut stream, &every.repeat(100)).await;
    stream.shutdown().await.unwrap();
    world.upstream.left.notified().await;
    assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
}

#[tokio::test]
async fn what_comes_behind_an_upgrade_that_was_not_granted_is_no_request() {
    let world = World::start().await;
    let smuggled = format!("GET /smuggled HTTP/1.1\r\nHost: {MENU}\r\n\r\n");
    let text = format!("{}{smuggled}", asking(MENU, "/", ""));
    let answer = world.raw(text.as_bytes()).await;
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert_eq!(world.upstream.requests().len(), 1);
    // With a body, or without the words that make it an upgrade.
    let body = asking(MENU, "/ws", "Content-Length: 5\r\n") + "early";
    assert_eq!(world.raw(body.as_bytes()).await.status, 400);
    let two = asking(MENU, "/ws", "Upgrade: h2c\r\n");
    assert_eq!(world.raw(two.as_bytes()).await.status, 501);
    for other in ["TLS/1.0", "websocket, h2c", "connect-udp"] {
        let text = asking(MENU, "/", "").replace("Upgrade: websocket", &format!("Upgrade: {other}"));
        let answer = world.raw(text.as_bytes()).await;
        assert_eq!((answer.status, answer.reason()), (501, "METHOD_UNIMPLEMENTED"), "{other}");
    }
    assert_eq!(world.upstream.requests().len(), 1);
}

/// The service fails its connection if anything comes before the switch.
#[tokio::test]
async fn bytes_sent_early_wait_for_the_switch() {
    let world = World::start().await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all((asking(MENU, "/ws", "") + "early").as_bytes()).await.unwrap();
    let mut text = String::new();
    while !text.ends_with("\r\n\r\nearly") {
        let mut buffer = [0; 512];
        let length = stream.read(&mut buffer).await.unwrap();
        assert!(length > 0, "closed after {text:?}");
        text.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
    }
    assert!(text.starts_with("HTTP/1.1 101 "), "{text}");
}

#[tokio::test]
async fn websocket_is_one_request_and_ends_with_the_timeout_of_its_service() {
    let world = World::start().await;
    let (mut stream, _) = open(&world, SLOW, "").await;
    echoes(&mut stream, b"bread").await;
    assert_eq!(stream.read(&mut [0; 8]).await.unwrap_or(0), 0);
    world.upstream.left.notified().await;
}

#[tokio::test]
async fn drain_waits_for_a_websocket() {
    let world = World::start().await;
    let (mut stream, _) = open(&world, MENU, "").await;
    let drain = world.supervisor.tasks().drain();
    let drained = world.supervisor.drain(supervise::Timer::wall().now() + Duration::from_secs(20));
    let talk = async {
        drain.draining().await;
        for _ in 0..3 {
            echoes(&mut stream, b"still here").await;
        }
        drop(stream);
    };
    let (drained, ()) = tokio::join!(drained, talk);
    assert_eq!(drained, Ok(()));
}
