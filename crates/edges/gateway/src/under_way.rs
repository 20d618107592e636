//! How long a request may be under way: until the timeout of its service, and as long as the same request would be let
//! in if it came now.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;
use listen::CutBecause;
use run::RoutedService;
use supervise::Sleep;

use crate::asked::Asked;
use crate::per_core::Core;
use crate::record::Noted;
use crate::refusal::Refusal;
use crate::watch::{State, Watched};

/// A request that was permitted and whose answer has not ended. Waiting for it gives the reason to end it.
///
/// A request that is over within a moment costs nothing but a timer that it needs anyway. One that is not comes onto
/// the list of its core, and is decided about once more whenever anything has changed that decisions are made from,
/// when its token ends, and now and then, for conditions that ask for the time.
pub(crate) struct UnderWay {
    within: Box<Within>,
}

struct Within {
    asked: Asked,
    core: Rc<Core>,
    service: Arc<RoutedService>,
    timeout: Duration,
    /// Ends after a moment, and then with the timeout.
    sleep: Sleep,
    /// What is left of the timeout when `sleep` ends.
    left: Duration,
    watched: Option<Watched>,
    /// On what it was decided last, and until when that counts.
    decided: Option<(State, Timestamp)>,
    /// What the client was told, once it was.
    status: Option<StatusCode>,
}

impl UnderWay {
    pub(crate) fn new(core: Rc<Core>, asked: Asked, service: Arc<RoutedService>, timeout: Duration) -> Self {
        let moment = MOMENT.min(timeout);
        let (sleep, left) = (core.timer().sleep(moment), timeout - moment);
        let within =
            Within { asked, core, service, timeout, sleep, left, watched: None, decided: None, status: None };
        Self { within: Box::new(within) }
    }

    /// The head of the answer is on its way: whatever ends it from now on is written down as a decision of its own.
    pub(crate) fn answers(&mut self, status: StatusCode) {
        self.within.status = Some(status);
    }

    /// The client did not take the answer, and was let go.
    pub(crate) fn is_cut_off(&self, because: CutBecause) {
        let within = &self.within;
        let timeout = within.timeout;
        let noted = Noted::again(&within.asked, within.core.timer().now());
        within.note(noted, &Refusal::AnswerNotTaken { because, timeout });
    }
}

impl Future for UnderWay {
    type Output = Refusal;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Refusal> {
        let within = &mut *self.within;
        while Pin::new(&mut within.sleep).poll(context).is_ready() {
            if within.left.is_zero() {
                return Poll::Ready(within.times_out());
            }
            within.sleep = within.core.timer().sleep(std::mem::take(&mut within.left));
            within.watched = Some(within.core.watch.enter(&within.core.sources, &within.core.tasks));
        }
        let Some(watched) = &within.watched else { return Poll::Pending };
        let (now, state) = (within.core.timer().now(), State::of(&within.core.sources));
        let due = match within.decided {
            Some((decided_on, due)) if decided_on == state && now < due => due,
            _ => match within.decide_again(now) {
                Ok(due) => due,
                Err(refusal) => return Poll::Ready(refusal),
            },
        };
        within.decided = Some((state, due));
        watched.wakes(context.waker(), due);
        Poll::Pending
    }
}

impl Within {
    /// Until when the caller may go on as far as can be told now.
    fn decide_again(&self, now: Timestamp) -> Result<Timestamp, Refusal> {
        let mut noted = Noted::again(&self.asked, now);
        let decided = self.core.decide(&self.asked, now, &mut noted).and_then(|permitted| {
            // Another service has its name now.
            let same = permitted.routed.entered.service.uid == self.service.uid;
            if same { Ok(permitted.expires_at) } else { Err(Refusal::RouteNotFound) }
        });
        match decided {
            Ok(expires_at) => {
                let soon = now.checked_add(LOOK_AGAIN).unwrap_or(Timestamp::MAX);
                Ok(expires_at.filter(|at| now < *at).map_or(soon, |at| at.min(soon)))
            }
            Err(refusal) => {
                self.note(noted, &refusal);
                Err(refusal)
            }
        }
    }

    fn times_out(&self) -> Refusal {
        let refusal = Refusal::BackendTimedOut { after: self.timeout };
        // Before the head of the answer it is what is answered, and written down with that.
        if self.status.is_some() {
            self.note(Noted::again(&self.asked, self.core.timer().now()), &refusal);
        }
        refusal
    }

    fn note(&self, mut noted: Noted, refusal: &Refusal) {
        noted.service(&self.service);
        noted.refused(refusal);
        let decision = noted.ended(self.status.unwrap_or_else(|| refusal.status()));
        let decisions = self.core.sources.decisions.clone();
        self.core.tasks.spawn_local("gate record", async move { decisions.record(decision).await });
    }
}

/// A request that takes longer than this is on the list of its core.
const MOMENT: Duration = Duration::from_secs(1);
/// How long a decision counts although nothing has changed: a condition may ask what time it is.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
