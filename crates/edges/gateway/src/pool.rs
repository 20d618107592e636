//! Connections to services that wait for the next request, of one core.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use hyper::client::conn::http1;
use jiff::Timestamp;
use outbound::Target;
use supervise::{Drain, Timer};
use tokio::sync::Notify;

use crate::http2::Http2Sender;
use crate::places::Places;
use crate::upload::Upload;

/// Connections by where they go. Those of HTTP/1.1 carry one request at a time and are here while they carry none, the
/// one used last on top; those of HTTP/2 carry many and are here until they close.
pub(crate) struct Pool {
    idle: RefCell<HashMap<Target, Vec<Idle>>>,
    shared: RefCell<HashMap<Target, Vec<Shared>>>,
    /// Where the next one that is given back goes to at once.
    awaited: RefCell<Vec<Target>>,
    given_back: Notify,
    idle_timeout: Duration,
    most: usize,
    timer: Timer,
}

struct Idle {
    sender: http1::SendRequest<Upload>,
    since: Timestamp,
}

struct Shared {
    sender: Http2Sender,
    used: Rc<Used>,
}

/// How a connection of HTTP/2 is used.
struct Used {
    retired: Cell<bool>,
    under_way: Cell<usize>,
    /// When the last request on it ended.
    since: Cell<Timestamp>,
}

/// A connection in use.
pub(crate) enum Lease {
    /// All of it. It goes back when its answer has ended; dropped before, it is closed, because what is left of the
    /// answer would be taken for the next one.
    Connection { pool: Rc<Pool>, sender: http1::SendRequest<Upload>, target: Target },
    /// One stream of it, which is reset when its answer is dropped before the end.
    Stream(#[expect(dead_code, reason = "what counts is when it is dropped")] Stream),
}

/// A request that a connection of HTTP/2 carries, as long as this is kept.
pub(crate) struct Stream {
    pool: Rc<Pool>,
    used: Rc<Used>,
}

impl Pool {
    pub(crate) fn new(timer: Timer, idle_timeout: Duration, most: usize) -> Self {
        let (idle, shared, awaited, given_back) = Default::default();
        Self { idle, shared, awaited, given_back, idle_timeout, most, timer }
    }

    /// The connection of HTTP/1.1 that was used last and can take a request now.
    pub(crate) fn take(&self, target: &Target) -> Option<http1::SendRequest<Upload>> {
        let now = self.timer.now();
        let mut idle = self.idle.borrow_mut();
        let waiting = idle.get_mut(target)?;
        // From the top, and no further than needed: those below are looked at when somebody tends.
        for at in (0..waiting.len()).rev() {
            if !self.keeps_idle(&waiting[at], now) {
                waiting.remove(at);
            } else if waiting[at].sender.is_ready() {
                return Some(waiting.remove(at).sender);
            }
        }
        None
    }

    /// The connection of HTTP/1.1 that can take a request next.
    pub(crate) async fn soon(&self, target: &Target) -> http1::SendRequest<Upload> {
        let _awaits = Awaits::begin(self, target);
        loop {
            let given_back = self.given_back.notified();
            let kept = self.idle.borrow_mut().get_mut(target).and_then(Vec::pop);
            match kept {
                // Its last answer may have ended only now.
                Some(mut idle) => {
                    if idle.sender.ready().await.is_ok() {
                        return idle.sender;
                    }
                }
                None => given_back.await,
            }
        }
    }

    /// A stream on a connection of HTTP/2 that has room for one.
    pub(crate) fn stream(self: &Rc<Self>, target: &Target) -> Option<(Http2Sender, Stream)> {
        let now = self.timer.now();
        let mut shared = self.shared.borrow_mut();
        let open = shared.get_mut(target)?;
        open.retain(|shared| self.keeps_shared(shared, now));
        let room = |shared: &&Shared| {
            shared.sender.requests.is_ready() && shared.used.under_way.get() < MOST_STREAMS
        };
        let found = open.iter().find(room)?;
        Some((found.sender.clone(), Stream::begin(self, &found.used)))
    }

    /// The next stream on a connection of HTTP/2.
    pub(crate) async fn soon_stream(self: &Rc<Self>, target: &Target) -> (Http2Sender, Stream) {
        let _awaits = Awaits::begin(self, target);
        loop {
            let given_back = self.given_back.notified();
            if let Some(open) = self.stream(target) {
                return open;
            }
            given_back.await;
        }
    }

    /// Keeps a new connection of HTTP/2 for others; the stream is the first on it.
    pub(crate) fn share(self: &Rc<Self>, target: Target, sender: Http2Sender) -> Stream {
        let (retired, under_way) = Default::default();
        let used = Rc::new(Used { retired, under_way, since: Cell::new(self.timer.now()) });
        let stream = Stream::begin(self, &used);
        self.shared.borrow_mut().entry(target).or_default().push(Shared { sender, used });
        self.given_back.notify_waiters();
        stream
    }

