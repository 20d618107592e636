use std::time::Duration;

use crate::HEAD_PATIENCE;

/// What one connection may ask of a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// The longest head of a request: its line and its fields. 128 KiB by default: room for the 80 KB of header
    /// fields that a task may have, and what is added to them.
    pub head_bytes: usize,
    /// The most header fields of a request; 100 by default. In HTTP/2 only their size is limited here.
    pub head_fields: usize,
    /// How long, in real time, a peer may take to send the head of a request, and how long a kept connection may lie
    /// idle before the next: [`HEAD_PATIENCE`] by default. Of HTTP/2 no head is timed by itself: a connection on which
    /// no stream is at work, none begins and no byte of an answer is taken for this time is asked to end (GOAWAY)
    /// after at most twice as long, on the clock of the server, and closed when that much passes once more
    /// ([`write_patience`](Limits::write_patience), if that is longer).
    pub head_patience: Duration,
    /// How many requests one HTTP/2 connection may have under way; 100 by default.
    pub streams: u32,
    /// How long a peer may take nothing of an answer that waits for it; a minute by default. Any byte counts, however
    /// few they are. Over HTTP/2 a byte is taken when the peer's window has room for it, and whether any was is asked
    /// once in this time, so that who takes nothing is let go after at most twice as long.
    pub write_patience: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            head_bytes: 128 << 10,
            head_fields: 100,
            head_patience: HEAD_PATIENCE,
            streams: 100,
            write_patience: Duration::from_secs(60),
        }
    }
}
