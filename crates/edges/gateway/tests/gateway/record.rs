//! No call is without its record, and each is told to whom it concerns.

use std::time::Duration;

use audit::{Decided, DecidedRequest, Decision, RequestDecision};
use bytes::Bytes;
use http::Request;
use http_body_util::Empty;
use store::DecisionFilter;
use supervise::HandClock;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::http2;
use crate::support::*;

/// What was written down about the first request of a world, whose ID nobody was told.
async fn first(world: &World) -> (String, RequestDecision) {
    let filter = DecisionFilter { limit: 2, ..DecisionFilter::default() };
    let mut rows = Vec::new();
    while rows.is_empty() {
        tokio::task::yield_now().await;
        rows = world.store.backend().requests(&filter).await.unwrap();
    }
    only(rows)
}

pub async fn recorded(world: &World, id: &str) -> (String, RequestDecision) {
    let mut rows = Vec::new();
    while rows.is_empty() {
        tokio::task::yield_now().await;
        rows = world.store.backend().decisions(id).await.unwrap();
    }
    only(rows)
}

/// The same where time moves by hand: decisions wait a moment for company before they are written.
pub async fn recorded_by_hand(world: &World, clock: &HandClock, id: &str) -> (String, RequestDecision) {
    let mut rows = Vec::new();
    while rows.is_empty() {
        clock.advance(Duration::from_millis(20)).await;
        rows = world.store.backend().decisions(id).await.unwrap();
    }
    only(rows)
}

fn only(mut rows: Vec<Decision>) -> (String, RequestDecision) {
    assert_eq!(rows.len(), 1, "one row a request: {rows:?}");
    let row = rows.remove(0);
    match row.decided {
        Decided::Request(request) => (row.principal, *request),
        Decided::Permission(other) => panic!("{other:?}"),
    }
}

async fn service_is_asked(world: &World) {
    while world.upstream.requests().is_empty() {
        tokio::task::yield_now().await;
    }
}

fn assert_left(record: &(String, RequestDecision)) {
    let (principal, request) = record;
    let expected = DecidedRequest::Gate {
        host: ORDERS.to_owned(),
        method: "POST".to_owned(),
        path: "/wait".to_owned(),
        service: "projects/demo/locations/us-central1/services/orders".to_owned(),
        answer: None,
    };
    assert_eq!(request.request, expected);
    assert!(principal.contains(RUNNER), "{principal}");
    assert_eq!((request.status, request.reason.as_deref()), (499, None));
    assert!(request.detail.contains("left"), "{}", request.detail);
    assert!(request.permission.as_ref().unwrap().ground.is_some(), "{request:?}");
}

#[tokio::test]
async fn call_whose_client_closes_the_connection_is_recorded() {
    let world = World::start().await;
    let head = format!(
        "POST /wait HTTP/1.1\r\nHost: {ORDERS}\r\nContent-Length: 2\r\n{}\r\n\r\nok",
        bearer(&world.runner())
    );
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    service_is_asked(&world).await;
    drop(stream);
    assert_left(&first(&world).await);
}

#[tokio::test]
async fn call_whose_client_resets_the_stream_is_recorded() {
    let world = World::start().await;
    let mut sender = http2::connect(&world).await;
    let request = Request::post(format!("http://{ORDERS}/wait"));
    let request = request.header("authorization", format!("Bearer {}", world.runner()));
    let waiting = sender.send_request(request.body(Empty::<Bytes>::new()).unwrap());
    tokio::select! {
        _ = waiting => panic!("nobody answered"),
        () = service_is_asked(&world) => {}
    }
    // The connection goes on; only the stream is reset.
    assert_left(&first(&world).await);
    assert!(!sender.is_closed());
}

#[tokio::test]
async fn what_was_sent_on_is_recorded_with_the_revision_and_the_time_until_its_answer() {
    let (world, clock) = World::by_hand().await;
    let authorization = [bearer(&world.runner())];
    let serving = async {
        world.upstream.is_asked(1).await;
        clock.advance(Duration::from_millis(1500)).await;
        world.upstream.word.notify_one();
    };
    let (answer, ()) = tokio::join!(world.get(ORDERS, "/wait", &authorization), serving);
    assert_eq!(answer.status, 200, "{}", answer.whole());
    let id = answer.header("x-doorward-request-id").unwrap();
    let (_, request) = recorded_by_hand(&world, &clock, id).await;
    let DecidedRequest::Gate { answer: Some(answer), .. } = request.request else { panic!("{request:?}") };
    assert!(answer.revision.as_deref().unwrap().starts_with("orders-00001-"), "{answer:?}");
    assert_eq!(answer.latency_microseconds, 1_500_000, "by the gate's clock, whatever its service's says");
}

#[tokio::test]
async fn refusal_of_ingress_names_the_service_so_that_its_owner_may_have_it_explained() {
    let world = World::start().await;
    let answer = world.get(INNER, "/", &[]).await;
    assert_eq!((answer.status, answer.reason()), (404, "INGRESS_REFUSED"));
    let (principal, request) = recorded(&world, answer.header("x-doorward-request-id").unwrap()).await;
    let expected = DecidedRequest::Gate {
        host: INNER.to_owned(),
        method: "GET".to_owned(),
        path: "/".to_owned(),
        service: "projects/demo/locations/us-central1/services/inner".to_owned(),
        answer: None,
    };
    assert_eq!((principal.as_str(), &request.request), ("anonymous", &expected));
    assert_eq!(request.reason.as_deref(), Some("INGRESS_REFUSED"));
}

#[tokio::test]
async fn refusal_of_an_unknown_host_is_recorded_with_the_host_and_about_no_service() {
    let world = World::start().await;
    let answer = world.get("nobody-42.us-central1.run.app", "/", &[]).await;
    let (_, request) = recorded(&world, answer.header("x-doorward-request-id").unwrap()).await;
    assert_eq!(request.reason.as_deref(), Some("ROUTE_NOT_FOUND"));
    let DecidedRequest::Gate { host, service, .. } = request.request else { panic!("{request:?}") };
    assert_eq!((host.as_str(), service.as_str()), ("nobody-42.us-central1.run.app", ""));
}
