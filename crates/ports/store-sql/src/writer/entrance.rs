//! The way into the writer.

use std::sync::Arc;

use names::Revision;
use store::{ApplyError, Follower, ReadError};
use tokio::sync::{mpsc, oneshot};

use crate::fault::Fault;

use super::Request;
use super::followers::{Counts, Gauges};
use super::step::{Pending, Step};

/// The way into the writer; the writer ends when the last one is gone.
pub(crate) struct Entrance {
    queue: mpsc::Sender<Request>,
    gauges: Arc<Gauges>,
}

/// A way to make the writer look for other nodes' changes; does not keep it running.
#[derive(Clone)]
pub(crate) struct Waker {
    queue: mpsc::WeakSender<Request>,
}

/// The writer is gone.
pub(crate) struct Gone;

impl Entrance {
    pub(super) fn new(queue: mpsc::Sender<Request>, gauges: Arc<Gauges>) -> Self {
        Self { queue, gauges }
    }

    /// Asks for a write and waits for its outcome. Once asked it is done, even if nobody waits any more.
    pub async fn write<S: Step>(&self, step: S) -> Result<S::Output, ApplyError> {
        let (reply, outcome) = oneshot::channel();
        let closed = || Fault::Closed.into_apply();
        self.queue.send(Request::Write(Box::new(Pending::new(step, reply)))).await.map_err(|_| closed())?;
        outcome.await.map_err(|_| closed())?
    }

    /// Asks for writes that have nothing to do with each other, all before the first outcome is waited for.
    pub async fn write_each<S: Step>(&self, steps: Vec<S>) -> Vec<Result<S::Output, ApplyError>> {
        let closed = || Fault::Closed.into_apply();
        let mut asked = Vec::with_capacity(steps.len());
        for step in steps {
            let (reply, outcome) = oneshot::channel();
            let request = Request::Write(Box::new(Pending::new(step, reply)));
            asked.push(self.queue.send(request).await.map(|()| outcome));
        }
        let mut outcomes = Vec::with_capacity(asked.len());
        for outcome in asked {
            outcomes.push(match outcome {
                Ok(outcome) => outcome.await.unwrap_or_else(|_| Err(closed())),
                Err(_) => Err(closed()),
            });
        }
        outcomes
    }

    pub async fn follow(&self, follower: Arc<dyn Follower>) -> Result<Revision, ReadError> {
        let (reply, outcome) = oneshot::channel();
        let closed = || ReadError::Unavailable(Box::new(Fault::Closed));
        self.queue.send(Request::Follow { follower, reply }).await.map_err(|_| closed())?;
        outcome.await.map_err(|_| closed())?
    }

    /// Waits until everything queued so far is done and the database is let go of.
    pub async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        // An error says that it is closed already.
        if self.queue.send(Request::Close(reply)).await.is_ok() {
            let _closed_by_another = closed.await;
        }
    }

    pub fn counts(&self) -> Counts {
        self.gauges.counts()
    }

    pub fn followed(&self) -> Revision {
        self.gauges.followed()
    }

    pub fn waker(&self) -> Waker {
        Waker { queue: self.queue.downgrade() }
    }
}

impl Waker {
    /// Wakes the writer. A queue that is full needs no waking: its next transaction looks for itself.
    pub fn wake(&self) -> Result<(), Gone> {
        match self.queue.upgrade().ok_or(Gone)?.try_send(Request::Wake) {
            Ok(()) | Err(mpsc::error::TrySendError::Full(_)) => Ok(()),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Gone),
        }
    }
}
