//! Connections to services that wait for the next request, of one core.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use hyper::client::conn::http1;
use jiff::Timestamp;
use outbound::Target;

use crate::exchange::Http2Sender;
use crate::upload::Upload;

/// Connections by where they go. Those of HTTP/1.1 carry one request at a time and are here while they carry none, the
/// one used last on top; those of HTTP/2 carry many and are here until they close.
pub(crate) struct Pool {
    idle: RefCell<HashMap<Target, Vec<Idle>>>,
    shared: RefCell<HashMap<Target, Vec<Shared>>>,
    idle_timeout: Duration,
    most: usize,
}

struct Idle {
    sender: http1::SendRequest<Upload>,
    since: Timestamp,
}

struct Shared {
    sender: Http2Sender,
    under_way: Rc<Cell<usize>>,
    since: Timestamp,
}

/// A connection in use.
pub(crate) enum Lease {
    /// All of it. It goes back when its answer has ended; dropped before, it is closed, because what is left of the
    /// answer would be taken for the next one.
    Connection { pool: Rc<Pool>, sender: http1::SendRequest<Upload>, since: Timestamp, target: Target },
    /// One stream of it, which is reset when its answer is dropped before the end.
    Stream(#[expect(dead_code, reason = "what counts is when it is dropped")] Stream),
}

/// A request that a connection of HTTP/2 carries, as long as this is kept.
pub(crate) struct Stream {
    under_way: Rc<Cell<usize>>,
}

impl Pool {
    pub(crate) fn new(idle_timeout: Duration, most: usize) -> Self {
        Self { idle: RefCell::default(), shared: RefCell::default(), idle_timeout, most }
    }

    /// The connection of HTTP/1.1 that was used last and can take a request now.
    pub(crate) fn take(&self, target: &Target, now: Timestamp) -> Option<http1::SendRequest<Upload>> {
        let mut idle = self.idle.borrow_mut();
        let waiting = idle.get_mut(target)?;
        waiting.retain(|idle| !idle.sender.is_closed() && self.is_fresh(idle.since, now));
        let at = waiting.iter().rposition(|idle| idle.sender.is_ready())?;
        Some(waiting.remove(at).sender)
    }

    /// A stream on a connection of HTTP/2 that has room for one.
    pub(crate) fn stream(&self, target: &Target, now: Timestamp) -> Option<(Http2Sender, Stream)> {
        let mut shared = self.shared.borrow_mut();
        let open = shared.get_mut(target)?;
        open.retain(|shared| {
            !shared.sender.requests.is_closed()
                && (shared.under_way.get() > 0 || self.is_fresh(shared.since, now))
        });
        let room =
            |shared: &Shared| shared.sender.requests.is_ready() && shared.under_way.get() < MOST_STREAMS;
        let found = open.iter_mut().find(|shared| room(shared))?;
        found.since = now;
        Some((found.sender.clone(), Stream::begin(&found.under_way)))
    }

    /// Keeps a new connection of HTTP/2 for others; the stream is the first on it.
    pub(crate) fn share(&self, target: Target, sender: Http2Sender, now: Timestamp) -> Stream {
        let under_way = Rc::default();
        let stream = Stream::begin(&under_way);
        self.shared.borrow_mut().entry(target).or_default().push(Shared { sender, under_way, since: now });
        stream
    }

    /// A connection of HTTP/1.1 in use, to be given back.
    pub(crate) fn lease(
        self: &Rc<Self>,
        target: Target,
        sender: http1::SendRequest<Upload>,
        now: Timestamp,
    ) -> Lease {
        Lease::Connection { pool: self.clone(), sender, since: now, target }
    }

    /// Closes everything that waits, and the rest when it has ended.
    pub(crate) fn close(&self) {
        self.idle.borrow_mut().clear();
        self.shared.borrow_mut().clear();
    }

    fn is_fresh(&self, since: Timestamp, now: Timestamp) -> bool {
        Duration::try_from(now.duration_since(since)).unwrap_or_default() < self.idle_timeout
    }
}

impl Lease {
    /// The answer has ended where it should.
    pub(crate) fn give_back(self) {
        let Self::Connection { pool, sender, since, target } = self else { return };
        if sender.is_closed() {
            return;
        }
        let mut idle = pool.idle.borrow_mut();
        let waiting = idle.entry(target).or_default();
        if waiting.len() >= pool.most {
            // The one at the bottom was used longest ago.
            waiting.remove(0);
        }
        waiting.push(Idle { sender, since });
    }
}

impl Stream {
    fn begin(under_way: &Rc<Cell<usize>>) -> Self {
        under_way.set(under_way.get() + 1);
        Self { under_way: under_way.clone() }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.under_way.set(self.under_way.get() - 1);
    }
}

/// What servers allow by custom (RFC 9113 §6.5.2). At one that allows fewer, the rest waits for its turn.
const MOST_STREAMS: usize = 100;
