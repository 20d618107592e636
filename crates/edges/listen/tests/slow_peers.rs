//! Who takes an answer slowly gets it, as long as the answer may take; who takes nothing, or asks for nothing, is let
//! go.

use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty, StreamBody, combinators::BoxBody};
use hyper::{
    body::{Frame, Incoming},
    client::conn::http2::{Builder, SendRequest},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use jiff::Timestamp;
use listen::{AnswerLimit, Connection, Cut, HEAD_PATIENCE as PATIENCE, Limits, Server};
use names::ProjectId;
use outbound::DeliveryKind;
use supervise::{HandClock, Supervisor, Timer};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

/// A server whose time is moved by hand.
struct World {
    clock: HandClock,
    supervisor: Supervisor,
}

/// How many bytes the peer has room for.
const WINDOW: u32 = 64 << 10;
/// How large a piece of an answer is: several times that.
const PIECE: usize = 256 << 10;

/// `/N` answers with N pieces, with `?S` within S seconds, `/never` not at all.
async fn answer(request: Request<Incoming>) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    if request.uri().path() == "/never" {
        std::future::pending::<()>().await;
    }
    let count = request.uri().path().trim_start_matches('/').parse().expect("a test asks for a number");
    let piece = Bytes::from(vec![b'x'; PIECE]);
    let pieces = std::iter::repeat_n(piece, count).map(|piece| Ok(Frame::data(piece)));
    let mut response = Response::new(BodyExt::boxed(StreamBody::new(futures_util::stream::iter(pieces))));
    if let Some(seconds) = request.uri().query() {
        let limit = Duration::from_secs(seconds.parse().expect("a test gives a number"));
        response.extensions_mut().insert(AnswerLimit { within: limit, cut: Cut::default() });
    }
    Ok(response)
}

impl World {
    fn new() -> World {
        let (timer, clock) = Timer::by_hand(Timestamp::UNIX_EPOCH);
        World { clock, supervisor: Supervisor::new(&timer) }
    }

    /// The other end of a connection that is served.
    fn open(&self) -> DuplexStream {
        let (here, there) = tokio::io::duplex(1 << 20);
        let project = ProjectId::parse("bakery").expect("a project");
        let connection = Connection::of_delivery(there, DeliveryKind::Task, project);
        let unreadable = |status| Response::builder().status(status).body(Bytes::new()).expect("a status");
        let server = Server::new(self.supervisor.tasks(), Limits::default(), Arc::new(unreadable));
        let serving = async move { server.serve(connection, service_fn(answer)).await };
        self.supervisor.tasks().spawn("connection", serving);
        here
    }

    /// A client of HTTP/2, which answers pings by itself.
    async fn client(&self) -> SendRequest<Empty<Bytes>> {
        let mut builder = Builder::new(TokioExecutor::new());
        builder.initial_stream_window_size(WINDOW).initial_connection_window_size(1 << 20);
        let (sender, connection) = builder.handshake(TokioIo::new(self.open())).await.expect("HTTP/2");
        self.supervisor.tasks().spawn("client", async move {
            let _ended = connection.await;
        });
        sender
    }
}

async fn ask(sender: &mut SendRequest<Empty<Bytes>>, path: &str) -> Incoming {
    let request = Request::get(format!("http://bakery{path}")).body(Empty::new()).expect("a request");
    sender.send_request(request).await.expect("an answer").into_body()
}

#[tokio::test]
async fn answer_over_http2_that_is_taken_slowly_arrives_whole() {
    let world = World::new();
    let mut sender = world.client().await;
    let mut body = ask(&mut sender, "/3").await;
    let (mut length, mut waited) = (0, Duration::ZERO);
    while let Some(frame) = body.frame().await {
        length += frame.expect("more of the answer").into_data().expect("data").len();
        // A piece of the service takes many times the patience, and the peer never waits for as long as that is.
        world.clock.advance(Duration::from_secs(25)).await;
        waited += Duration::from_secs(25);
    }
    assert_eq!(length, 3 * PIECE);
    assert!(waited > 10 * Limits::default().write_patience, "{waited:?}");
}

