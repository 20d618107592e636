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

use crate::answering::{NextStream, Progress};

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
    pub(crate) next: Arc<NextStream>,
    pub(crate) patience: Duration,
    pub(crate) timer: Timer,
}

impl<P: Spawn<Stream<F>>, F> Executor<F> for Streams<P> {
    fn execute(&self, future: F) {
        let progress = self.next.take();
        let (timer, patience) = (self.timer.clone(), self.patience);
        self.spawn.spawn("http2 stream", Stream { future, progress, timer, patience, stalled: None });
    }
}

pin_project! {
    /// A stream that ends when its peer takes nothing of the answer for too long: until it does, the library does not
    /// look at the answer, so that no limit on that one would be noticed.
    pub struct Stream<F> {
        #[pin]
        future: F,
        progress: Arc<Progress>,
        timer: Timer,
        patience: Duration,
        // After how many pieces, and until when.
        stalled: Option<(u64, Sleep)>,
    }
}

impl<F: Future<Output = ()>> Future for Stream<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if this.future.poll(context).is_ready() {
            return Poll::Ready(());
        }
        let Some(pieces) = this.progress.waits_for_peer() else {
            *this.stalled = None;
            return Poll::Pending;
        };
        if this.stalled.as_ref().is_none_or(|(since, _)| *since != pieces) {
            *this.stalled = Some((pieces, this.timer.sleep(*this.patience)));
        }
        if let Some((_, sleep)) = this.stalled {
            ready!(Pin::new(sleep).poll(context));
            tracing::debug!("a peer took nothing of an answer for too long");
        }
        Poll::Ready(())
    }
}
