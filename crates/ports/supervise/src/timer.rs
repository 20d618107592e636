use std::{
    fmt,
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use context::Clock;
use jiff::Timestamp;

use crate::hand::{Bench, HandClock, HandSleep};

/// What tells the time and what everything waits on. Cheap to clone.
#[derive(Clone)]
pub struct Timer {
    driver: Driver,
}

#[derive(Clone)]
enum Driver {
    ByHand(Arc<Bench>),
    Wall,
}

impl Timer {
    /// The wall clock. Sleeping needs a tokio runtime with its time driver on.
    pub fn wall() -> Timer {
        Timer { driver: Driver::Wall }
    }

    /// A clock that stands at `start` until its [`HandClock`] moves it.
    pub fn by_hand(start: Timestamp) -> (Timer, HandClock) {
        let bench = Bench::new(start);
        (Timer { driver: Driver::ByHand(bench.clone()) }, HandClock::new(bench))
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        match &self.driver {
            Driver::ByHand(bench) => bench.now(),
            Driver::Wall => wall_now(),
        }
    }

    /// Waits until the clock shows `instant`; is done at once when it already does.
    ///
    /// On the wall clock a jump of the clock is noticed within 10 seconds: who waits for 08:00 is
    /// woken when the clock says 08:00, however it got there.
    pub fn sleep_until(&self, instant: Timestamp) -> Sleep {
        Sleep {
            kind: match &self.driver {
                Driver::ByHand(bench) => Kind::ByHand(HandSleep::new(bench.clone(), instant)),
                Driver::Wall => Kind::Until { instant, step: Box::pin(step_towards(instant)) },
            },
        }
    }

    /// Waits for a length of time. On the wall clock this is monotonic: a jump of the clock does not change it.
    pub fn sleep(&self, duration: Duration) -> Sleep {
        Sleep {
            kind: match &self.driver {
                Driver::ByHand(bench) => {
                    let instant = later(bench.now(), duration);
                    Kind::ByHand(HandSleep::new(bench.clone(), instant))
                }
                Driver::Wall => Kind::Elapsing(Box::pin(tokio_sleep(duration))),
            },
        }
    }

    /// The answer of `future`, unless the clock shows `deadline` before it has one. A future that is done at its
    /// first look wins even over a deadline that has passed.
    pub async fn timeout_at<F: Future>(&self, deadline: Timestamp, future: F) -> Result<F::Output, Elapsed> {
        first(future, self.sleep_until(deadline)).await.ok_or(Elapsed { deadline })
    }

    /// The answer of `future`, unless `limit` passes before it has one.
    pub async fn timeout<F: Future>(&self, limit: Duration, future: F) -> Result<F::Output, Elapsed> {
        first(future, self.sleep(limit)).await.ok_or_else(|| Elapsed { deadline: self.now() })
    }

    /// Runs `future`, which waits for something that hand-driven time cannot see at work: the database's own
    /// thread, a name lookup, a child process. Until it is done, [`HandClock::advance`] does not move on. On the
    /// wall clock this is the bare future.
    ///
    /// Never wrap something that itself waits for this timer or for a peer that does: time would wait for it, and
    /// it for time.
    pub async fn outside<F: Future>(&self, name: &'static str, future: F) -> F::Output {
        let _outside = self.bench().map(|bench| bench.enter_outside(name));
        future.await
    }

    pub(crate) fn bench(&self) -> Option<&Arc<Bench>> {
        match &self.driver {
            Driver::ByHand(bench) => Some(bench),
            Driver::Wall => None,
        }
    }
}

impl Clock for Timer {
    fn now(&self) -> Timestamp {
        Timer::now(self)
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.driver {
            Driver::ByHand(bench) => write!(formatter, "Timer::by_hand({})", bench.now()),
            Driver::Wall => formatter.write_str("Timer::wall()"),
        }
    }
}

/// A deadline passed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the deadline {deadline} passed")]
pub struct Elapsed {
    /// The deadline in question, or the instant at which a limit was reached.
    pub deadline: Timestamp,
}

/// A wait on a [`Timer`]; dropping it ends the wait.
#[must_use = "a sleep does nothing unless awaited"]
pub struct Sleep {
    kind: Kind,
}

enum Kind {
    ByHand(HandSleep),
    Elapsing(Pin<Box<tokio::time::Sleep>>),
    Until { instant: Timestamp, step: Pin<Box<tokio::time::Sleep>> },
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.kind {
            Kind::ByHand(sleep) => sleep.poll(context),
            Kind::Elapsing(sleep) => sleep.as_mut().poll(context),
            Kind::Until { instant, step } => {
                while wall_now() < *instant {
                    if step.as_mut().poll(context).is_pending() {
                        return Poll::Pending;
                    }
                    step.set(step_towards(*instant));
                }
                Poll::Ready(())
            }
        }
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sleep")
    }
}

/// Guards a socket on real time, whatever drives the clock: the answer of `future`, or `None` once `limit` of real
/// time has passed. Only for peers that may be slow or hostile (connect, read a head): a decision of the product
/// waits on a [`Timer`].
pub async fn on_real_time<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    first(future, tokio_sleep(limit)).await
}

/// The answer of `future` if it comes before the end of `limit`; `future` is looked at first.
pub(crate) async fn first<F: Future>(future: F, limit: impl Future) -> Option<F::Output> {
    let (mut future, mut limit) = (pin!(future), pin!(limit));
    std::future::poll_fn(move |context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        limit.as_mut().poll(context).map(|_| None)
    })
    .await
}

/// `instant + duration`, or the end of time where that is later.
pub(crate) fn later(instant: Timestamp, duration: Duration) -> Timestamp {
    instant.checked_add(duration).unwrap_or(Timestamp::MAX)
}

#[expect(clippy::disallowed_methods, reason = "the wall clock enters here and nowhere else")]
fn wall_now() -> Timestamp {
    Timestamp::now()
}

#[expect(clippy::disallowed_methods, reason = "this is what Timer is made of")]
fn tokio_sleep(duration: Duration) -> tokio::time::Sleep {
    tokio::time::sleep(duration)
}

fn step_towards(instant: Timestamp) -> tokio::time::Sleep {
    let remaining = Duration::try_from(instant.duration_since(wall_now())).unwrap_or(Duration::ZERO);
    tokio_sleep(remaining.min(RECHECK))
}

/// How often a sleeper that waits for an instant looks at the wall clock again.
const RECHECK: Duration = Duration::from_secs(10);
