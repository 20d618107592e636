use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::ext::Protocol;
use hyper_util::rt::TokioIo;
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http2::connect;
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
    for line in [
        "connection: upgrade",
        "upgrade: websocket",
        "sec-websocket-accept: jvxkmtkfjdci/pm/agpeksn6wt8=",
        "x-doorward-request-id: ",
    ] {
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

/// Asks over HTTP/2 (RFC 8441).
async fn ask(world: &World, host: &str, path: &str, protocol: &'static str) -> Response<Incoming> {
    let mut sender = connect::<Empty<Bytes>>(world).await;
    let request = Request::builder().method(Method::CONNECT).uri(format!("http://{host}{path}"));
    let request = request.extension(Protocol::from_static(protocol)).header("sec-websocket-version", "13");
    let token = bearer(&world.runner());
    let request =
        request.header("authorization", token.split_once(": ").unwrap().1).body(Empty::new()).unwrap();
    sender.send_request(request).await.unwrap()
}

#[tokio::test]
async fn websocket_over_http2_reaches_a_service_of_http1() {
    let world = World::start().await;
    let mut answer = ask(&world, ORDERS, "/ws?a=%2F", "websocket").await;
    assert_eq!(answer.status(), 200);
    for name in ["sec-websocket-accept", "upgrade", "connection"] {
        assert!(!answer.headers().contains_key(name), "{name}");
    }
    assert_eq!(answer.headers()["x-doorward-request-id"].len(), 32);
    let mut carried = TokioIo::new(hyper::upgrade::on(&mut answer).await.unwrap());
    let every: Vec<u8> = (0..=255).collect::<Vec<u8>>().repeat(300);
    carried.write_all(&every).await.unwrap();
    let mut back = vec![0; every.len()];
    carried.read_exact(&mut back).await.unwrap();
    assert_eq!(back, every);
    let seen = world.upstream.requests().pop().unwrap();
    assert!(seen.head.starts_with("GET /ws?a=%2F HTTP/1.1\r\n"), "{}", seen.head);
    assert_eq!((seen.values("upgrade"), seen.values("connection")), (vec!["websocket"], vec!["upgrade"]));
    assert_eq!((seen.values("host"), seen.values("sec-websocket-version")), (vec![ORDERS], vec!["13"]));
    assert_eq!(seen.values("sec-websocket-key")[0].len(), 24);
    assert!(seen.values("authorization")[0].ends_with("SIGNATURE_REMOVED_BY_GOOGLE"));
    carried.shutdown().await.unwrap();
    world.upstream.left.notified().await;
}

#[rstest]
#[case::no_permission(HELLO, "/ws", "websocket", 401, "INVOKER_TOKEN_AUDIENCE_MISMATCH")]
#[case::no_switch(ORDERS, "/", "websocket", 501, "WEBSOCKET_UNSUPPORTED")]
#[case::another_protocol(ORDERS, "/ws", "connect-udp", 501, "METHOD_UNIMPLEMENTED")]
#[case::answer_to_another_key(ORDERS, "/ws-wrong", "websocket", 501, "WEBSOCKET_UNSUPPORTED")]
#[tokio::test]
async fn stream_that_is_no_websocket_is_refused(
    #[case] host: &str,
    #[case] path: &str,
    #[case] protocol: &'static str,
    #[case] status: u16,
    #[case] reason: &str,
) {
    let world = World::start().await;
    let answer = ask(&world, host, path, protocol).await;
    let told = answer.headers()["x-doorward-reason"].to_str().unwrap().to_owned();
    assert_eq!((answer.status().as_u16(), told.as_str()), (status, reason));
    assert!(!answer.into_body().collect().await.unwrap().to_bytes().is_empty(), "the page says why");
}

#[tokio::test]
async fn websocket_reaches_a_service_of_http2_that_offers_them() {
    let world = World::start().await;
    let token = world.tokens.mint(RUNNER, KITCHEN_URL);
    let (mut stream, head) = open(&world, KITCHEN, &format!("{}\r\n", bearer(&token))).await;
    assert!(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{head}");
    assert_eq!(Answer::of(&head).header("sec-websocket-accept"), Some("JVxkmtKFjDcI/Pm/AGPEKSN6wT8="));
    echoes(&mut stream, &(0..=255).collect::<Vec<u8>>().repeat(300)).await;
    let seen = world.kitchen.seen();
    assert!(seen.target.ends_with("/ws"), "{}", seen.target);
    assert!(!seen.headers.contains_key("sec-websocket-key") && !seen.headers.contains_key("upgrade"));
    assert_eq!(seen.headers["sec-websocket-version"], "13");
    // Both over HTTP/2, and another call on the same connection.
    let keyless =
        asking(KITCHEN, "/ws", &format!("{}\r\n", bearer(&token))).replace("Sec-WebSocket-Key: x\r\n", "");
    assert_eq!(world.raw(keyless.as_bytes()).await.status, 400);
    assert_eq!(world.kitchen.seen().connections, 1);
}

#[tokio::test]
async fn service_of_http2_without_websockets_is_not_asked() {
    let world = World::start().await;
    let host = world.serve_as("plainly", &world.plain_kitchen.url(), "h2c").await;
    let answer = world.raw(asking(&host, "/ws", "").as_bytes()).await;
    assert_eq!((answer.status, answer.reason()), (501, "WEBSOCKET_UNSUPPORTED"));
    assert_eq!(world.plain_kitchen.seen().target, "", "nothing was asked");
}

#[tokio::test]
async fn whether_a_service_offers_websockets_is_known_as_soon_as_it_says_so() {
    // The clock stands: nothing that looks now and then would ever see it.
    let (world, _clock) = World::by_hand().await;
    let token = world.tokens.mint(RUNNER, KITCHEN_URL);
    let (mut stream, head) = open(&world, KITCHEN, &format!("{}\r\n", bearer(&token))).await;
    assert!(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{head}");
    echoes(&mut stream, b"bread").await;
}
