use std::{
    borrow::Cow,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Wake, Waker},
};

use crate::hand::Bench;

/// A future whose every poll and every wake the bench of a hand-driven clock knows of.
///
/// It counts as at work from its start, and from each wake, until the end of a poll during which it was not woken
/// again. The wake is counted before it is passed on, so there is no instant at which a task is about to run and
/// does not count.
pub(crate) struct Watched<F> {
    future: Option<Pin<Box<F>>>,
    pulse: Arc<Pulse>,
    waker: Waker,
}

impl<F: Future> Watched<F> {
    pub(crate) fn new(bench: Arc<Bench>, name: Cow<'static, str>, future: F) -> Watched<F> {
        bench.stir(&name);
        let beat = Mutex::new(Beat { phase: Phase::Woken, runtime: None });
        let pulse = Arc::new(Pulse { beat, bench, name });
        let waker = Waker::from(pulse.clone());
        Watched { future: Some(Box::pin(future)), pulse, waker }
    }
}

impl<F: Future> Future for Watched<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.pulse.begin_poll(context.waker());
        let watched = &mut *self;
        let future = watched.future.as_mut().expect("only drop takes it");
        let poll = future.as_mut().poll(&mut Context::from_waker(&watched.waker));
        self.pulse.end_poll();
        poll
    }
}

impl<F> Drop for Watched<F> {
    fn drop(&mut self) {
        // What the future sets free (a socket, a place in a queue) is free before the task counts as ended.
        self.future = None;
        self.pulse.end();
    }
}

struct Pulse {
    beat: Mutex<Beat>,
    bench: Arc<Bench>,
    name: Cow<'static, str>,
}

struct Beat {
    phase: Phase,
    /// How to tell the runtime; there is none before the first poll.
    runtime: Option<Waker>,
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Ended,
    Parked,
    Polled,
    PolledAndWoken,
    Woken,
}

impl Pulse {
    fn begin_poll(&self, runtime: &Waker) {
        let mut beat = self.beat();
        if beat.phase == Phase::Parked {
            // The runtime looks by itself, for example because the task was aborted.
            self.bench.stir(&self.name);
        }
        beat.phase = Phase::Polled;
        beat.runtime = Some(runtime.clone());
    }

    fn end_poll(&self) {
        let mut beat = self.beat();
        match beat.phase {
            Phase::PolledAndWoken => beat.phase = Phase::Woken,
            Phase::Ended | Phase::Parked | Phase::Polled | Phase::Woken => {
                beat.phase = Phase::Parked;
                self.bench.rest(&self.name);
            }
        }
    }

    fn end(&self) {
        let mut beat = self.beat();
        if !matches!(beat.phase, Phase::Parked | Phase::Ended) {
            self.bench.rest(&self.name);
        }
        beat.phase = Phase::Ended;
        let runtime = beat.runtime.take();
        drop(beat);
        drop(runtime);
    }

    fn beat(&self) -> MutexGuard<'_, Beat> {
        self.beat.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Pulse {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut beat = self.beat();
        match beat.phase {
            Phase::Ended => return,
            Phase::Parked => {
                self.bench.stir(&self.name);
                beat.phase = Phase::Woken;
            }
            Phase::Polled => beat.phase = Phase::PolledAndWoken,
            Phase::PolledAndWoken | Phase::Woken => {}
        }
        let runtime = beat.runtime.clone();
        drop(beat);
        if let Some(runtime) = runtime {
            runtime.wake();
        }
    }
}
