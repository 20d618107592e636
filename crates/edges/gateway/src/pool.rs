//! Connections to services that wait for the next request, of one core.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use hyper::client::conn::http1::SendRequest;
use jiff::Timestamp;
use outbound::Target;

use crate::body::Upload;

/// A way to send one request at a time over a connection.
pub(crate) type Sender = SendRequest<Upload>;

/// Unused connections by where they go, the one used last on top.
pub(crate) struct Pool {
    idle: RefCell<HashMap<Target, Vec<Idle>>>,
    idle_timeout: Duration,
    most: usize,
}

struct Idle {
    sender: Sender,
    since: Timestamp,
}

/// A connection in use. It goes back when its answer has ended; dropped before, it is closed, because what is left
/// of the answer would be taken for the next one.
pub(crate) struct Lease {
    pool: Rc<Pool>,
    sender: Sender,
    since: Timestamp,
    target: Target,
}

impl Pool {
    pub(crate) fn new(idle_timeout: Duration, most: usize) -> Self {
        Self { idle: RefCell::default(), idle_timeout, most }
    }

    /// The connection that was used last and can take a request now.
    pub(crate) fn take(&self, target: &Target, now: Timestamp) -> Option<Sender> {
        let mut idle = self.idle.borrow_mut();
        let waiting = idle.get_mut(target)?;
        waiting.retain(|idle| {
            let rested = Duration::try_from(now.duration_since(idle.since)).unwrap_or_default();
            !idle.sender.is_closed() && rested < self.idle_timeout
        });
        let at = waiting.iter().rposition(|idle| idle.sender.is_ready())?;
        Some(waiting.remove(at).sender)
    }

    /// A connection in use, to be given back.
    pub(crate) fn lease(self: &Rc<Self>, target: Target, sender: Sender, now: Timestamp) -> Lease {
        Lease { pool: self.clone(), sender, since: now, target }
    }

    /// Closes everything that waits.
    pub(crate) fn close(&self) {
        self.idle.borrow_mut().clear();
    }
}

impl Lease {
    /// The answer has ended where it should.
    pub(crate) fn give_back(self) {
        if self.sender.is_closed() {
            return;
        }
        let mut idle = self.pool.idle.borrow_mut();
        let waiting = idle.entry(self.target).or_default();
        if waiting.len() >= self.pool.most {
            // The one at the bottom was used longest ago.
            waiting.remove(0);
        }
        waiting.push(Idle { sender: self.sender, since: self.since });
    }
}
