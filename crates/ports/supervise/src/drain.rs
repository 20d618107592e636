use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio_util::sync::CancellationToken;

use crate::timer::first;

/// The wish of the process to stop, as seen by those who are to stop. Cheap to clone; never taken back.
#[derive(Clone, Debug, Default)]
pub struct Drain {
    /// Set before the token is: asking the token takes a lock, and every request of every core asks.
    begun: Arc<AtomicBool>,
    token: CancellationToken,
}

impl Drain {
    /// Whether the process wants to stop.
    pub fn is_draining(&self) -> bool {
        self.begun.load(Ordering::Acquire)
    }

    /// Waits until the process wants to stop.
    pub async fn draining(&self) {
        self.token.cancelled().await;
    }

    /// The answer of `future`, or `None` when the process wants to stop before there is one: the condition of a
    /// `while let` of every loop. `future` is dropped in that case, so it has to be one that may be dropped.
    pub async fn unless_draining<F: Future>(&self, future: F) -> Option<F::Output> {
        if self.is_draining() {
            return None;
        }
        first(future, self.token.cancelled()).await
    }

    pub(crate) fn begin(&self) {
        self.begun.store(true, Ordering::Release);
        self.token.cancel();
    }
}
