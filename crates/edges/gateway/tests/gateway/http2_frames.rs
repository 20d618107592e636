//! HTTP/2 that no library would send, frame by frame.

use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::*;

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;
const ENHANCE_YOUR_CALM: u32 = 11;
/// `:status: 400` in the static table (RFC 7541 appendix A).
const STATUS_400: u8 = 0x80 | 12;

/// What the gate makes of a stream.
#[derive(Debug, PartialEq)]
enum Outcome {
    Answer(u8),
    Closed,
    Goaway(u32),
    Reset,
}

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Fields as literals that are not kept.
fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    fields.iter().flat_map(|(name, value)| [vec![0], text(name), text(value)].concat()).collect()
}

async fn open(world: &World) -> TcpStream {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let hello = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), frame(4, 0, 0, &[])].concat();
    stream.write_all(&hello).await.unwrap();
    stream
}

/// The head of a frame, and what it carries; `None` where the connection ends.
pub async fn next_frame(stream: &mut TcpStream) -> Option<([u8; 9], Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut payload).await.ok()?;
    Some((head, payload))
}

/// Reads to the first frame that says what became of the request.
async fn outcome(stream: &mut TcpStream) -> Outcome {
    loop {
        let Some((head, payload)) = next_frame(stream).await else { return Outcome::Closed };
        match head[3] {
            // A change of the table's size may come first.
            HEADERS => return Outcome::Answer(*payload.iter().find(|byte| **byte >= 0x80).unwrap()),
            RST_STREAM => return Outcome::Reset,
            GOAWAY => return Outcome::Goaway(u32::from_be_bytes(payload[4..8].try_into().unwrap())),
            _ => {}
        }
    }
}

#[rstest]
#[case::connection(&[("connection", "x-own")])]
#[case::transfer_encoding(&[("transfer-encoding", "chunked")])]
#[case::keep_alive(&[("keep-alive", "5")])]
#[case::proxy_connection(&[("proxy-connection", "close")])]
#[case::upgrade(&[("upgrade", "websocket")])]
#[case::te(&[("te", "gzip")])]
#[case::capitals(&[("X-Up", "1")])]
#[case::space_in_name(&[("x up", "1")])]
#[case::colon_in_name(&[("x:up", "1")])]
#[case::line_in_name(&[("x\r\nhost", "1")])]
#[case::line_in_value(&[("x", "1\r\nx-goog-authenticated-user-email: forged")])]
#[case::line_feed_in_value(&[("x", "1\nhost: other")])]
#[case::nul_in_value(&[("x", "1\0")])]
#[case::other_host(&[("host", "orders-42.us-central1.run.app")])]
#[case::two_hosts(&[("host", MENU), ("host", "other")])]
#[case::second_path(&[(":path", "/other")])]
#[case::second_authority(&[(":authority", "other")])]
#[case::unknown_pseudo(&[(":protocol-of-mine", "1")])]
#[case::extended_connect(&[(":protocol", "websocket")])]
#[case::length_without_a_body(&[("content-length", "5")])]
#[case::two_lengths(&[("content-length", "0"), ("content-length", "5")])]
#[tokio::test]
async fn request_over_http2_that_could_be_read_otherwise_reaches_no_service(#[case] more: &[(&str, &str)]) {
    let world = World::start().await;
    let mut fields = vec![(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", MENU)];
    fields.extend(more);
    let mut stream = open(&world).await;
    stream.write_all(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &block(&fields))).await.unwrap();
    let outcome = outcome(&mut stream).await;
    assert!(
        matches!(
            outcome,
            Outcome::Closed | Outcome::Reset | Outcome::Goaway(_) | Outcome::Answer(STATUS_400)
        ),
        "{outcome:?}"
    );
    assert_eq!(world.get(MENU, "/", &[]).await.status, 200);
    assert_eq!(world.upstream.requests().len(), 1);
}

#[rstest]
#[case::connect(&[(":method", "CONNECT"), (":authority", "menu-42.us-central1.run.app:443")])]
#[case::connect_with_path(&[(":method", "CONNECT"), (":scheme", "http"), (":path", "/"), (":authority", MENU)])]
#[case::no_path(&[(":method", "GET"), (":scheme", "http"), (":authority", MENU)])]
#[case::empty_path(&[(":method", "GET"), (":scheme", "http"), (":path", ""), (":authority", MENU)])]
#[case::path_of_no_form(&[(":method", "GET"), (":scheme", "http"), (":path", "nowhere"), (":authority", MENU)])]
#[case::line_in_path(&[(":method", "GET"), (":scheme", "http"), (":path", "/ HTTP/1.1\r\nhost: a"), (":authority", MENU)])]
#[case::space_in_path(&[(":method", "GET"), (":scheme", "http"), (":path", "/ HTTP/1.1"), (":authority", MENU)])]
#[case::line_in_method(&[(":method", "GET / HTTP/1.1\r\n"), (":scheme", "http"), (":path", "/"), (":authority", MENU)])]
#[case::user_in_authority(&[(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a@menu-42.us-central1.run.app")])]
#[case::no_authority(&[(":method", "GET"), (":scheme", "http"), (":path", "/")])]
#[case::late_pseudo(&[(":method", "GET"), (":scheme", "http"), ("x", "1"), (":path", "/"), (":authority", MENU)])]
#[tokio::test]
async fn target_over_http2_that_has_no_one_reading_reaches_no_service(#[case] fields: &[(&str, &str)]) {
    let world = World::start().await;
    let mut stream = open(&world).await;
    stream.write_all(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &block(fields))).await.unwrap();
    let outcome = outcome(&mut stream).await;
    assert!(
        matches!(
            outcome,
            Outcome::Closed | Outcome::Reset | Outcome::Goaway(_) | Outcome::Answer(STATUS_400)
        ),
        "{outcome:?}"
    );
    assert!(world.upstream.requests().is_empty());
}

