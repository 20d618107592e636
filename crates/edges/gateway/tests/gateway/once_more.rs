//! What a service of HTTP/2 says that it did not look at is sent once more, and nothing else.

use std::sync::{Arc, Mutex};

use rstest::rstest;
use supervise::Tasks;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::http2_frames::{DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, RST_STREAM, frame, next_frame};
use crate::support::*;

/// What the service does about a request once it has read all of it.
#[derive(Clone, Copy)]
enum Does {
    Answers,
    /// Breaks off in the middle.
    Closes,
    /// Goes away, and says that it may have looked at this request.
    GoesAfter,
    /// Goes away before it looked at this request.
    GoesBefore,
    Resets {
        code: u32,
    },
}
use Does::{Answers, Closes, GoesAfter, GoesBefore, Resets};

const REFUSED: Does = Resets { code: 7 };
const BROKEN: Does = Resets { code: 2 };

#[derive(Default)]
struct Seen {
    connections: usize,
    bodies: Vec<Vec<u8>>,
}

/// A service that speaks frames.
struct Moody {
    url: String,
    seen: Arc<Mutex<Seen>>,
}

impl Moody {
    async fn start(tasks: &Tasks, does: &'static [Does]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Seen>>::default();
        let (here, drain) = (seen.clone(), tasks.drain());
        tasks.spawn("moody", async move {
            while let Some(Ok((mut stream, _))) = drain.unless_draining(listener.accept()).await {
                here.lock().unwrap().connections += 1;
                let _ended = drain.unless_draining(serve(&mut stream, does, &here)).await;
            }
        });
        Self { url, seen }
    }
}

/// Ends with the connection.
async fn serve(stream: &mut TcpStream, does: &[Does], seen: &Mutex<Seen>) -> Option<()> {
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await.ok()?;
    // Room for a large body: windows of 1 MiB.
    let settings = frame(4, 0, 0, &[0, 4, 0, 16, 0, 0]);
    let window = frame(8, 0, 0, &[0, 15, 0, 0]);
    stream.write_all(&[settings, window].concat()).await.ok()?;
    let mut body = Vec::new();
    loop {
        let (head, payload) = next_frame(stream).await?;
        let (kind, flags) = (head[3], head[4]);
        let id = u32::from_be_bytes(head[5..].try_into().unwrap());
        if kind == DATA {
            body.extend(payload);
        }
        if (kind != DATA && kind != HEADERS) || flags & END_STREAM == 0 {
            continue;
        }
        let did = {
            let mut seen = seen.lock().unwrap();
            seen.bodies.push(std::mem::take(&mut body));
            does[seen.bodies.len() - 1]
        };
        let goes = |last: u32| frame(GOAWAY, 0, 0, &[last.to_be_bytes(), [0; 4]].concat());
        let says = match did {
            // `:status: 200` in the static table (RFC 7541 appendix A).
            Answers => frame(HEADERS, END_STREAM | END_HEADERS, id, &[0x88]),
            Closes => return None,
            GoesAfter => goes(id),
            GoesBefore => goes(id - 1),
            Resets { code } => frame(RST_STREAM, 0, id, &code.to_be_bytes()),
        };
        stream.write_all(&says).await.ok()?;
        if matches!(did, GoesAfter | GoesBefore) {
            return None;
        }
    }
}

#[rstest]
#[case::refused(&[REFUSED, Answers], 200)]
#[case::refused_twice(&[REFUSED, REFUSED], 503)]
#[case::gone_before(&[GoesBefore, Answers], 200)]
#[case::gone_after(&[GoesAfter], 503)]
#[case::broken(&[BROKEN], 503)]
#[case::closed(&[Closes], 503)]
#[tokio::test]
async fn request_is_sent_once_more_where_the_service_says_that_it_did_not_look_at_it(
    #[case] does: &'static [Does],
    #[case] status: u16,
    #[values("", "bread and butter")] body: &str,
) {
    let world = World::start().await;
    let moody = Moody::start(world.behind.tasks(), does).await;
    let host = world.serve_as("moody", &moody.url, "h2c").await;
    let length = body.len();
    let text = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let answer = world.raw(text.as_bytes()).await;
    assert_eq!(answer.status, status, "{}", answer.whole());
    let seen = moody.seen.lock().unwrap();
    assert_eq!(seen.bodies, vec![body.as_bytes(); does.len()]);
    assert_eq!(seen.connections, if matches!(does[0], GoesBefore) { 2 } else { 1 });
}

#[tokio::test]
async fn body_in_pieces_is_sent_once_more_as_a_whole() {
    let world = World::start().await;
    let moody = Moody::start(world.behind.tasks(), &[REFUSED, Answers]).await;
    let host = world.serve_as("moody", &moody.url, "h2c").await;
    let head =
        format!("POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n");
    let text = format!("{head}3\r\nbre\r\n2\r\nad\r\n0\r\nx-behind: it\r\n\r\n");
    assert_eq!(world.raw(text.as_bytes()).await.status, 200);
    assert_eq!(moody.seen.lock().unwrap().bodies, vec![b"bread"; 2]);
}

#[tokio::test]
async fn body_of_which_more_was_read_than_is_kept_is_sent_once() {
    let world = World::start().await;
    let moody = Moody::start(world.behind.tasks(), &[REFUSED]).await;
    let host = world.serve_as("moody", &moody.url, "h2c").await;
    let body = "x".repeat(100 << 10);
    let length = body.len();
    let text = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let answer = world.raw(text.as_bytes()).await;
    assert_eq!((answer.status, answer.reason()), (503, "BACKEND_UNREACHABLE"));
    assert_eq!(moody.seen.lock().unwrap().bodies, vec![body.as_bytes()]);
}
