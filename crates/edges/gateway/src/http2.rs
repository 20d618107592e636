//! One request to a service of HTTP/2, and its answer.

use std::cell::{Cell, RefCell};
use std::error::Error as _;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::{Response, request};
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper::ext::Protocol;
use hyper::rt::Executor;
use hyper_util::rt::TokioTimer;
use jiff::Timestamp;
use outbound::Target;
use supervise::Tasks;
use tokio::sync::Notify;

use crate::dials::Joined;
use crate::exchange::{MOST_HEAD_BYTES, Way, unreachable};
use crate::kept::Kept;
use crate::per_core::Core;
use crate::places::Place;
use crate::pool::{Lease, Stream};
use crate::refusal::Refusal;
use crate::upload::Upload;

type Request = http::Request<Upload>;

impl Core {
    /// Over HTTP/2, which the service is known to speak. What the service says it has not looked at is sent once more
    /// (RFC 9113 §8.7).
    pub(crate) async fn exchange_http2(
        &self,
        target: &Target,
        mut request: Request,
        until: Timestamp,
    ) -> Result<(Response<Incoming>, Lease), Refusal> {
        let mut second = Second::of(&request);
        let mut tries = 0;
        loop {
            let (mut sender, stream) = self.open_stream(target, until).await?;
            sender.check(&request).await?;
            tries += 1;
            let mut error = match sender.requests.try_send_request(request).await {
                Ok(response) => {
                    if let Some(body) = second.and_then(|second| second.body) {
                        body.arrived();
                    }
                    return Ok((response, Lease::Stream(stream)));
                }
                Err(error) => error,
            };
            let again = match (error.take_message(), unprocessed(error.error())) {
                // The connection takes no more: this request was never on it.
                (Some(unsent), _) => {
                    stream.retire();
                    Some(unsent)
                }
                (None, Some(Unprocessed::GoAway)) => {
                    stream.retire();
                    second.take().and_then(Second::request)
                }
                (None, Some(Unprocessed::Refused)) => second.take().and_then(Second::request),
                (None, None) => None,
            };
            request =
                again.filter(|_| tries < MOST_TRIES).ok_or_else(|| unreachable(target, error.error()))?;
        }
    }

    /// A stream on a connection that has room for one; else on a new one, which only one makes at a time: what comes
    /// meanwhile waits for that.
    async fn open_stream(&self, target: &Target, until: Timestamp) -> Result<(Http2Sender, Stream), Refusal> {
        loop {
            if let Some(open) = self.pool.stream(target) {
                return Ok(open);
            }
            match self.dials.join(target) {
                Joined::First(dial) => {
                    // In a box, as whatever is done seldom.
                    let made = Box::pin(self.new_stream(target, until)).await;
                    // That one's time was over says nothing about the others.
                    if let Err(refusal) = &made
                        && self.timer().now() < until
                    {
                        dial.failed(refusal);
                    }
                    return made;
                }
                Joined::Waits(dial) => tokio::select! {
                    biased;
                    failed = dial.over() => if let Some(refusal) = failed {
                        return Err(refusal);
                    },
                    () = self.pool.given_back() => {}
                },
            }
        }
    }

    async fn new_stream(&self, target: &Target, until: Timestamp) -> Result<(Http2Sender, Stream), Refusal> {
        match self.way(target, self.pool.soon_stream(target)).await? {
            Way::Open(open) => Ok(open),
            Way::Place(place) => {
                let sender = self.connect_http2(target, place, until).await?;
                let stream = self.pool.share(target.clone(), sender.clone());
                Ok((sender, stream))
            }
        }
    }

    async fn connect_http2(
        &self,
        target: &Target,
        place: Place,
        until: Timestamp,
    ) -> Result<Http2Sender, Refusal> {
        let io = self.dial(target, place, until).await?;
        let settings = Rc::<Settings>::default();
        let handshake = http2::Builder::new(Local { tasks: self.tasks.clone(), settings: settings.clone() })
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_INTERVAL)
            .max_header_list_size(MOST_HEAD_BYTES as u32)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .max_send_buf_size(SEND_BUFFER_BYTES)
            .initial_max_send_streams(UNTOLD)
            .handshake(io)
            .await;
        let (requests, mut connection) = handshake.map_err(|error| unreachable(target, &error))?;
        let sender = Http2Sender { requests, settings: settings.clone() };
        self.drive(poll_fn(move |context| {
            let poll = Pin::new(&mut connection).poll(context);
            if poll.is_ready() || connection.current_max_send_streams() != UNTOLD {
                settings.came(connection.is_extended_connect_protocol_enabled());
            } else {
                settings.wake_when_read(context.waker());
            }
            poll
        }));
        Ok(sender)
    }
}

