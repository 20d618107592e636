use std::{
    future::Future,
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use jiff::Timestamp;
use supervise::{Sleep, Timer};

use crate::{Cut, CutBecause};

/// Until when an answer may be on its way, for the one who waits for its peer.
#[derive(Debug, Default)]
pub(crate) struct Limited {
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    began: Timestamp,
    within: Duration,
    cut: Cut,
    timer: Timer,
    /// Begins when somebody waits: most answers are taken at once, and nobody ever does.
    sleep: Option<Sleep>,
}

impl Limited {
    pub(crate) fn begin(&self, timer: &Timer, within: Duration, cut: Cut) {
        let (began, timer) = (timer.now(), timer.clone());
        *self.running() = Some(Running { began, within, cut, timer, sleep: None });
    }

    pub(crate) fn clear(&self) {
        *self.running() = None;
    }

    /// The answer is cut off before the limit is over.
    pub(crate) fn nothing_is_taken(&self) {
        if let Some(running) = &*self.running() {
            running.cut.is_because(CutBecause::NothingTaken);
        }
    }

    /// Is ready when the limit is over, and never without one. Whoever is told so cuts the answer off.
    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut running = self.running();
        let Some(Running { began, within, cut, timer, sleep }) = &mut *running else { return Poll::Pending };
        let sleep = sleep.get_or_insert_with(|| {
            // Never longer than the limit, whatever was done to the clock meanwhile.
            let passed = Duration::try_from(timer.now().duration_since(*began)).unwrap_or_default();
            timer.sleep(within.saturating_sub(passed))
        });
        ready!(Pin::new(sleep).poll(context));
        cut.is_because(CutBecause::TookTooLong);
        Poll::Ready(())
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
