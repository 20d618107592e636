//! The beginning of a request's body, kept until it is known that the service has looked at the request.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;

use crate::upload::{Ties, UploadBroken};

/// A body that can be sent once more, as long as no more was read of it than is kept.
pub(crate) struct Kept {
    body: Rc<RefCell<Body>>,
    /// Which sending this is. Only the last one reads.
    sending: u32,
    /// How many of the pieces that are kept it has passed on.
    passed: usize,
}

struct Body {
    incoming: Incoming,
    ties: Ties,
    sending: u32,
    /// `None` once there was too much.
    pieces: Option<Vec<Piece>>,
    bytes: usize,
}

#[derive(Clone)]
enum Piece {
    Data(Bytes),
    Trailers(HeaderMap),
}

impl Kept {
    pub(crate) fn of(incoming: Incoming, ties: Ties) -> Self {
        let body = Body { incoming, ties, sending: 0, pieces: Some(Vec::new()), bytes: 0 };
        Self { body: Rc::new(RefCell::new(body)), sending: 0, passed: 0 }
    }

    pub(crate) fn ties(&self) -> Ties {
        self.body.borrow().ties.clone()
    }

    /// A handle that reads nothing, for [`once_more`](Self::once_more).
    pub(crate) fn another(&self) -> Self {
        Self { body: self.body.clone(), sending: self.sending, passed: 0 }
    }

    /// The body from its beginning; who sent it before gets no more of it. `None` where too much was read.
    pub(crate) fn once_more(self) -> Option<Self> {
        let mut body = self.body.borrow_mut();
        body.pieces.as_ref()?;
        body.sending += 1;
        let sending = body.sending;
        drop(body);
        Some(Self { body: self.body, sending, passed: 0 })
    }

    /// The service has it: nothing more is kept.
    pub(crate) fn arrived(&self) {
        self.body.borrow_mut().pieces = None;
    }
}

impl Body {
    /// The pieces that come from memory before anything is read.
    fn ahead(&self, passed: usize) -> &[Piece] {
        self.pieces.as_deref().and_then(|pieces| pieces.get(passed..)).unwrap_or_default()
    }

    fn keep(&mut self, frame: &Frame<Bytes>) {
        let piece = match (frame.data_ref(), frame.trailers_ref()) {
            (Some(data), _) => Piece::Data(data.clone()),
            (None, Some(trailers)) => Piece::Trailers(trailers.clone()),
            (None, None) => return,
        };
        self.bytes += frame.data_ref().map_or(0, Bytes::len);
        match &mut self.pieces {
            Some(pieces) if self.bytes <= MOST_BYTES && pieces.len() < MOST_PIECES => pieces.push(piece),
            pieces => *pieces = None,
        }
    }
}

impl http_body::Body for Kept {
    type Data = Bytes;
    type Error = UploadBroken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UploadBroken>>> {
        let this = &mut *self;
        let mut body = this.body.borrow_mut();
        if this.sending != body.sending || body.ties.poll_cut(context).is_ready() {
            return Poll::Ready(Some(Err(UploadBroken::Cut)));
        }
        if let Some(piece) = body.ahead(this.passed).first() {
            this.passed += 1;
            let frame = match piece.clone() {
                Piece::Data(data) => Frame::data(data),
                Piece::Trailers(trailers) => Frame::trailers(trailers),
            };
            return Poll::Ready(Some(Ok(frame)));
        }
        let Body { incoming, ties, .. } = &mut *body;
        let frame = ready!(ties.poll_incoming(Pin::new(incoming), context));
        if let Some(Ok(frame)) = &frame {
            body.keep(frame);
            this.passed += 1;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        let body = self.body.borrow();
        self.sending == body.sending && body.ahead(self.passed).is_empty() && body.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let body = self.body.borrow();
        let kept: u64 = body.ahead(self.passed).iter().map(|piece| piece.bytes() as u64).sum();
        match body.incoming.size_hint().exact() {
            Some(left) => SizeHint::with_exact(kept + left),
            None => SizeHint::default(),
        }
    }
}

impl Piece {
    fn bytes(&self) -> usize {
        match self {
            Self::Data(data) => data.len(),
            Self::Trailers(_) => 0,
        }
    }
}

/// Enough for most messages of gRPC. A piece takes room beside its bytes, too.
const MOST_BYTES: usize = 64 << 10;
const MOST_PIECES: usize = 64;
