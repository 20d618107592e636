//! Decisions, from many cores to one writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use context::Context;
use store::{Decided, Decision, PermissionDecision, ReadError, Store};
use supervise::{Drain, Timer};
use tokio::sync::mpsc;

use crate::Sealed;

/// How many decisions may wait, and what happens when more come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// Decisions that may wait to be written; 65,536 by default.
    pub capacity: usize,
    /// What happens when that many wait.
    pub when_full: WhenFull,
}

/// What a full queue does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhenFull {
    /// The decision is dropped and counted; the count is logged.
    CountDropped,
    /// The request waits until there is room.
    Wait,
}

impl Default for Config {
    fn default() -> Self {
        Self { capacity: 65_536, when_full: WhenFull::CountDropped }
    }
}

/// What is known of a decision. The worker makes the record of it, so that who decides spends no time on texts.
pub trait Unwritten: Send {
    /// The record.
    fn written(self: Box<Self>) -> Decision;
}

impl Unwritten for Decision {
    fn written(self: Box<Self>) -> Decision {
        *self
    }
}

impl From<Decision> for Box<dyn Unwritten> {
    fn from(decision: Decision) -> Self {
        Box::new(decision)
    }
}

/// A cheap-clone handle for whoever decides and for whoever asks afterwards.
#[derive(Clone)]
pub struct Decisions {
    sender: mpsc::Sender<Box<dyn Unwritten>>,
    dropped: Arc<AtomicU64>,
    places: Arc<AtomicU32>,
    when_full: WhenFull,
    store: Store,
}

/// Writes what the cores hand over.
pub struct Worker {
    receiver: mpsc::Receiver<Box<dyn Unwritten>>,
    dropped: Arc<AtomicU64>,
    store: Store,
}

impl Decisions {
    /// A queue and the worker that empties it.
    pub fn new(store: Store, config: Config) -> (Self, Worker) {
        let (sender, receiver) = mpsc::channel(config.capacity);
        let dropped = Arc::new(AtomicU64::new(0));
        let worker = Worker { receiver, dropped: dropped.clone(), store: store.clone() };
        // 0 is the place of the request itself.
        let places = Arc::new(AtomicU32::new(1));
        (Self { sender, dropped, places, when_full: config.when_full, store }, worker)
    }

    /// Hands a decision over. Waits only when the queue is full and configured to wait.
    pub async fn record(&self, decision: impl Into<Box<dyn Unwritten>>) {
        let Err(full) = self.sender.try_send(decision.into()) else { return };
        // In a box: those for which there is room, all but a few, would carry the room for it.
        Box::pin(self.found_no_room(full)).await;
    }

    async fn found_no_room(&self, full: mpsc::error::TrySendError<Box<dyn Unwritten>>) {
        match full {
            mpsc::error::TrySendError::Full(decision) if self.when_full == WhenFull::Wait => {
                let waiting = Waiting(Some(&self.dropped));
                if self.sender.send(decision).await.is_ok() {
                    waiting.ends_well();
                }
            }
            _ => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Hands a decision over without waiting, from where nothing can wait: dropped and counted when the queue is full.
    pub fn record_at_once(&self, decision: impl Into<Box<dyn Unwritten>>) {
        if self.sender.try_send(decision.into()).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Writes down how a permission came out that a request asked about. Never waits: where decisions may wait for room,
    /// the request itself does.
    pub fn note(&self, context: &Context, permission: PermissionDecision) {
        let decision = Decision {
            time: context.now(),
            request_id: context.request_id().to_string(),
            // After four thousand million of them the count begins anew.
            ordinal: self.places.fetch_add(1, Ordering::Relaxed).max(1),
            principal: context.principal().to_string(),
            decided: Decided::Permission(permission),
        };
        self.record_at_once(decision);
    }

    /// What was decided under a request ID, once it is written, for those alone who show that they may see it.
    pub async fn find(&self, request_id: &str) -> Result<Option<Sealed>, ReadError> {
        Ok(Sealed::of(self.store.backend().decisions(request_id).await?))
    }
}

/// A decision that waits for room. Given up before it has some, it is counted as dropped.
struct Waiting<'a>(Option<&'a AtomicU64>);

impl Waiting<'_> {
    fn ends_well(mut self) {
        self.0 = None;
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(dropped) = self.0 {
            dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Worker {
    /// Writes batches until the last handle is gone and the queue is empty: whoever answers while the process drains
    /// still holds one. What is dropped is logged, a batch that cannot be written among it: the gate goes on.
    pub async fn run(mut self, timer: Timer, drain: Drain) {
        let mut reported = 0;
        while let Some(first) = self.receiver.recv().await {
            if self.receiver.len() < BATCH {
                // Nobody waits for company while draining.
                let _waited = drain.unless_draining(timer.sleep(LINGER)).await;
            }
            let mut batch = vec![first.written()];
            while batch.len() < BATCH {
                match self.receiver.try_recv() {
                    Ok(decision) => batch.push(decision.written()),
                    Err(_) => break,
                }
            }
            let count = batch.len() as u64;
            if let Err(error) = self.store.backend().append_decisions(batch).await {
                self.dropped.fetch_add(count, Ordering::Relaxed);
                tracing::error!(%error, count, "decisions could not be written");
            }
            self.report(&mut reported);
        }
        self.report(&mut reported);
    }

    fn report(&self, reported: &mut u64) {
        let dropped = self.dropped.load(Ordering::Relaxed);
        if dropped > *reported {
            tracing::warn!(count = dropped - *reported, "decisions were dropped");
            *reported = dropped;
        }
    }
}

/// The longest that a decision waits to be written.
const LINGER: Duration = Duration::from_millis(20);
const BATCH: usize = 1024;

#[cfg(test)]
mod tests;
