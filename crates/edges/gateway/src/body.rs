//! Bodies of answers, on their way through without being kept.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use listen::Cut;

use crate::grpc;
use crate::headers::prepare_trailers_for_client;
use crate::pool::Lease;
use crate::refusal::Refusal;
use crate::under_way::UnderWay;
use crate::upload::Ties;

/// The body of an answer.
pub(crate) enum Body {
    /// Made here.
    Own(Option<Bytes>),
    /// On its way from a service.
    Upstream(Upstream),
}

/// The body of a service's answer, the connection that it comes over, and how long it may come.
pub(crate) struct Upstream {
    incoming: Incoming,
    lease: Option<Lease>,
    ends: Ends,
}

/// What may end an answer before its end, and who is told then.
pub(crate) struct Ends {
    pub(crate) under_way: UnderWay,
    pub(crate) farewell: Farewell,
    pub(crate) upload: Ties,
    /// The listener cuts it off when the client does not take it.
    pub(crate) cut: Cut,
}

/// How the client learns that an answer ends before its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Farewell {
    /// The connection of HTTP/1 closes without the last piece; a stream of HTTP/2 is reset.
    Reset,
    /// A status of gRPC behind what came so far.
    Trailers,
}

/// Why an answer breaks off.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BrokenOff {
    /// It took too long, or the caller may not have it any more.
    #[error("the answer was ended: {reason}")]
    Ended {
        /// The name of the reason.
        reason: &'static str,
    },
    /// The service broke off.
    #[error("the service broke off its answer")]
    Upstream(#[source] hyper::Error),
}

type Piece = Option<Result<Frame<Bytes>, BrokenOff>>;

impl Body {
    /// An answer made here.
    pub(crate) fn own(bytes: impl Into<Bytes>) -> Self {
        Self::Own(Some(bytes.into()).filter(|bytes: &Bytes| !bytes.is_empty()))
    }

    /// A service's answer. The connection is free for the next request when the body has ended.
    pub(crate) fn upstream(incoming: Incoming, lease: Lease, ends: Ends) -> Self {
        let mut upstream = Upstream { incoming, lease: Some(lease), ends };
        upstream.give_back_at_end();
        Self::Upstream(upstream)
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

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Piece> {
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

    /// The last that the client hears. Nothing more of its request is passed on either.
    fn farewell(&self, refusal: &Refusal) -> Piece {
        self.ends.upload.cut();
        Some(match self.ends.farewell {
            Farewell::Reset => Err(BrokenOff::Ended { reason: refusal.reason().name() }),
            Farewell::Trailers => Ok(Frame::trailers(grpc::status(refusal))),
        })
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        if let Some(because) = self.cut.why() {
            self.under_way.is_cut_off(because);
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Piece> {
        let last = match &mut *self {
            Self::Own(bytes) => return Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            // First whether it may go on: a service that always has something more to say would never be asked.
            Self::Upstream(upstream) => match Pin::new(&mut upstream.ends.under_way).poll(context) {
                Poll::Ready(refusal) => upstream.farewell(&refusal),
                Poll::Pending => return upstream.poll_piece(context),
            },
        };
        // With that, the service's connection is closed or its stream reset.
        *self = Self::Own(None);
        Poll::Ready(last)
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
