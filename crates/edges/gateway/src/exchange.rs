//! One request to a service, and its answer.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::ready;
use std::time::Duration;

use http::{Method, Response};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::ext::Protocol;
use hyper::rt::Executor;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use outbound::{Io, Origin, Target};
use supervise::Tasks;
use tokio::sync::Notify;

use crate::per_core::Core;
use crate::pool::Lease;
use crate::refusal::Refusal;
use crate::upload::Upload;

type Request = http::Request<Upload>;

impl Core {
    /// Over HTTP/1.1.
    pub(crate) async fn exchange(
        &self,
        target: &Target,
        mut request: Request,
        until: Timestamp,
    ) -> Result<(Response<Incoming>, Lease), Refusal> {
        let lease = |sender| self.pool.lease(target.clone(), sender, self.timer().now());
        while let Some(mut sender) = self.pool.take(target, self.timer().now()) {
            let spare = spare(&request);
            match sender.try_send_request(request).await {
                Ok(response) => return Ok((response, lease(sender))),
                Err(mut error) => match (error.take_message(), spare) {
                    // The connection was closed before anything was sent over it: nothing was asked twice.
                    (Some(unsent), _) => request = unsent,
                    (None, Some(again)) => {
                        request = again;
                        break;
                    }
                    (None, None) => return Err(unreachable(target, error.error())),
                },
            }
        }
        let mut sender = self.connect(target, until).await?;
        match sender.try_send_request(request).await {
            Ok(response) => Ok((response, lease(sender))),
            Err(error) => Err(unreachable(target, error.error())),
        }
    }

    /// Over HTTP/2, which the service is known to speak.
    pub(crate) async fn exchange_http2(
        &self,
        target: &Target,
        mut request: Request,
        until: Timestamp,
    ) -> Result<(Response<Incoming>, Lease), Refusal> {
        if let Some((mut sender, stream)) = self.pool.stream(target, self.timer().now()) {
            sender.check(&request).await?;
            match sender.requests.try_send_request(request).await {
                Ok(response) => return Ok((response, Lease::Stream(stream))),
                Err(mut error) => match error.take_message() {
                    // The connection takes no more: this request was never on it.
                    Some(unsent) => request = unsent,
                    None => return Err(unreachable(target, error.error())),
                },
            }
        }
        let mut sender = self.connect_http2(target, until).await?;
        let stream = self.pool.share(target.clone(), sender.clone(), self.timer().now());
        sender.check(&request).await?;
        match sender.requests.try_send_request(request).await {
            Ok(response) => Ok((response, Lease::Stream(stream))),
            Err(error) => Err(unreachable(target, error.error())),
        }
    }

    async fn connect(
        &self,
        target: &Target,
        until: Timestamp,
    ) -> Result<http1::SendRequest<Upload>, Refusal> {
        let io = self.dial(target, until).await?;
        let handshake = http1::Builder::new().max_buf_size(MOST_HEAD_BYTES).handshake(TokioIo::new(io)).await;
        let (sender, connection) = handshake.map_err(|error| unreachable(target, &error))?;
        self.drive(connection.with_upgrades());
        Ok(sender)
    }

