//! The service as the HTTP library sees it: says when a request begins and when its answer has ended.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use http::{Method, Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use hyper::{body::Incoming, service::Service};
use pin_project_lite::pin_project;
use supervise::Timer;

use crate::{
    Cut,
    progress::{Counted, OpenStreams, Progress},
    turn::Turn,
};

/// How long, from its head on, an answer may be on its way: an extension of the response, on the clock of the server.
/// Whatever of it the peer did not take by then it does not get: the connection of HTTP/1 closes, the stream of HTTP/2
/// is reset, or, when all that was left fits into the buffers of the library, is left to [`Limits::write_patience`].
///
/// [`Limits::write_patience`]: crate::Limits::write_patience
#[derive(Clone, Debug)]
pub struct AnswerLimit {
    /// How long.
    pub within: Duration,
    /// Told when it is cut off because of this, or because nothing of it is taken.
    pub cut: Cut,
}

/// Who has to be told.
#[derive(Clone, Debug)]
pub(crate) enum Watch {
    /// The stream of a connection of HTTP/1.
    Connection(Arc<Turn>),
    /// The task of one stream of HTTP/2, through the place where the next one finds it.
    Streams(Arc<OpenStreams>),
}

/// A service that is watched.
pub(crate) struct Watched<S> {
    service: S,
    watch: Watch,
    timer: Timer,
}

impl<S> Watched<S> {
    pub(crate) fn new(service: S, watch: Watch, timer: Timer) -> Watched<S> {
        Watched { service, watch, timer }
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
                Until::Connection { turn: turn.clone(), tunnels: request.method() == Method::CONNECT }
            }
            Watch::Streams(streams) => Until::Stream { progress: streams.leave() },
        };
        Answering { future: self.service.call(request), until: Some(until), timer: self.timer.clone() }
    }
}

pin_project! {
    /// The answer to come.
    pub struct Answering<F> {
        #[pin]
        future: F,
        until: Option<Until>,
        timer: Timer,
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
    Connection { turn: Arc<Turn>, tunnels: bool },
    Stream { progress: Arc<Progress> },
}

impl Drop for Until {
    fn drop(&mut self) {
        match self {
            Until::Connection { turn, .. } => turn.ends(),
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
        let mut response = ready!(this.future.poll(context))?;
        let until = this.until.take().expect("a future that is ready is not polled again");
        if let Some(AnswerLimit { within, cut }) = response.extensions_mut().remove() {
            match &until {
                Until::Connection { turn, .. } => turn.limit().begin(this.timer, within, cut),
                Until::Stream { progress } => progress.limit().begin(this.timer, within, cut),
            }
        }
        // What follows these belongs to another protocol (RFC 9110 §7.8, §9.3.6).
        if let Until::Connection { turn, tunnels } = &until
            && (response.status() == StatusCode::SWITCHING_PROTOCOLS
                || *tunnels && response.status().is_success())
        {
            turn.is_handed_over();
        }
        Poll::Ready(Ok(response.map(|body| Answer { body, until })))
    }
}

impl<B: Body> Body for Answer<B> {
    type Data = Counted<B::Data>;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Counted<B::Data>>, B::Error>>> {
        let this = self.project();
        let poll = this.body.poll_frame(context);
        let progress = match this.until {
            Until::Connection { .. } => None,
            Until::Stream { progress } => Some(&*progress),
        };
        if let Some(progress) = progress {
            progress.note(poll.is_ready());
        }
        let counted = |data| Counted::new(data, progress.cloned());
        poll.map(|frame| frame.map(|frame| frame.map(|frame| frame.map_data(counted))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
