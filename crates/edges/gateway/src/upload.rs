//! Bodies of requests, on their way to services.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;

use crate::headers::prepare_trailers_for_upstream;
use crate::kept::Kept;

/// The body of a request on its way to a service.
pub(crate) enum Upload {
    /// There is none.
    Empty,
    /// On its way from the client.
    Incoming(Incoming, Ties),
    /// The same, of which the beginning can be sent once more.
    Kept(Kept),
}

/// What the body of a request and who waits for the answer tell each other.
#[derive(Clone, Default)]
pub(crate) struct Ties {
    shared: Option<Rc<Shared>>,
}

#[derive(Default)]
struct Shared {
    /// The client broke off its body, or did not keep to the framing that it announced.
    troubled: Cell<bool>,
    /// Nothing more of the body goes to the service.
    cut: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// Why a request's body breaks off.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadBroken {
    /// The client broke off, or framed its body badly.
    #[error("the client broke off its request")]
    Client(#[source] hyper::Error),
    /// The gate ended the request.
    #[error("the request was ended")]
    Cut,
}

impl Upload {
    /// The body of a client's request.
    pub(crate) fn of(incoming: Incoming) -> Self {
        if http_body::Body::is_end_stream(&incoming) {
            Self::Empty
        } else {
            Self::Incoming(incoming, Ties::new())
        }
    }

    /// The same for a service of HTTP/2, which may say that it has not looked at the request.
    pub(crate) fn kept(incoming: Incoming) -> Self {
        if http_body::Body::is_end_stream(&incoming) {
            Self::Empty
        } else {
            Self::Kept(Kept::of(incoming, Ties::new()))
        }
    }

    pub(crate) fn ties(&self) -> Ties {
        match self {
            Self::Empty => Ties::default(),
            Self::Incoming(_, ties) => ties.clone(),
            Self::Kept(kept) => kept.ties(),
        }
    }
}

impl Ties {
    fn new() -> Self {
        Self { shared: Some(Rc::default()) }
    }

    /// Whether it was the client that broke off.
    pub(crate) fn are_troubled(&self) -> bool {
        self.shared.as_ref().is_some_and(|shared| shared.troubled.get())
    }

    /// Lets nothing more of the body through.
    pub(crate) fn cut(&self) {
        if let Some(shared) = &self.shared {
            shared.cut.set(true);
            if let Some(waker) = shared.waker.take() {
                waker.wake();
            }
        }
    }

    pub(crate) fn poll_cut(&self, context: &Context<'_>) -> Poll<()> {
        let Some(shared) = &self.shared else { return Poll::Pending };
        if shared.cut.get() {
            return Poll::Ready(());
        }
        *shared.waker.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    }

    /// What comes next from the client, as the service gets it.
    pub(crate) fn poll_incoming(
        &self,
        incoming: Pin<&mut Incoming>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UploadBroken>>> {
        let mut frame = ready!(incoming.poll_frame(context));
        match &mut frame {
            Some(Err(_)) => self.are_in_trouble(),
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_mut() {
                    prepare_trailers_for_upstream(trailers);
                }
            }
            None => {}
        }
        Poll::Ready(frame.map(|frame| frame.map_err(UploadBroken::Client)))
    }

    fn are_in_trouble(&self) {
        if let Some(shared) = &self.shared {
            shared.troubled.set(true);
        }
    }
}

impl http_body::Body for Upload {
    type Data = Bytes;
    type Error = UploadBroken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UploadBroken>>> {
        match &mut *self {
            Self::Empty => Poll::Ready(None),
            Self::Incoming(incoming, ties) => {
                if ties.poll_cut(context).is_ready() {
                    return Poll::Ready(Some(Err(UploadBroken::Cut)));
                }
                ties.poll_incoming(Pin::new(incoming), context)
            }
            Self::Kept(kept) => Pin::new(kept).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Incoming(incoming, _) => incoming.is_end_stream(),
            Self::Kept(kept) => kept.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Incoming(incoming, _) => incoming.size_hint(),
            Self::Kept(kept) => kept.size_hint(),
        }
    }
}