    async fn connect_http2(&self, target: &Target, until: Timestamp) -> Result<Http2Sender, Refusal> {
        let io = self.dial(target, until).await?;
        let handshake = http2::Builder::new(Local { tasks: self.tasks.clone() })
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_INTERVAL)
            .max_header_list_size(MOST_HEAD_BYTES as u32)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .max_send_buf_size(SEND_BUFFER_BYTES)
            .initial_max_send_streams(UNTOLD)
            .handshake(TokioIo::new(io))
            .await;
        let (requests, mut connection) = handshake.map_err(|error| unreachable(target, &error))?;
        let sender = Http2Sender { requests, websockets: Rc::default() };
        let (websockets, timer) = (sender.websockets.clone(), self.timer().clone());
        let mut look = timer.sleep(LOOK_FOR_SETTINGS);
        self.drive(poll_fn(move |context| {
            let poll = Pin::new(&mut connection).poll(context);
            while websockets.offered.get().is_none() {
                if poll.is_ready() || connection.current_max_send_streams() != UNTOLD {
                    websockets.are_offered(connection.is_extended_connect_protocol_enabled());
                } else {
                    // The library tells nobody when they come.
                    ready!(Pin::new(&mut look).poll(context));
                    look = timer.sleep(LOOK_FOR_SETTINGS);
                }
            }
            poll
        }));
        Ok(sender)
    }

    async fn dial(&self, target: &Target, until: Timestamp) -> Result<Io, Refusal> {
        let dialled = self.sources.dialer.dial(target, &Origin::Gate, until).await;
        dialled.map_err(|error| unreachable(target, &error))
    }

    fn drive(&self, connection: impl Future<Output = hyper::Result<()>> + 'static) {
        let alive = self.live.enter();
        self.tasks.spawn_local("gate upstream", async move {
            let _alive = alive;
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to a service ended");
            }
        });
    }
}

/// Where requests to a connection of HTTP/2 go in.
#[derive(Clone)]
pub(crate) struct Http2Sender {
    pub(crate) requests: http2::SendRequest<Upload>,
    websockets: Rc<WebSockets>,
}

/// Whether a service takes WebSockets over HTTP/2, once it has said so (RFC 8441 §3).
#[derive(Default)]
struct WebSockets {
    offered: Cell<Option<bool>>,
    told: Notify,
}

impl Http2Sender {
    /// Waits until it is known whether the service takes a WebSocket, where the request is for one.
    async fn check(&self, request: &Request) -> Result<(), Refusal> {
        if request.extensions().get::<Protocol>().is_none() {
            return Ok(());
        }
        loop {
            match self.websockets.offered.get() {
                Some(true) => return Ok(()),
                Some(false) => return Err(Refusal::WebSocketUnsupported),
                None => self.websockets.told.notified().await,
            }
        }
    }
}

impl WebSockets {
    fn are_offered(&self, offered: bool) {
        if self.offered.replace(Some(offered)).is_none() {
            self.told.notify_waiters();
        }
    }
}

/// Runs what HTTP/2 needs to run on the core that it belongs to.
#[derive(Clone)]
struct Local {
    tasks: Tasks,
}

impl<F: Future<Output = ()> + 'static> Executor<F> for Local {
    fn execute(&self, future: F) {
        self.tasks.spawn_local("gate upstream stream", future);
    }
}

/// The same request once more, where asking twice is no harm (RFC 9110 §9.2.2) and nothing of a body is lost: for a
/// connection that the service closes at the very moment at which it is used again.
fn spare(request: &Request) -> Option<Request> {
    let harmless = matches!(
        *request.method(),
        Method::DELETE | Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT
    );
    if !harmless || !matches!(request.body(), Upload::Empty) {
        return None;
    }
    let mut again = Request::new(Upload::Empty);
    *again.method_mut() = request.method().clone();
    *again.uri_mut() = request.uri().clone();
    *again.headers_mut() = request.headers().clone();
    Some(again)
}

fn unreachable(target: &Target, error: &dyn std::error::Error) -> Refusal {
    tracing::warn!(%target, error = describe(error), "a service cannot be reached or broke off");
    Refusal::BackendUnreachable
}

fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

const MOST_HEAD_BYTES: usize = 256 * 1024;

/// Nothing is asked before the service has said how much it takes at once.
const UNTOLD: usize = 0;
/// How often it is looked whether it has.
const LOOK_FOR_SETTINGS: Duration = Duration::from_millis(5);

/// How much a service may send before its client has taken it, of one answer and of all on a connection.
const STREAM_WINDOW_BYTES: u32 = 256 << 10;
const CONNECTION_WINDOW_BYTES: u32 = 1 << 20;
/// How much of a request is kept for a service that does not take it.
const SEND_BUFFER_BYTES: usize = 256 << 10;
/// How often a silent service is asked whether it is still there, and how long it may take to say so.
const PING_INTERVAL: Duration = Duration::from_secs(30);