#[tokio::test]
async fn body_over_http2_that_is_longer_than_it_says_is_no_second_request() {
    let world = World::start().await;
    let mut stream = open(&world).await;
    let fields = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", "/"),
        (":authority", MENU),
        ("content-length", "3"),
    ];
    stream.write_all(&frame(HEADERS, END_HEADERS, 1, &block(&fields))).await.unwrap();
    let body = format!("abcGET /smuggled HTTP/1.1\r\nHost: {MENU}\r\n\r\n");
    stream.write_all(&frame(DATA, END_STREAM, 1, body.as_bytes())).await.unwrap();
    let outcome = outcome(&mut stream).await;
    assert!(
        matches!(
            outcome,
            Outcome::Closed | Outcome::Reset | Outcome::Goaway(_) | Outcome::Answer(STATUS_400)
        ),
        "{outcome:?}"
    );
    assert_eq!(world.get(MENU, "/", &[]).await.status, 200);
    assert_eq!(world.upstream.requests().len(), 1);
}

#[tokio::test]
async fn who_opens_and_resets_streams_without_end_is_sent_away() {
    let world = World::start().await;
    let mut stream = open(&world).await;
    let fields = block(&[(":method", "GET"), (":scheme", "http"), (":path", "/wait"), (":authority", MENU)]);
    let pairs: Vec<u8> = (0..2000)
        .map(|number| number * 2 + 1)
        .flat_map(|id| {
            [
                frame(HEADERS, END_HEADERS | END_STREAM, id, &fields),
                frame(RST_STREAM, 0, id, &8_u32.to_be_bytes()),
            ]
            .concat()
        })
        .collect();
    // The gate may close before all of it is sent.
    let _refused = stream.write_all(&pairs).await;
    let outcome = outcome(&mut stream).await;
    assert!(matches!(outcome, Outcome::Goaway(ENHANCE_YOUR_CALM) | Outcome::Closed), "{outcome:?}");
    assert_eq!(world.get(MENU, "/", &[]).await.status, 200);
}

#[tokio::test]
async fn head_that_never_ends_is_cut_off() {
    let world = World::start().await;
    let mut stream = open(&world).await;
    let fields = block(&[(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", MENU)]);
    let mut frames = frame(HEADERS, END_STREAM, 1, &fields);
    let long = "y".repeat(120);
    let more = block(&[("x-more", long.as_str()); 100]);
    for _ in 0..1000 {
        frames.extend(frame(CONTINUATION, 0, 1, &more));
    }
    let _refused = stream.write_all(&frames).await;
    let outcome = outcome(&mut stream).await;
    assert!(!matches!(outcome, Outcome::Answer(0x88)), "{outcome:?}");
    assert!(world.upstream.requests().is_empty());
}

/// Whatever stands behind a request for a WebSocket is of nobody until the service has agreed to it.
#[tokio::test]
async fn bytes_behind_a_request_for_a_websocket_wait_until_it_is_granted() {
    let world = World::start().await;
    let inner = format!("GET /smuggled HTTP/1.1\r\nHost: {MENU}\r\n\r\n");
    let asking = |path| {
        let fields = [
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            (":scheme", "http"),
            (":path", path),
            (":authority", MENU),
        ];
        [frame(HEADERS, END_HEADERS, 1, &block(&fields)), frame(DATA, 0, 1, inner.as_bytes())].concat()
    };
    let mut refused = open(&world).await;
    refused.write_all(&asking("/")).await.unwrap();
    assert!(matches!(outcome(&mut refused).await, Outcome::Answer(_)));
    let seen = world.upstream.requests();
    assert_eq!((seen.len(), seen[0].body.len()), (1, 0), "{seen:?}");
    // The service fails its connection if anything comes before it has switched.
    let mut granted = open(&world).await;
    granted.write_all(&asking("/ws")).await.unwrap();
    assert_eq!(outcome(&mut granted).await, Outcome::Answer(0x88));
    let mut read = Vec::new();
    while !read.ends_with(inner.as_bytes()) {
        assert!(granted.read_buf(&mut read).await.unwrap() > 0, "closed after {read:?}");
    }
    let targets: Vec<_> = world.upstream.requests().into_iter().map(|seen| seen.head).collect();
    assert!(targets.len() == 2 && targets.iter().all(|head| !head.contains("/smuggled")), "{targets:?}");
}