/// A request as it was, for a service that has not looked at it.
struct Second {
    head: request::Parts,
    body: Option<Kept>,
}

impl Second {
    fn of(request: &Request) -> Option<Self> {
        let body = match request.body() {
            Upload::Empty => None,
            Upload::Incoming(..) => return None,
            Upload::Kept(kept) => Some(kept.another()),
        };
        let mut head = http::Request::new(());
        *head.method_mut() = request.method().clone();
        *head.uri_mut() = request.uri().clone();
        *head.headers_mut() = request.headers().clone();
        *head.version_mut() = request.version();
        if let Some(protocol) = request.extensions().get::<Protocol>() {
            head.extensions_mut().insert(protocol.clone());
        }
        Some(Self { head: head.into_parts().0, body })
    }

    /// `None` where more was read of the body than is kept.
    fn request(self) -> Option<Request> {
        let body = match self.body {
            None => Upload::Empty,
            Some(kept) => Upload::Kept(kept.once_more()?),
        };
        Some(Request::from_parts(self.head, body))
    }
}

/// Why nothing was done about a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Unprocessed {
    /// The service closes the connection, and did not come to this request (RFC 9113 §6.8).
    GoAway,
    /// The service did not take this stream.
    Refused,
}

/// What the service said about a request that it did not look at. The library tells of GOAWAY only for the streams
/// behind the last one that the service may have looked at.
fn unprocessed(error: &hyper::Error) -> Option<Unprocessed> {
    let error = error.source()?.downcast_ref::<h2::Error>().filter(|error| error.is_remote())?;
    if error.is_go_away() {
        return Some(Unprocessed::GoAway);
    }
    (error.reason() == Some(h2::Reason::REFUSED_STREAM)).then_some(Unprocessed::Refused)
}

/// Where requests to a connection of HTTP/2 go in.
#[derive(Clone)]
pub(crate) struct Http2Sender {
    pub(crate) requests: http2::SendRequest<Upload>,
    settings: Rc<Settings>,
}

/// What a service says first: whether it takes WebSockets over HTTP/2 (RFC 8441 §3), among other things.
#[derive(Default)]
struct Settings {
    websockets: Cell<Option<bool>>,
    told: Notify,
    /// Who looks whether they came. The library reads in a task of its own and tells nobody.
    looks: RefCell<Option<Waker>>,
}

impl Http2Sender {
    /// Waits until it is known whether the service takes a WebSocket, where the request is for one.
    async fn check(&self, request: &Request) -> Result<(), Refusal> {
        if request.extensions().get::<Protocol>().is_none() {
            return Ok(());
        }
        loop {
            match self.settings.websockets.get() {
                Some(true) => return Ok(()),
                Some(false) => return Err(Refusal::WebSocketUnsupported),
                None => self.settings.told.notified().await,
            }
        }
    }
}

impl Settings {
    fn came(&self, websockets: bool) {
        if self.websockets.replace(Some(websockets)).is_none() {
            self.told.notify_waiters();
        }
    }

    fn wake_when_read(&self, waker: &Waker) {
        *self.looks.borrow_mut() = Some(waker.clone());
    }

    fn were_read_perhaps(&self) {
        if let Some(waker) = self.looks.take() {
            waker.wake();
        }
    }
}

/// Runs what HTTP/2 needs to run on the core that it belongs to: the task that reads and writes, and one or two for
/// each request.
#[derive(Clone)]
struct Local {
    tasks: Tasks,
    settings: Rc<Settings>,
}

impl<F: Future<Output = ()> + 'static> Executor<F> for Local {
    fn execute(&self, future: F) {
        let settings = self.settings.clone();
        if settings.websockets.get().is_some() {
            self.tasks.spawn_local("gate upstream stream", future);
            return;
        }
        let mut future = Box::pin(future);
        let reads = poll_fn(move |context: &mut Context<'_>| -> Poll<()> {
            let poll = future.as_mut().poll(context);
            settings.were_read_perhaps();
            poll
        });
        self.tasks.spawn_local("gate upstream connection", reads);
    }
}

/// How often one request is sent at most, the times included at which it did not get onto the connection.
const MOST_TRIES: usize = 3;

/// Nothing is asked before the service has said how much it takes at once.
const UNTOLD: usize = 0;

/// How much a service may send before its client has taken it, of one answer and of all on a connection.
const STREAM_WINDOW_BYTES: u32 = 256 << 10;
const CONNECTION_WINDOW_BYTES: u32 = 1 << 20;
/// How much of a request is kept for a service that does not take it.
const SEND_BUFFER_BYTES: usize = 256 << 10;
/// How often a silent service is asked whether it is still there, and how long it may take to say so.
const PING_INTERVAL: Duration = Duration::from_secs(30);