    /// A connection of HTTP/1.1 in use, to be given back.
    pub(crate) fn lease(self: &Rc<Self>, target: Target, sender: http1::SendRequest<Upload>) -> Lease {
        Lease::Connection { pool: self.clone(), sender, target }
    }

    /// Waits until a connection, or a part of one, is there that was not.
    pub(crate) async fn given_back(&self) {
        self.given_back.notified().await;
    }

    /// Closes what has been unused for too long, and what somebody waits for the place of, until the process drains.
    pub(crate) async fn tend(&self, places: &Places, drain: &Drain) {
        let mut wanted = places.wanted();
        loop {
            let ages = async {
                while self.is_empty() {
                    self.given_back().await;
                }
                self.timer.sleep(self.idle_timeout / 2).await;
            };
            let closes = tokio::select! {
                () = drain.draining() => return,
                () = ages => Closes::Old,
                changed = wanted.changed() => changed.map_or(Closes::Old, |()| Closes::Wanted),
            };
            let now = self.timer.now();
            let may_stay = |target: &Target| match closes {
                Closes::Old => true,
                Closes::Wanted => self.awaited.borrow().contains(target) || !places.are_taken(target),
            };
            keep(&mut self.idle.borrow_mut(), |target, idle| self.keeps_idle(idle, now) && may_stay(target));
            keep(&mut self.shared.borrow_mut(), |target, shared| {
                self.keeps_shared(shared, now) && (shared.used.under_way.get() > 0 || may_stay(target))
            });
        }
    }

    /// Closes everything that waits, and the rest when it has ended.
    pub(crate) fn close(&self) {
        self.idle.borrow_mut().clear();
        self.shared.borrow_mut().clear();
    }

    fn is_empty(&self) -> bool {
        self.idle.borrow().is_empty() && self.shared.borrow().is_empty()
    }

    fn keeps_idle(&self, idle: &Idle, now: Timestamp) -> bool {
        !idle.sender.is_closed() && self.is_fresh(idle.since, now)
    }

    fn keeps_shared(&self, Shared { sender, used }: &Shared, now: Timestamp) -> bool {
        let unused_for_long = used.under_way.get() == 0 && !self.is_fresh(used.since.get(), now);
        !sender.requests.is_closed() && !used.retired.get() && !unused_for_long
    }

    fn is_fresh(&self, since: Timestamp, now: Timestamp) -> bool {
        Duration::try_from(now.duration_since(since)).unwrap_or_default() < self.idle_timeout
    }
}

/// Somebody waits for what is given back.
struct Awaits<'a> {
    pool: &'a Pool,
    target: &'a Target,
}

impl<'a> Awaits<'a> {
    fn begin(pool: &'a Pool, target: &'a Target) -> Self {
        pool.awaited.borrow_mut().push(target.clone());
        Self { pool, target }
    }
}

impl Drop for Awaits<'_> {
    fn drop(&mut self) {
        let mut awaited = self.pool.awaited.borrow_mut();
        let at = awaited.iter().position(|awaited| awaited == self.target);
        awaited.swap_remove(at.expect("what begins to wait is put there"));
    }
}

/// What is closed although nobody asked for it yet.
#[derive(Clone, Copy)]
enum Closes {
    Old,
    Wanted,
}

/// Leaves no target behind that nothing is kept for.
fn keep<T>(of_targets: &mut HashMap<Target, Vec<T>>, stays: impl Fn(&Target, &T) -> bool) {
    of_targets.retain(|target, kept| {
        kept.retain(|one| stays(target, one));
        !kept.is_empty()
    });
}

impl Lease {
    /// The answer has ended where it should.
    pub(crate) fn give_back(self) {
        let Self::Connection { pool, sender, target } = self else { return };
        if sender.is_closed() {
            return;
        }
        let since = pool.timer.now();
        let mut idle = pool.idle.borrow_mut();
        let waiting = idle.entry(target).or_default();
        if waiting.len() >= pool.most {
            // The one at the bottom was used longest ago.
            waiting.remove(0);
        }
        waiting.push(Idle { sender, since });
        pool.given_back.notify_waiters();
    }
}

impl Stream {
    fn begin(pool: &Rc<Pool>, used: &Rc<Used>) -> Self {
        used.under_way.set(used.under_way.get() + 1);
        Self { pool: pool.clone(), used: used.clone() }
    }

    /// Nothing more is sent over its connection, which the service is about to close.
    pub(crate) fn retire(&self) {
        self.used.retired.set(true);
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.used.under_way.set(self.used.under_way.get() - 1);
        self.used.since.set(self.pool.timer.now());
        self.pool.given_back.notify_waiters();
    }
}

/// What servers allow by custom (RFC 9113 §6.5.2). At one that allows fewer, the rest waits for its turn.
const MOST_STREAMS: usize = 100;
