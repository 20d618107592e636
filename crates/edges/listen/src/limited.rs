use std::{
    future::Future,
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use supervise::Sleep;

/// Until when an answer may be on its way, for the one who waits for its peer.
#[derive(Debug, Default)]
pub(crate) struct Limited {
    sleep: Mutex<Option<Sleep>>,
}

impl Limited {
    pub(crate) fn begin(&self, sleep: Sleep) {
        *self.sleep() = Some(sleep);
    }

    pub(crate) fn clear(&self) {
        *self.sleep() = None;
    }

    /// Is ready when the limit is over, and never without one.
    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        self.sleep().as_mut().map_or(Poll::Pending, |sleep| Pin::new(sleep).poll(context))
    }

    fn sleep(&self) -> MutexGuard<'_, Option<Sleep>> {
        self.sleep.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
