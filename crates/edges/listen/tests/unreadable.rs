//! What is no request is refused in full, and no byte of an answer is ever taken for such a refusal.

use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::{
    body::{Frame, Incoming},
    service::service_fn,
};
use jiff::Timestamp;
use listen::{Connection, Limits, Server};
use names::ProjectId;
use outbound::DeliveryKind;
use supervise::{Supervisor, Timer};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

/// What the HTTP library says by itself.
const BARE: &str = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

fn server(supervisor: &Supervisor) -> Server {
    let unreadable = |status| {
        let response = Response::builder().status(status).header("x-why", "unreadable");
        response.body("in full".into()).expect("valid")
    };
    Server::new(supervisor.tasks(), Limits::default(), Arc::new(unreadable))
}

/// `/N` answers with N bytes, everything else with the very text of a refusal: whole, in pieces, or until the end.
async fn answer(request: Request<Incoming>) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let mut response = Response::builder();
    if path == "close" {
        response = response.header("connection", "close");
    }
    let body = match path.parse::<usize>() {
        Ok(length) => Full::from("x".repeat(length)).boxed(),
        Err(_) if path == "pieces" => {
            let pieces = ["before", BARE, BARE].map(|piece| Ok(Frame::data(Bytes::from(piece))));
            BodyExt::boxed(StreamBody::new(futures_util::stream::iter(pieces)))
        }
        Err(_) => Full::from(BARE).boxed(),
    };
    Ok(response.body(body).expect("valid"))
}

/// A connection whose other end takes `room` bytes at a time.
fn open(supervisor: &Supervisor, room: usize) -> DuplexStream {
    let (here, there) = tokio::io::duplex(room);
    let project = ProjectId::parse("bakery").expect("a project");
    let connection = Connection::of_delivery(there, DeliveryKind::Task, project);
    let server = server(supervisor);
    supervisor.tasks().spawn("connection", async move { server.serve(connection, service_fn(answer)).await });
    here
}

async fn ask(room: usize, text: &str) -> String {
    let supervisor = Supervisor::new(&Timer::wall());
    let (mut read, mut write) = tokio::io::split(open(&supervisor, room));
    let mut answers = Vec::new();
    let sending = async {
        // Who is refused may be let go before all of it is sent.
        let _refused = write.write_all(text.as_bytes()).await;
    };
    let (read, ()) = tokio::join!(read.read_to_end(&mut answers), sending);
    read.expect("an orderly end");
    String::from_utf8(answers).expect("text")
}

fn malformed() -> Vec<(u16, String)> {
    let mut table: Vec<(u16, String)> = [
        "\0\0\0\0\r\n\r\n",
        "\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03",
        "nonsense\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/1.1\nno colon\n\n",
        "GET / HTTP/1.1\r\nHost\r\n\r\n",
        "GET / HTTP/1.1\r\n: empty\r\n\r\n",
        "GET / HTTP/1.1\r\nHo st: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length : 0\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "G{T / HTTP/1.1\r\n\r\n",
        "GET /\u{7f} HTTP/1.1\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
    ]
    .into_iter()
    .map(|text| (400, text.to_owned()))
    .collect();
    let many: String = (0..101).map(|number| format!("X-{number}: 1\r\n")).collect();
    table.push((431, format!("GET / HTTP/1.1\r\n{many}\r\n")));
    table.push((431, format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(400 << 10))));
    table.push((414, format!("GET /{} HTTP/1.1\r\n\r\n", "y".repeat(70_000))));
    table
}

#[tokio::test]
async fn what_is_no_request_is_refused_in_full_whatever_came_before_it() {
    let good = "GET /5 HTTP/1.1\r\nHost: a\r\n\r\n";
    for room in [300_000, 64] {
        for (status, text) in malformed() {
            for before in 0..3 {
                if room == 64 && text.len() > 1000 {
                    continue;
                }
                let answers = ask(room, &format!("{}{text}", good.repeat(before))).await;
                assert_eq!(answers.matches("HTTP/1.1 200 OK\r\n").count(), before, "{text:?}: {answers}");
                let refusal = answers.rsplit("xxxxx").next().expect("one piece at least");
                assert!(refusal.starts_with(&format!("HTTP/1.1 {status} ")), "{text:?}: {answers}");
                assert!(refusal.contains("\r\nx-why: unreadable\r\n"), "{text:?}: {answers}");
                assert!(refusal.contains("\r\ndate: "), "{text:?}: {answers}");
                assert!(
                    refusal.ends_with("connection: close\r\ncontent-length: 7\r\n\r\nin full"),
                    "{answers}"
                );
            }
        }
    }
}

#[tokio::test]
async fn answer_that_reads_like_a_refusal_is_left_as_it_is() {
    for room in [300_000, 50, 7] {
        let answers = ask(room, "GET /whole HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
        assert!(answers.ends_with(&format!("\r\n\r\n{BARE}")), "{answers}");
        let answers = ask(room, "GET /pieces HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
        let length = format!("{:X}", BARE.len());
        let expected = format!("6\r\nbefore\r\n{length}\r\n{BARE}\r\n{length}\r\n{BARE}\r\n0\r\n\r\n");
        assert!(answers.ends_with(&expected), "{answers}");
        // Without a length and without chunks, so that its last bytes are the last of the connection.
        let answers = ask(room, "GET /pieces HTTP/1.0\r\n\r\n").await;
        assert!(answers.ends_with(&format!("before{BARE}{BARE}")), "{answers}");
    }
}

#[tokio::test]
async fn refusal_behind_an_answer_that_is_not_yet_read_is_found_to_the_byte() {
    for room in [300_000, 1000, 100, 10] {
        for path in ["/5", "/1000", "/30000", "/whole", "/pieces"] {
            let good = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
            let answers = ask(room, &format!("{good}{good}nonsense\r\n\r\n")).await;
            let (whole, refusal) = answers.rsplit_once("HTTP/1.1 ").expect("a refusal");
            assert!(refusal.ends_with("in full"), "{answers}");
            assert_eq!(answers.matches("in full").count(), 1, "{answers}");
            let lookalikes = if path.starts_with("/p") { 4 } else { usize::from(path == "/whole") * 2 };
            assert_eq!(whole.matches(BARE).count(), lookalikes, "{path}: {answers}");
            assert_eq!(whole.matches("HTTP/1.1 200 OK").count(), 2, "{path}: {answers}");
        }
    }
}

#[tokio::test]
async fn peer_that_takes_nothing_of_an_answer_is_let_go() {
    let (timer, clock) = Timer::by_hand(Timestamp::UNIX_EPOCH);
    let supervisor = Supervisor::new(&timer);
    let mut here = open(&supervisor, 100);
    here.write_all(b"GET /9999999 HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("room");
    // Who takes a little in time is not let go.
    for _ in 0..3 {
        clock.advance(Duration::from_secs(45)).await;
        here.read_exact(&mut [0; 100]).await.expect("more of the answer");
    }
    clock.advance(Duration::from_secs(61)).await;
    let mut rest = Vec::new();
    here.read_to_end(&mut rest).await.expect("an end");
    assert!(rest.len() <= 100, "{} bytes came", rest.len());
}
