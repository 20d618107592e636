use std::{
    future::Future,
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use supervise::Sleep;

use crate::{Cut, CutBecause};

/// Until when an answer may be on its way, for the one who waits for its peer.
#[derive(Debug, Default)]
pub(crate) struct Limited {
    running: Mutex<Option<(Sleep, Cut)>>,
}

impl Limited {
    pub(crate) fn begin(&self, sleep: Sleep, cut: Cut) {
        *self.running() = Some((sleep, cut));
    }

    pub(crate) fn clear(&self) {
        *self.running() = None;
    }

    /// The answer is cut off before the limit is over.
    pub(crate) fn nothing_is_taken(&self) {
        if let Some((_, cut)) = &*self.running() {
            cut.is_because(CutBecause::NothingTaken);
        }
    }

    /// Is ready when the limit is over, and never without one. Whoever is told so cuts the answer off.
    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut running = self.running();
        let Some((sleep, cut)) = &mut *running else { return Poll::Pending };
        ready!(Pin::new(sleep).poll(context));
        cut.is_because(CutBecause::TookTooLong);
        Poll::Ready(())
    }

    fn running(&self) -> MutexGuard<'_, Option<(Sleep, Cut)>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
