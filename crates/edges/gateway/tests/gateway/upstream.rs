//! A service that writes down what it is sent, byte for byte, and answers as it is told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use supervise::Tasks;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What the HTTP library says by itself to what is no request.
pub const LOOKALIKE: &str = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// The length of the answer to `/much`: more than the gate and the pipe of a client in memory hold together.
pub const MUCH: usize = 8 << 20;

#[derive(Clone)]
pub struct Upstream {
    pub address: SocketAddr,
    /// Lets `/wait` be answered.
    pub word: Arc<Notify>,
    /// Told when who waited at `/wait` has left.
    pub left: Arc<Notify>,
    facts: Arc<Mutex<Facts>>,
}

#[derive(Default)]
struct Facts {
    connections: usize,
    open: usize,
    requests: Vec<Seen>,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub head: String,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn values(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }
}

impl Upstream {
    /// Paths choose the answer: see [`answer`].
    pub async fn start(tasks: &Tasks) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = Self {
            address: listener.local_addr().unwrap(),
            facts: Arc::default(),
            word: Arc::default(),
            left: Arc::default(),
        };
        let (shared, tasks) = (upstream.clone(), tasks.clone());
        let inner = tasks.clone();
        tasks.spawn("upstream", async move {
            while let Some(Ok((stream, _))) = inner.drain().unless_draining(listener.accept()).await {
                {
                    let mut facts = shared.facts.lock().unwrap();
                    facts.connections += 1;
                    facts.open += 1;
                }
                let (shared, drain) = (shared.clone(), inner.drain());
                inner.spawn("upstream connection", async move {
                    let _ended = drain.unless_draining(shared.serve(stream)).await;
                    shared.facts.lock().unwrap().open -= 1;
                });
            }
        });
        upstream
    }

    pub fn requests(&self) -> Vec<Seen> {
        self.facts.lock().unwrap().requests.clone()
    }

    pub fn connections(&self) -> usize {
        self.facts.lock().unwrap().connections
    }

    /// Waits until so many connections are open.
    pub async fn has_open(&self, count: usize) {
        while self.facts.lock().unwrap().open != count {
            tokio::task::yield_now().await;
        }
    }

    /// Waits until so many requests came.
    pub async fn is_asked(&self, count: usize) {
        while self.facts.lock().unwrap().requests.len() < count {
            tokio::task::yield_now().await;
        }
    }

    async fn serve(&self, mut stream: TcpStream) -> Option<()> {
        let mut buffer = Vec::new();
        for served in 0.. {
            let end = loop {
                match find(&buffer, b"\r\n\r\n") {
                    Some(end) => break end + 4,
                    None => more(&mut stream, &mut buffer).await?,
                }
            };
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            buffer.drain(..end);
            let seen = Seen { head, body: Vec::new() };
            if seen.head.contains(" /early ") {
                self.facts.lock().unwrap().requests.push(seen);
                stream
                    .write_all(
                        b"HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlarge",
                    )
                    .await
                    .ok()?;
                // Read on, so that the answer is not lost to a reset.
                while more(&mut stream, &mut buffer).await.is_some() {}
                return None;
            }
            if seen.head.contains(" /echo ") {
                self.facts.lock().unwrap().requests.push(seen);
                return echo(&mut stream, buffer).await;
            }
            let seen = body(&mut stream, &mut buffer, seen).await?;
            let path = seen.head.split(' ').nth(1).unwrap_or_default().to_owned();
            let number = {
                let mut facts = self.facts.lock().unwrap();
                facts.requests.push(seen.clone());
                facts.requests.len()
            };
            if path == "/fresh" && served > 0 {
                // Closes the connection at the very moment at which it is used again.
                return None;
            }
            if path == "/stall" {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").await.ok()?;
                while more(&mut stream, &mut buffer).await.is_some() {}
                self.left.notify_one();
                return None;
            }
            if path.starts_with("/ws") {
                let key = seen.values("sec-websocket-key").pop().unwrap_or_default();
                let accept = if path != "/ws-wrong" { accept(key) } else { "of another key".to_owned() };
                return websocket(&mut stream, buffer, &accept, &self.left).await;
            }
            if path == "/events" {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: one\n\n")
                    .await
                    .ok()?;
                self.word.notified().await;
                stream.write_all(b"data: two\n\n").await.ok()?;
                return None;
            }
            if path == "/much" {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {MUCH}\r\n\r\n");
                stream.write_all(head.as_bytes()).await.ok()?;
                stream.write_all(&vec![b'x'; MUCH]).await.ok()?;
                continue;
            }
            if path == "/halves" {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha").await.ok()?;
                self.word.notified().await;
                stream.write_all(b"lf").await.ok()?;
                continue;
            }
            if path == "/wait" {
                tokio::select! {
                    () = self.word.notified() => {}
                    _ = more(&mut stream, &mut buffer) => {
                        self.left.notify_one();
                        return None;
                    }
                }
            }
            answer(&mut stream, &path, &seen, number).await?;
        }
        None
    }
}