#[tokio::test]
async fn answer_over_http2_of_which_nothing_is_taken_ends() {
    let world = World::new();
    let mut sender = world.client().await;
    let body = ask(&mut sender, "/3").await;
    world.clock.advance(2 * Limits::default().write_patience + Duration::from_secs(1)).await;
    assert!(body.collect().await.is_err(), "the stream is still open");
}

/// Whether the other end has closed, after what it had to say.
async fn is_closed(here: &mut DuplexStream) -> bool {
    let mut scratch = [0; 4096];
    loop {
        match futures_util::FutureExt::now_or_never(here.read(&mut scratch)) {
            Some(Ok(0) | Err(_)) => return true,
            Some(Ok(_)) => {}
            None => return false,
        }
    }
}

#[tokio::test]
async fn peer_of_http2_that_asks_for_nothing_more_is_asked_to_end() {
    let world = World::new();
    let mut sender = world.client().await;
    let body = ask(&mut sender, "/1").await;
    assert_eq!(body.collect().await.expect("all of it").to_bytes().len(), PIECE);
    world.clock.advance(PATIENCE / 2).await;
    assert!(sender.ready().await.is_ok() && !sender.is_closed(), "not yet");
    world.clock.advance(2 * PATIENCE).await;
    assert!(sender.is_closed(), "it holds its place with nothing but pings");
}

#[tokio::test]
async fn peer_of_http2_that_does_not_end_when_it_is_asked_to_is_let_go() {
    let world = World::new();
    let mut here = world.open();
    let settings = b"\0\0\0\x04\0\0\0\0\0";
    here.write_all(&[&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], settings].concat()).await.expect("room");
    // It says nothing, not even that it has read this.
    world.clock.advance(PATIENCE / 2).await;
    assert!(!is_closed(&mut here).await);
    world.clock.advance(2 * PATIENCE + Limits::default().write_patience).await;
    assert!(is_closed(&mut here).await, "it holds its place with nothing");
}

#[tokio::test]
async fn last_piece_of_an_answer_over_http2_holds_no_place_for_who_does_not_take_it() {
    let world = World::new();
    let mut sender = world.client().await;
    let body = ask(&mut sender, "/1").await;
    world.clock.advance(2 * PATIENCE + Limits::default().write_patience).await;
    assert!(body.collect().await.is_err(), "the stream is still open");
    assert!(sender.is_closed());
}

#[tokio::test]
async fn request_over_http2_that_takes_long_is_not_idle() {
    let world = World::new();
    let mut sender = world.client().await;
    let request = Request::get("http://bakery/never").body(Empty::new()).expect("a request");
    let asked = sender.send_request(request);
    let mut asked = std::pin::pin!(asked);
    assert!(futures_util::poll!(&mut asked).is_pending());
    world.clock.advance(100 * PATIENCE).await;
    assert!(futures_util::poll!(&mut asked).is_pending());
    assert!(!sender.is_closed());
}

#[tokio::test]
async fn answer_over_http2_ends_with_its_limit_although_it_is_taken_all_the_time() {
    let world = World::new();
    let mut sender = world.client().await;
    let mut body = ask(&mut sender, "/100?300").await;
    let mut waited = Duration::ZERO;
    while body.frame().await.expect("not the end of all of it").is_ok() {
        world.clock.advance(Duration::from_secs(25)).await;
        waited += Duration::from_secs(25);
        assert!(waited < Duration::from_secs(600), "it is still on its way");
    }
    assert!(waited >= Duration::from_secs(300), "{waited:?}");
}

#[tokio::test]
async fn answer_over_http1_ends_with_its_limit_although_it_is_taken_all_the_time() {
    let world = World::new();
    let mut here = world.open();
    here.write_all(b"GET /100?300 HTTP/1.1\r\nHost: bakery\r\n\r\n").await.expect("room");
    for _ in 0..12 {
        here.read_exact(&mut vec![0; 64 << 10]).await.expect("more of the answer");
        world.clock.advance(Duration::from_secs(25)).await;
    }
    let mut rest = Vec::new();
    let _ended = here.read_to_end(&mut rest).await;
    assert!(rest.len() < 8 * PIECE, "{} bytes came behind the limit", rest.len());
}
