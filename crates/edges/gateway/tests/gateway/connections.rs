//! How many connections to services there are, and how long.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use gateway::Config;
use http::Request;
use http_body_util::Empty;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::record::recorded;
use crate::support::*;

/// As many connections to services, of which one address may have three quarters.
fn at_most(connections: usize, connection_patience: Duration) -> Config {
    Config { connections, connection_patience, ..Config::default() }
}

async fn ask(world: &World, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: {MENU}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(20);

#[tokio::test]
async fn address_that_answers_slowly_takes_no_more_than_its_share() {
    let world = World::with(at_most(4, SHORT)).await;
    let cook = world.serve_as("cook", &world.kitchen.url(), "h2c").await;
    let waiting = join_all((0..3).map(|_| ask(&world, "/wait"))).await;
    world.upstream.is_asked(3).await;

    let refused = world.get(MENU, "/", &["Accept: application/json".to_owned()]).await;
    assert_eq!((refused.status, refused.reason()), (503, "BACKEND_CONNECTIONS_EXHAUSTED"));
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(refused.json()["error"]["status"], "UNAVAILABLE");
    assert_eq!(world.upstream.requests().len(), 3, "the service is not asked");
    let id = refused.header("x-doorward-request-id").unwrap();
    let (_, decision) = recorded(&world, id).await;
    assert_eq!((decision.status, decision.reason.as_deref()), (503, Some("BACKEND_CONNECTIONS_EXHAUSTED")));

    assert_eq!(world.get(&cook, "/", &[]).await.status, 200, "others have places");
    world.upstream.word.notify_one();
    let read = join_all(waiting.into_iter().map(|mut one| async move { read_to_end(&mut one).await }));
    let answered = async {
        // One becomes free.
        while world.get(MENU, "/", &[]).await.status != 200 {}
        world.upstream.word.notify_waiters();
    };
    let (answers, ()) = tokio::join!(read, answered);
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
}

#[tokio::test]
async fn who_waits_gets_the_connection_that_was_given_back() {
    let world = World::with(at_most(1, LONG)).await;
    let mut first = ask(&world, "/wait").await;
    world.upstream.is_asked(1).await;
    let mut second = ask(&world, "/").await;
    world.upstream.word.notify_one();
    assert_eq!(read_to_end(&mut first).await.status, 200);
    assert_eq!(read_to_end(&mut second).await.status, 200);
    assert_eq!(world.upstream.connections(), 1);
}

#[tokio::test]
async fn connection_that_nobody_uses_makes_room_for_another_address() {
    let world = World::with(at_most(1, LONG)).await;
    let cook = world.serve_as("cook", &world.kitchen.url(), "h2c").await;
    for host in [MENU, &cook, MENU, &cook] {
        assert_eq!(world.get(host, "/", &[]).await.status, 200, "{host}");
    }
    assert_eq!((world.upstream.connections(), world.kitchen.seen().connections), (2, 2));
    world.upstream.has_open(0).await;
}

#[tokio::test]
async fn websocket_has_its_place_until_it_is_closed() {
    let world = World::with(at_most(1, SHORT)).await;
    let mut websocket = TcpStream::connect(world.address).await.unwrap();
    let head = format!(
        "GET /ws HTTP/1.1\r\nHost: {MENU}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n"
    );
    websocket.write_all(head.as_bytes()).await.unwrap();
    let mut switched = [0; 12];
    websocket.read_exact(&mut switched).await.unwrap();
    assert_eq!(&switched, b"HTTP/1.1 101");
    assert_eq!(world.get(MENU, "/", &[]).await.reason(), "BACKEND_CONNECTIONS_EXHAUSTED");
    drop(websocket);
    world.upstream.has_open(0).await;
    while world.get(MENU, "/", &[]).await.status != 200 {}
}

#[tokio::test]
async fn connection_that_nobody_uses_is_closed_although_its_address_is_never_called_again() {
    let (world, clock) = World::by_hand().await;
    assert_eq!(world.get(MENU, "/", &[]).await.status, 200);
    world.upstream.has_open(1).await;
    clock.advance(Duration::from_secs(46)).await;
    world.upstream.has_open(0).await;
}

#[tokio::test]
async fn connection_is_unused_from_the_end_of_its_answer() {
    let (world, clock) = World::by_hand().await;
    let mut stream = ask(&world, "/halves").await;
    world.upstream.is_asked(1).await;
    clock.advance(Duration::from_secs(40)).await;
    world.upstream.word.notify_one();
    assert!(read_to_end(&mut stream).await.body.ends_with("half"));
    clock.advance(Duration::from_secs(20)).await;
    assert_eq!(world.get(MENU, "/", &[]).await.status, 200);
    assert_eq!(world.upstream.connections(), 1);
}

#[tokio::test]
async fn calls_that_come_together_share_one_new_connection() {
    let world = World::start().await;
    let cook = world.serve_as("cook", &world.kitchen.url(), "h2c").await;
    let sender = crate::http2::connect::<Empty<Bytes>>(&world).await;
    let answers = join_all((0..50).map(|_| {
        let request = Request::get(format!("http://{cook}/")).body(Empty::new()).unwrap();
        sender.clone().send_request(request)
    }));
    assert!(answers.await.iter().all(|answer| answer.as_ref().unwrap().status() == 200));
    assert_eq!(world.kitchen.seen().connections, 1);
}

#[tokio::test]
async fn calls_that_come_together_are_all_told_that_nobody_listens() {
    let world = World::start().await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gone = world.serve_as("gone", &format!("http://{closed}"), "h2c").await;
    let answers = join_all((0..20).map(|_| world.get(&gone, "/", &[]))).await;
    for answer in answers {
        assert_eq!((answer.status, answer.reason()), (503, "BACKEND_UNREACHABLE"));
    }
}
