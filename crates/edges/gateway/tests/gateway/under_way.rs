//! Who loses the permission loses what is under way, too.

use std::time::Duration;

use audit::{Decided, RequestDecision};
use jiff::Timestamp;
use names::{AccountName, Email, ProjectId};
use rstest::rstest;
use run::Ingress;
use store::{Plan, Record};
use supervise::HandClock;
use tokens::IdTokenRejected;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::http2;
use crate::support::*;

#[derive(Clone, Copy)]
enum Loss {
    AccountDeleted,
    AccountDisabled,
    Ingress,
    KeyGone,
    PolicyChanged,
    ServiceDeleted,
}

async fn lose(world: &World, loss: Loss, token: &str) {
    let email = Email::parse(RUNNER).unwrap();
    let runner = AccountName { project: ProjectId::parse("demo").unwrap(), email };
    let orders = world.service("orders").await;
    let plan = match loss {
        Loss::AccountDeleted => Plan::new().delete(runner),
        Loss::AccountDisabled => return world.disable_runner().await,
        Loss::Ingress => {
            let inner = store::ServiceRecord { ingress: Ingress::Internal, ..orders };
            Plan::new().put(Record::Service(inner))
        }
        Loss::KeyGone => {
            world.tokens.refuse(token, IdTokenRejected::UnknownKey);
            return world.tokens.change_keys();
        }
        Loss::PolicyChanged => return world.shut_out("orders").await,
        Loss::ServiceDeleted => Plan::new().delete(orders.name),
    };
    world.store.apply(plan).await.unwrap();
}

async fn connect(world: &World, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn until(stream: &mut TcpStream, text: &str) -> String {
    let mut read = String::new();
    while !read.contains(text) {
        read.push(char::from(stream.read_u8().await.unwrap()));
    }
    read
}

/// What was written down last under the ID in this head of an answer.
async fn ended(world: &World, clock: &HandClock, head: &str) -> RequestDecision {
    let id = Answer::of(head).header("x-doorward-request-id").unwrap().to_owned();
    // The store works by itself, so that it may take a moment of real time.
    let decisions = loop {
        clock.advance(Duration::from_millis(20)).await;
        let decisions = world.store.backend().decisions(&id).await.unwrap();
        if decisions.len() == 2 {
            break decisions;
        }
    };
    match decisions.into_iter().next_back().unwrap().decided {
        Decided::Request(request) => *request,
        Decided::Permission(other) => panic!("{other:?}"),
    }
}

async fn events(world: &World, token: &str) -> (TcpStream, String) {
    let head = format!("GET /events HTTP/1.1\r\nHost: {ORDERS}\r\n{}\r\n\r\n", bearer(token));
    let mut stream = connect(world, &head).await;
    let read = until(&mut stream, "data: one\n\n\r\n").await;
    (stream, read)
}

/// Everything up to the end, which must come without the clock moving any more.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    let _ended = stream.read_to_end(&mut rest).await;
    rest
}

