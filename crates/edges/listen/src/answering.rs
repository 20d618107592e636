//! The service as the HTTP library sees it: says when a request begins and when its answer has ended.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
};

use http::{Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use hyper::{body::Incoming, service::Service};
use pin_project_lite::pin_project;

use crate::turn::Turn;

/// Who has to be told.
#[derive(Clone, Debug)]
pub(crate) enum Watch {
    /// The stream of a connection of HTTP/1.
    Connection(Arc<Turn>),
    /// The task of one stream of HTTP/2, through the place where the next one finds it.
    Streams(Arc<NextStream>),
}

/// How far the answer on one stream of HTTP/2 is.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pieces: AtomicU64,
    /// Whether the last piece was handed out, and the library has not asked for another.
    with_peer: AtomicBool,
}

impl Progress {
    /// How many pieces the peer had, when it is the peer that more waits for; `None` while the service is at work.
    pub(crate) fn waits_for_peer(&self) -> Option<u64> {
        self.with_peer.load(Relaxed).then(|| self.pieces.load(Relaxed))
    }

    fn note(&self, handed_out: bool) {
        self.with_peer.store(handed_out, Relaxed);
        self.pieces.fetch_add(u64::from(handed_out), Relaxed);
    }
}

/// What the service leaves for the task that the library starts next: it does so right after it called the service.
#[derive(Debug, Default)]
pub(crate) struct NextStream {
    progress: Mutex<Option<Arc<Progress>>>,
}

impl NextStream {
    fn leave(&self, progress: Arc<Progress>) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
    }

    pub(crate) fn take(&self) -> Arc<Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }
}

/// A service that is watched.
pub(crate) struct Watched<S> {
    service: S,
    watch: Watch,
}

impl<S> Watched<S> {
    pub(crate) fn new(service: S, watch: Watch) -> Watched<S> {
        Watched { service, watch }
    }
}

impl<S, B> Service<Request<Incoming>> for Watched<S>
where
    S: Service<Request<Incoming>, Response = Response<B>>,
{
    type Response = Response<Answer<B>>;
    type Error = S::Error;
    type Future = Answering<S::Future>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let until = match &self.watch {
            Watch::Connection(turn) => {
                turn.begins();
                Until::Connection { turn: turn.clone() }
            }
            Watch::Streams(next) => {
                let progress = Arc::<Progress>::default();
                next.leave(progress.clone());
                Until::Stream { progress }
            }
        };
        Answering { future: self.service.call(request), until: Some(until) }
    }
}

pin_project! {
    /// The answer to come.
    pub struct Answering<F> {
        #[pin]
        future: F,
        until: Option<Until>,
    }
}

pin_project! {
    /// The body of an answer that is watched.
    pub struct Answer<B> {
        #[pin]
        body: B,
        until: Until,
    }
}

/// Tells, when it is dropped, that the library holds all of an answer.
#[derive(Debug)]
enum Until {
    Connection { turn: Arc<Turn> },
    Stream { progress: Arc<Progress> },
}

impl Drop for Until {
    fn drop(&mut self) {
        match self {
            Until::Connection { turn } => turn.ends(),
            Until::Stream { .. } => {}
        }
    }
}

impl<F, B, E> Future for Answering<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<Answer<B>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.future.poll(context))?;
        let until = this.until.take().expect("a future that is ready is not polled again");
        if let Until::Connection { turn } = &until
            && response.status() == StatusCode::SWITCHING_PROTOCOLS
        {
            turn.is_handed_over();
        }
        Poll::Ready(Ok(response.map(|body| Answer { body, until })))
    }
}

impl<B: Body> Body for Answer<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let poll = this.body.poll_frame(context);
        if let Until::Stream { progress } = this.until {
            progress.note(poll.is_ready());
        }
        poll
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
