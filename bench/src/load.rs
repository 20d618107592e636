//! The load: many connections that stay open, one request at a time on each, every answer checked.

use std::cell::Cell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::future::try_join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::clock;
use crate::upstream::BODY;

/// Open connections to one address.
pub struct Load {
    connections: Vec<TcpStream>,
}

/// When a load ends: with whichever comes first.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// So many requests.
    pub requests: usize,
    /// So much time.
    pub time: Duration,
}

impl Load {
    /// Opens the connections.
    ///
    /// # Errors
    /// When one is refused.
    pub async fn connect(address: SocketAddr, connections: u16) -> Result<Self> {
        let mut opened = Vec::new();
        for _ in 0..connections {
            let stream = TcpStream::connect(address).await;
            let stream = stream.with_context(|| format!("nobody listens at {address}"))?;
            stream.set_nodelay(true)?;
            opened.push(stream);
        }
        Ok(Self { connections: opened })
    }

    /// Sends these requests in turn, over and over, until the limit. Gives how many were answered.
    ///
    /// # Errors
    /// When an answer is missing, late or anything but the service's own.
    pub async fn run(&mut self, requests: &[Vec<u8>], limit: Limit) -> Result<usize> {
        Ok(self.waits(requests, limit).await?.len())
    }

    /// The same. Gives how long each answer took, in no order.
    ///
    /// # Errors
    /// When an answer is missing, late or anything but the service's own.
    pub async fn waits(&mut self, requests: &[Vec<u8>], limit: Limit) -> Result<Vec<Duration>> {
        ensure!(!requests.is_empty(), "there is nothing to send");
        let (next, ends) = (Cell::new(0), clock::now() + limit.time);
        let all =
            self.connections.iter_mut().map(|stream| drive(stream, requests, &next, limit.requests, ends));
        let waits = clock::within(limit.time + GRACE, "a load", try_join_all(all)).await?;
        Ok(waits.concat())
    }
}

/// The status of one answer to one request over a connection of its own.
///
/// # Errors
/// When there is no answer.
pub async fn status(address: SocketAddr, request: &[u8]) -> Result<u16> {
    let asked = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request).await?;
        let mut head = [0; STATUS_END];
        stream.read_exact(&mut head).await?;
        let digits = std::str::from_utf8(&head[STATUS_START..]).context("the status is not a number")?;
        Ok(digits.parse()?)
    };
    clock::within(GRACE, "one request", asked).await
}

async fn drive(
    stream: &mut TcpStream,
    requests: &[Vec<u8>],
    next: &Cell<usize>,
    most: usize,
    ends: Instant,
) -> Result<Vec<Duration>> {
    let mut answer = Vec::with_capacity(4096);
    let mut waits = Vec::new();
    let mut sent = clock::now();
    while next.get() < most && sent < ends {
        let request = &requests[next.get() % requests.len()];
        next.set(next.get() + 1);
        stream.write_all(request).await?;
        answer.clear();
        while !is_whole(&answer)? {
            ensure!(stream.read_buf(&mut answer).await? > 0, "a connection was closed before its answer");
        }
        let answered = clock::now();
        waits.push(answered - sent);
        sent = answered;
    }
    Ok(waits)
}

/// Whether this is all of an answer with status 200 and the service's body.
fn is_whole(answer: &[u8]) -> Result<bool> {
    let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return Ok(false) };
    let body = &answer[end + 4..];
    if !answer.starts_with(b"HTTP/1.1 200 ") || !BODY.starts_with(body) {
        bail!("not the answer of the service: {}", String::from_utf8_lossy(&answer[..answer.len().min(400)]));
    }
    Ok(body.len() == BODY.len())
}

/// `HTTP/1.1 200`
const STATUS_START: usize = 9;
const STATUS_END: usize = 12;
/// How long one answer may take.
const GRACE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_with_the_last_byte_of_the_right_body() {
        let answer = [b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n", BODY].concat();
        for cut in 0..answer.len() {
            assert!(!is_whole(&answer[..cut]).unwrap(), "{cut}");
        }
        assert!(is_whole(&answer).unwrap());
    }

    #[test]
    fn any_other_answer_is_an_error() {
        let refused = [b"HTTP/1.1 403 Forbidden\r\n\r\n", BODY].concat();
        assert!(is_whole(&refused).is_err());
        assert!(is_whole(b"HTTP/1.1 200 OK\r\n\r\nhello, moon").is_err());
        let more = [b"HTTP/1.1 200 OK\r\n\r\n", BODY, b"!"].concat();
        assert!(is_whole(&more).is_err());
    }
}
