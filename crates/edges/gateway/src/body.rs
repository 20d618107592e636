//! Bodies on their way through, without being kept.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use supervise::Sleep;

use crate::headers::{prepare_trailers_for_client, prepare_trailers_for_upstream};
use crate::pool::Lease;

/// The body of an answer.
pub(crate) enum Body {
    /// Made here.
    Own(Option<Bytes>),
    /// On its way from a service.
    Upstream(Upstream),
}

/// The body of a service's answer, the connection that it comes over, and when it has to be over.
pub(crate) struct Upstream {
    incoming: Incoming,
    lease: Option<Lease>,
    deadline: Sleep,
}

/// The body of a request on its way to a service.
pub(crate) enum Upload {
    /// There is none.
    Empty,
    /// On its way from the client.
    Incoming(Incoming, Trouble),
}

/// Whether the client broke off its body, or did not keep to the framing that it announced.
#[derive(Clone, Default)]
pub(crate) struct Trouble {
    has_come: Option<Arc<AtomicBool>>,
}

impl Trouble {
    pub(crate) fn has_come(&self) -> bool {
        self.has_come.as_ref().is_some_and(|come| come.load(Relaxed))
    }

    fn comes(&self) {
        if let Some(come) = &self.has_come {
            come.store(true, Relaxed);
        }
    }
}

/// Why an answer breaks off.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BrokenOff {
    /// The service took longer than its timeout.
    #[error("the service did not finish its answer in time")]
    TimedOut,
    /// The service broke off.
    #[error("the service broke off its answer")]
    Upstream(#[source] hyper::Error),
}

impl Body {
    /// An answer made here.
    pub(crate) fn own(bytes: impl Into<Bytes>) -> Self {
        Self::Own(Some(bytes.into()).filter(|bytes: &Bytes| !bytes.is_empty()))
    }

    /// A service's answer. The connection is free for the next request when the body has ended.
    pub(crate) fn upstream(incoming: Incoming, lease: Lease, deadline: Sleep) -> Self {
        let mut upstream = Upstream { incoming, lease: Some(lease), deadline };
        upstream.give_back_at_end();
        Self::Upstream(upstream)
    }
}

impl Upload {
    /// The body of a client's request.
    pub(crate) fn of(incoming: Incoming) -> Self {
        if http_body::Body::is_end_stream(&incoming) {
            Self::Empty
        } else {
            Self::Incoming(incoming, Trouble { has_come: Some(Arc::default()) })
        }
    }

    /// What is told when it goes wrong.
    pub(crate) fn trouble(&self) -> Trouble {
        match self {
            Self::Empty => Trouble::default(),
            Self::Incoming(_, trouble) => trouble.clone(),
        }
    }
}

impl Upstream {
    fn give_back_at_end(&mut self) {
        if http_body::Body::is_end_stream(&self.incoming)
            && let Some(lease) = self.lease.take()
        {
            lease.give_back();
        }
    }

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        // The deadline first: a service that always has something more to say would never be asked otherwise.
        if Pin::new(&mut self.deadline).poll(context).is_ready() {
            self.lease = None;
            return Poll::Ready(Some(Err(BrokenOff::TimedOut)));
        }
        let mut frame = ready!(Pin::new(&mut self.incoming).poll_frame(context));
        if let Some(Ok(frame)) = &mut frame
            && let Some(trailers) = frame.trailers_mut()
        {
            prepare_trailers_for_client(trailers);
        }
        if frame.is_none()
            && let Some(lease) = self.lease.take()
        {
            lease.give_back();
        }
        self.give_back_at_end();
        Poll::Ready(frame.map(|frame| frame.map_err(BrokenOff::Upstream)))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        match &mut *self {
            Self::Own(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Upstream(upstream) => upstream.poll_piece(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Own(bytes) => bytes.is_none(),
            Self::Upstream(upstream) => http_body::Body::is_end_stream(&upstream.incoming),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Own(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Upstream(upstream) => http_body::Body::size_hint(&upstream.incoming),
        }
    }
}

impl http_body::Body for Upload {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut *self {
            Self::Empty => Poll::Ready(None),
            Self::Incoming(incoming, trouble) => {
                let mut frame = ready!(Pin::new(incoming).poll_frame(context));
                match &mut frame {
                    Some(Err(_)) => trouble.comes(),
                    Some(Ok(frame)) => {
                        if let Some(trailers) = frame.trailers_mut() {
                            prepare_trailers_for_upstream(trailers);
                        }
                    }
                    None => {}
                }
                Poll::Ready(frame)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Incoming(incoming, _) => incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Incoming(incoming, _) => incoming.size_hint(),
        }
    }
}
