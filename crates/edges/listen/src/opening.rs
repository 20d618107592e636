use std::time::Duration;

use outbound::Io;
use supervise::on_real_time;
use tokio::io::{AsyncReadExt, ReadBuf};

/// What a peer speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// What a peer sent while it was made out what it speaks: read already, and to be read again.
#[derive(Debug, Default)]
pub(crate) struct First {
    bytes: [u8; PREFACE.len()],
    from: usize,
    to: usize,
}

impl First {
    /// Hands out what is left of it; `false` when nothing is.
    pub(crate) fn read(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        let length = (self.to - self.from).min(buffer.remaining());
        buffer.put_slice(&self.bytes[self.from..self.from + length]);
        self.from += length;
        length > 0
    }
}

/// Finds out what a peer speaks: HTTP/2 when it begins with the whole preface (RFC 9113 §3.4). `None` for a peer that
/// leaves, or that does not say within `patience` of real time: until then no parser runs that would watch the
/// time, and it could keep its place with nothing, or with the letter `P`.
pub(crate) async fn protocol(io: &mut Io, patience: Duration) -> Option<(Protocol, First)> {
    let mut first = First::default();
    let read = async {
        loop {
            let length = io.read(&mut first.bytes[first.to..]).await.ok()?;
            first.to += length;
            if first.to == 0 {
                return None;
            }
            if length == 0 || first.bytes[..first.to] != PREFACE[..first.to] {
                return Some(Protocol::Http1);
            }
            if first.to == PREFACE.len() {
                return Some(Protocol::Http2);
            }
        }
    };
    let protocol = on_real_time(patience, read).await??;
    Some((protocol, first))
}

const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
