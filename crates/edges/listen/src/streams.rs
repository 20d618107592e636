//! The tasks of HTTP/2: one for each request.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use hyper::rt::Executor;
use pin_project_lite::pin_project;
use supervise::{Sleep, Tasks, Timer};

use crate::progress::{AtWork, OpenStreams, Progress};

/// Starts tasks.
pub trait Spawn<F> {
    /// Starts one.
    fn spawn(&self, name: &'static str, future: F);
}

/// Tasks that any thread of the runtime may run.
#[derive(Clone, Debug)]
pub struct AnyThread {
    pub(crate) tasks: Tasks,
}

/// Tasks that stay on the thread of their `LocalSet`.
#[derive(Clone, Debug)]
pub struct ThisThread {
    pub(crate) tasks: Tasks,
}

impl<F: Future<Output = ()> + Send + 'static> Spawn<F> for AnyThread {
    fn spawn(&self, name: &'static str, future: F) {
        self.tasks.spawn(name, future);
    }
}

impl<F: Future<Output = ()> + 'static> Spawn<F> for ThisThread {
    fn spawn(&self, name: &'static str, future: F) {
        self.tasks.spawn_local(name, future);
    }
}

/// Runs the streams of one connection.
#[derive(Clone, Debug)]
pub struct Streams<P> {
    pub(crate) spawn: P,
    pub(crate) open: Arc<OpenStreams>,
    pub(crate) patience: Duration,
    pub(crate) timer: Timer,
}

impl<P: Spawn<Stream<F>>, F> Executor<F> for Streams<P> {
    fn execute(&self, future: F) {
        let (progress, at_work) = self.open.begin();
        let (timer, patience) = (self.timer.clone(), self.patience);
        let stream = Stream { future, progress, timer, patience, stalled: None, at_work };
        self.spawn.spawn("http2 stream", stream);
    }
}

pin_project! {
    /// A stream that ends when its peer takes nothing of the answer for too long, or too long for all of it: until it does, the library does not
    /// look at the answer, so that no limit on that one would be noticed.
    pub struct Stream<F> {
        #[pin]
        future: F,
        progress: Arc<Progress>,
        timer: Timer,
        patience: Duration,
        // How many bytes were taken when the waiting began, and until when it goes on.
        stalled: Option<(u64, Sleep)>,
        at_work: AtWork,
    }
}

impl<F: Future<Output = ()>> Future for Stream<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if this.future.poll(context).is_ready() {
            return Poll::Ready(());
        }
        if this.progress.limit().poll(context).is_ready() {
            tracing::debug!("an answer took too long");
            return Poll::Ready(());
        }
        // Bytes are taken without this being polled, so that it is asked at the end of the patience whether any were.
        loop {
            let Some(taken) = this.progress.waits_for_peer() else {
                *this.stalled = None;
                return Poll::Pending;
            };
            match this.stalled {
                Some((since, sleep)) if *since == taken => {
                    ready!(Pin::new(sleep).poll(context));
                    this.progress.limit().nothing_is_taken();
                    tracing::debug!("a peer took nothing of an answer for too long");
                    return Poll::Ready(());
                }
                _ => *this.stalled = Some((taken, this.timer.sleep(*this.patience))),
            }
        }
    }
}