async fn answer(stream: &mut TcpStream, path: &str, seen: &Seen, number: usize) -> Option<()> {
    let text = match path {
        "/break" => return None,
        "/break-off" => "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_owned(),
        "/garbage" => "nonsense\r\n\r\n".to_owned(),
        "/hang" => {
            std::future::pending::<()>().await;
            return None;
        }
        "/leftover" => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil".to_owned(),
        "/once" => {
            // Answers, and closes the connection although it said nothing about that.
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await.ok()?;
            return None;
        }
        "/close-delimited" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nuntil the end").await.ok()?;
            return None;
        }
        "/forged" => "HTTP/1.1 200 OK\r\nX-Doorward-Reason: FORGED\r\nConnection: X-Secret\r\nX-Secret: 1\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\nok".to_owned(),
        "/lookalike" => format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{LOOKALIKE}", LOOKALIKE.len()),
        "/who" => {
            let who = seen.values("authorization").join(",");
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{who}", who.len())
        }
        _ => {
            let text = format!("answer {number}");
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len())
        }
    };
    stream.write_all(text.as_bytes()).await.ok()?;
    (path != "/break-off").then_some(())
}

/// What goes with a key (RFC 6455 §4.2.2).
fn accept(key: &str) -> String {
    STANDARD.encode(jose::sha1(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11").as_bytes()))
}

/// Switches, and from then on sends back what comes.
async fn websocket(stream: &mut TcpStream, early: Vec<u8>, accept: &str, left: &Notify) -> Option<()> {
    assert!(early.is_empty(), "bytes came before the switch: {early:?}");
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    let mut buffer = Vec::new();
    while more(stream, &mut buffer).await.is_some() {
        stream.write_all(&buffer).await.ok()?;
        buffer.clear();
    }
    left.notify_one();
    None
}

/// Sends every piece back as it comes.
async fn echo(stream: &mut TcpStream, first: Vec<u8>) -> Option<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await.ok()?;
    // The pieces are chunks already, and are sent back as such.
    stream.write_all(&first).await.ok()?;
    let mut all = first;
    while !all.ends_with(b"0\r\n\r\n") {
        let before = all.len();
        more(stream, &mut all).await?;
        stream.write_all(&all[before..]).await.ok()?;
    }
    Some(())
}

async fn body(stream: &mut TcpStream, buffer: &mut Vec<u8>, mut seen: Seen) -> Option<Seen> {
    if seen.values("transfer-encoding") == ["chunked"] {
        loop {
            let line = loop {
                match find(buffer, b"\r\n") {
                    Some(line) => break line,
                    None => more(stream, buffer).await?,
                }
            };
            let size = usize::from_str_radix(std::str::from_utf8(&buffer[..line]).ok()?, 16).ok()?;
            while buffer.len() < line + 2 + size + 2 {
                more(stream, buffer).await?;
            }
            seen.body.extend_from_slice(&buffer[line + 2..line + 2 + size]);
            buffer.drain(..line + 2 + size + 2);
            if size == 0 {
                return Some(seen);
            }
        }
    }
    let length = seen.values("content-length").first().map_or(0, |length| length.parse().unwrap());
    while buffer.len() < length {
        more(stream, buffer).await?;
    }
    seen.body = buffer.drain(..length).collect();
    Some(seen)
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<()> {
    (stream.read_buf(buffer).await.ok()? > 0).then_some(())
}

fn find(buffer: &[u8], end: &[u8]) -> Option<usize> {
    buffer.windows(end.len()).position(|window| window == end)
}