async fn websocket(world: &World, token: &str) -> (TcpStream, String) {
    let head = format!(
        "GET /ws HTTP/1.1\r\nHost: {ORDERS}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n{}\r\n\r\n",
        bearer(token)
    );
    let mut stream = connect(world, &head).await;
    let head = until(&mut stream, "\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    (stream, head)
}

async fn echoes(stream: &mut TcpStream, bytes: &[u8]) {
    stream.write_all(bytes).await.unwrap();
    let mut back = vec![0; bytes.len()];
    stream.read_exact(&mut back).await.unwrap();
    assert_eq!(back, bytes);
}

#[rstest]
#[case(Loss::AccountDeleted, "ACCOUNT_STATE_INVALID")]
#[case(Loss::AccountDisabled, "ACCOUNT_STATE_INVALID")]
#[case(Loss::Ingress, "INGRESS_REFUSED")]
#[case(Loss::KeyGone, "INVOKER_TOKEN_INVALID")]
#[case(Loss::PolicyChanged, "INVOKER_PERMISSION_DENIED")]
#[case(Loss::ServiceDeleted, "ROUTE_NOT_FOUND")]
#[tokio::test]
async fn answer_under_way_ends_within_a_second_of_the_change(#[case] loss: Loss, #[case] reason: &str) {
    let (world, clock) = World::by_hand().await;
    let token = world.runner();
    let (mut stream, head) = events(&world, &token).await;
    clock.advance(Duration::from_secs(100)).await;
    lose(&world, loss, &token).await;
    clock.advance(Duration::from_secs(1)).await;
    assert_eq!(rest(&mut stream).await, b"", "no last piece, so that it is not taken for the whole");
    let ended = ended(&world, &clock, &head).await;
    assert_eq!((ended.status, ended.reason.as_deref()), (200, Some(reason)), "{ended:?}");
    assert!(
        matches!(ended.request, audit::DecidedRequest::Gate { service, .. } if service.ends_with("/orders"))
    );
}

#[tokio::test]
async fn what_was_lost_in_the_first_moment_ends_after_it() {
    let (world, clock) = World::by_hand().await;
    let (mut stream, _) = events(&world, &world.runner()).await;
    world.shut_out("orders").await;
    clock.advance(Duration::from_secs(1)).await;
    assert_eq!(rest(&mut stream).await, b"");
}

#[tokio::test]
async fn token_that_ends_ends_the_answer() {
    let (world, clock) = World::by_hand().await;
    let until = Timestamp::from_second(NOON + 60).unwrap();
    let token = world.tokens.mint_until(RUNNER, ORDERS_URL, until);
    let (mut stream, head) = websocket(&world, &token).await;
    clock.advance_to(until - Duration::from_millis(1)).await;
    echoes(&mut stream, b"\x82\x05bread").await;
    clock.advance_to(until + Duration::from_secs(1)).await;
    assert_eq!(rest(&mut stream).await, [b"\x88\x17\x11\x31", &b"INVOKER_TOKEN_EXPIRED"[..]].concat());
    assert_eq!(ended(&world, &clock, &head).await.detail, format!("the token ended at {until}"));
}

#[tokio::test]
async fn who_keeps_the_permission_goes_on_whatever_else_changes() {
    let (world, clock) = World::by_hand().await;
    let (mut stream, _) = websocket(&world, &world.runner()).await;
    clock.advance(Duration::from_secs(2)).await;
    world.shut_out("hello").await;
    world.tokens.change_keys();
    clock.advance(Duration::from_secs(290)).await;
    echoes(&mut stream, b"\x82\x05bread").await;
    clock.advance(Duration::from_secs(10)).await;
    let last = rest(&mut stream).await;
    assert_eq!(last, b"\x88\x13\x03\xe9BACKEND_TIMED_OUT", "a WebSocket is one request");
}

#[rstest]
#[case(Loss::AccountDisabled, 4401, "ACCOUNT_STATE_INVALID")]
#[case(Loss::PolicyChanged, 1008, "INVOKER_PERMISSION_DENIED")]
#[tokio::test]
async fn websocket_is_closed_with_a_frame_that_says_why(
    #[case] loss: Loss,
    #[case] code: u16,
    #[case] reason: &str,
) {
    let (world, clock) = World::by_hand().await;
    let token = world.runner();
    let (mut stream, head) = websocket(&world, &token).await;
    clock.advance(Duration::from_secs(5)).await;
    echoes(&mut stream, b"\x82\x05bread").await;
    lose(&world, loss, &token).await;
    clock.advance(Duration::from_secs(1)).await;
    let last = rest(&mut stream).await;
    assert_eq!((last[0], usize::from(last[1])), (0x88, last.len() - 2), "one frame: {last:?}");
    assert_eq!((&last[2..4], &last[4..]), (&code.to_be_bytes()[..], reason.as_bytes()));
    world.upstream.left.notified().await;
    let ended = ended(&world, &clock, &head).await;
    assert_eq!((ended.status, ended.reason.as_deref()), (101, Some(reason)), "{ended:?}");
    if code == 1008 {
        assert!(ended.permission.unwrap().command.unwrap().contains("add-iam-policy-binding"));
    }
}

#[tokio::test]
async fn nothing_passes_a_websocket_after_the_change_not_even_before_the_next_look() {
    let (world, clock) = World::by_hand().await;
    let (mut stream, _) = websocket(&world, &world.runner()).await;
    clock.advance(Duration::from_secs(5)).await;
    world.shut_out("orders").await;
    stream.write_all(b"\x82\x05later").await.unwrap();
    let last = rest(&mut stream).await;
    assert_eq!((last[0], &last[2..4]), (0x88, &1008_u16.to_be_bytes()[..]));
}

#[tokio::test]
async fn nothing_is_said_in_the_middle_of_a_frame() {
    let (world, clock) = World::by_hand().await;
    let (mut stream, _) = websocket(&world, &world.runner()).await;
    clock.advance(Duration::from_secs(5)).await;
    echoes(&mut stream, b"\x82\x05bre").await;
    world.shut_out("orders").await;
    clock.advance(Duration::from_secs(1)).await;
    assert_eq!(rest(&mut stream).await, b"");
}

#[tokio::test]
async fn who_still_waits_for_an_answer_is_told() {
    let (world, clock) = World::by_hand().await;
    let head = format!("GET /wait HTTP/1.1\r\nHost: {ORDERS}\r\n{}\r\n\r\n", bearer(&world.runner()));
    let mut stream = connect(&world, &head).await;
    while world.upstream.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    clock.advance(Duration::from_secs(5)).await;
    world.shut_out("orders").await;
    clock.advance(Duration::from_secs(1)).await;
    let head = until(&mut stream, "\r\n\r\n").await;
    let answer = Answer::of(&head);
    assert_eq!((answer.status, answer.reason()), (403, "INVOKER_PERMISSION_DENIED"));
    world.upstream.left.notified().await;
    assert!(ended(&world, &clock, &head).await.permission.unwrap().command.is_some());
}

#[tokio::test]
async fn open_service_keeps_a_caller_whose_token_ends() {
    let (world, clock) = World::by_hand().await;
    let until = Timestamp::from_second(NOON + 60).unwrap();
    let token = world.tokens.mint_until(RUNNER, &format!("https://{MENU}"), until);
    let head = format!("GET /events HTTP/1.1\r\nHost: {MENU}\r\n{}\r\n\r\n", bearer(&token));
    let mut stream = connect(&world, &head).await;
    self::until(&mut stream, "data: one\n\n\r\n").await;
    clock.advance(Duration::from_secs(200)).await;
    world.upstream.word.notify_one();
    self::until(&mut stream, "data: two\n\n\r\n0\r\n\r\n").await;
}

#[tokio::test]
async fn service_that_asks_again_who_invokes_it_asks_those_who_are_there() {
    let (world, clock) = World::by_hand().await;
    let head = format!("GET /events HTTP/1.1\r\nHost: {OPEN}\r\n\r\n");
    let mut stream = connect(&world, &head).await;
    let head = until(&mut stream, "data: one\n\n\r\n").await;
    clock.advance(Duration::from_secs(5)).await;
    let closed = store::ServiceRecord { invoker_iam_disabled: false, ..world.service("open").await };
    world.store.apply(Plan::new().put(Record::Service(closed))).await.unwrap();
    clock.advance(Duration::from_secs(1)).await;
    assert_eq!(rest(&mut stream).await, b"");
    let ended = ended(&world, &clock, &head).await;
    assert_eq!(ended.reason.as_deref(), Some("INVOKER_CREDENTIALS_MISSING"));
}

#[rstest]
#[case(Loss::AccountDisabled, Code::Unauthenticated, "ACCOUNT_STATE_INVALID")]
#[case(Loss::PolicyChanged, Code::PermissionDenied, "INVOKER_PERMISSION_DENIED")]
#[tokio::test]
async fn call_of_grpc_ends_with_a_status(#[case] loss: Loss, #[case] code: Code, #[case] reason: &str) {
    let (world, clock) = World::by_hand().await;
    let token = world.tokens.mint(RUNNER, KITCHEN_URL);
    let sender = http2::connect::<tonic::body::Body>(&world).await;
    let channel = tower::service_fn(move |request: http::Request<tonic::body::Body>| {
        let mut sender = sender.clone();
        async move { sender.send_request(request).await }
    });
    let origin = http::Uri::try_from(format!("http://{KITCHEN}")).unwrap();
    let mut client = HealthClient::with_origin(channel, origin);
    let mut request = tonic::Request::new(HealthCheckRequest { service: "bread".to_owned() });
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    let mut watching = client.watch(request).await.unwrap().into_inner();
    assert_eq!(watching.message().await.unwrap().unwrap().status, 1);
    clock.advance(Duration::from_secs(5)).await;
    match loss {
        Loss::PolicyChanged => world.shut_out("kitchen").await,
        other => lose(&world, other, &token).await,
    }
    clock.advance(Duration::from_secs(1)).await;
    let status = watching.message().await.unwrap_err();
    assert_eq!(
        (status.code(), status.metadata().get("x-doorward-reason").unwrap()),
        (code, &reason.parse().unwrap())
    );
    assert!(!status.message().is_empty());
}
