use std::{
    error::Error,
    future::Future,
    pin::Pin,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use http::{Request, Response};
use http_body::Body;
use hyper::{
    body::Incoming,
    rt::{Timer as _, bounds::Http2ServerConnExec},
    server::conn::{http1, http2},
    service::Service,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use outbound::Io;
use supervise::{Drain, Tasks, Timer};
use tokio::io::AsyncWriteExt;
use tracing::debug;

use crate::{
    Connection, Limits, Peer, Tls, Unreadable,
    answering::{Answer, Answering, Watch, Watched},
    idleness::{Idle, Idleness},
    opening::{First, Protocol, protocol},
    places::Place,
    progress::OpenStreams,
    stream::Stream,
    streams::{AnyThread, Streams, ThisThread},
    turn::Turn,
    unreadable::Bare,
};

/// Speaks HTTP/1.1 and HTTP/2 (with prior knowledge) on connections. Cheap to clone.
#[derive(Clone)]
pub struct Server<P = AnyThread> {
    drain: Drain,
    http1: http1::Builder,
    limits: Limits,
    spawn: P,
    timer: Timer,
    unreadable: Unreadable,
    websockets: bool,
}

impl Server {
    /// A server that runs the streams of HTTP/2 as `tasks`, until these drain. What is no request is answered by
    /// `unreadable`.
    pub fn new(tasks: &Tasks, limits: Limits, unreadable: Unreadable) -> Server {
        Server::of(AnyThread { tasks: tasks.clone() }, tasks, limits, unreadable)
    }
}

impl Server<ThisThread> {
    /// The same for services whose futures stay on the thread that serves, inside a `LocalSet`.
    pub fn of_this_thread(tasks: &Tasks, limits: Limits, unreadable: Unreadable) -> Self {
        Server::of(ThisThread { tasks: tasks.clone() }, tasks, limits, unreadable)
    }
}

impl<P: Clone> Server<P> {
    fn of(spawn: P, tasks: &Tasks, limits: Limits, unreadable: Unreadable) -> Server<P> {
        let mut http1 = http1::Builder::new();
        http1
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_patience)
            .max_headers(limits.head_fields)
            .max_buf_size(limits.head_bytes);
        let timer = tasks.timer().clone();
        Server { drain: tasks.drain(), http1, limits, spawn, timer, unreadable, websockets: false }
    }

    /// The same for a service that takes WebSockets: tells clients of HTTP/2 that they may ask for them (RFC 8441 §3).
    pub fn taking_websockets(self) -> Server<P> {
        Server { websockets: true, ..self }
    }

    /// Answers the requests of one connection through `service`, until it is closed, or until the process drains
    /// and the requests under way are answered. What goes wrong with the connection is the peer's business and is
    /// logged for those who debug.
    pub async fn serve<S, B>(&self, connection: Connection, service: S)
    where
        S: Service<Request<Incoming>, Response = Response<B>>,
        S::Future: 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
        Streams<P>: Http2ServerConnExec<Answering<S::Future>, Answer<B>>,
    {
        let Connection { io, peer, place, scheme: _, host: _, tls } = connection;
        let Some(mut io) = self.agree(io, tls, &peer).await else { return };
        if place.is_doorstep() {
            return self.turn_away(io, place).await;
        }
        let opening = protocol(&mut io, self.limits.head_patience);
        let Some(Some((protocol, first))) = self.drain.unless_draining(opening).await else { return };
        let turn = Arc::<Turn>::default();
        let patience = (self.timer.clone(), self.limits.write_patience);
        let stream = Stream::new((io, first, place), turn.clone(), self.unreadable.clone(), patience);
        let io = TokioIo::new(stream);
        let outcome = match protocol {
            Protocol::Http1 => {
                let service = Watched::new(service, Watch::Connection(turn.clone()), self.timer.clone());
                let serving = self.http1.serve_connection(io, service).with_upgrades();
                self.until_drained(
                    serving,
                    |serving| serving.graceful_shutdown(),
                    || turn.has_begun(),
                    |_: &mut Context<'_>| Poll::Pending,
                )
                .await
            }
            Protocol::Http2 => {
                turn.is_handed_over();
                let open = Arc::<OpenStreams>::default();
                let service = Watched::new(service, Watch::Streams(open.clone()), self.timer.clone());
                let mut idleness = Idleness::new(open.clone(), self.timer.clone(), &self.limits);
                let serving = self.http2(open).serve_connection(io, service);
                let idle = |context: &mut Context<'_>| idleness.poll(context);
                self.until_drained(serving, |serving| serving.graceful_shutdown(), || true, idle).await
            }
        };
        match outcome {
            Some(Ok(())) => {}
            Some(Err(error)) => log(&peer, &error),
            None => debug!(?peer, "an idle connection did not end when it was asked to"),
        }
    }

    /// The stream after TLS, where that was to be agreed on. Bounded in time, since no parser runs yet that would watch it.
    async fn agree(&self, io: Io, tls: Option<Tls>, peer: &Peer) -> Option<Io> {
        let Some(tls) = tls else { return Some(io) };
        match self.drain.unless_draining(tls.accept(io, self.limits.head_patience)).await? {
            Ok(session) => Some(session.io),
            Err(error) => {
                debug!(?peer, %error, "TLS was not agreed on");
                None
            }
        }
    }

    /// Tells a peer that there is no place for it.
    async fn turn_away(&self, io: Io, place: Place) {
        let patience = (self.timer.clone(), self.limits.write_patience);
        let start = (io, First::default(), place);
        let mut stream = Stream::new(start, Arc::default(), self.unreadable.clone(), patience);
        stream.refuse(Bare::crowded());
        if let Err(error) = stream.shutdown().await {
            debug!(%error, "a connection for which there was no place broke");
        }
    }

    /// Serves on, and asks the connection to end when the process drains; one that has begun to send its first
    /// request is given a moment for it. An idle one is asked to end, too; `None` when it is idle even then.
    async fn until_drained<F>(
        &self,
        serving: F,
        end: impl Fn(Pin<&mut F>),
        has_begun: impl Fn() -> bool,
        mut idle: impl FnMut(&mut Context<'_>) -> Poll<Idle>,
    ) -> Option<F::Output>
    where
        F: Future,
    {
        let mut serving = pin!(serving);
        // Looked at again only when somebody else is to be woken: that the wish is told takes a lock which all share.
        let (mut draining, mut told) = (pin!(self.drain.draining()), None::<Waker>);
        let mut grace = None;
        let (mut has_started, mut asked_to_end) = (false, false);
        std::future::poll_fn(|context| {
            loop {
                // Before the answer, so that one which is ready together with the drain says that it is the last; but
                // not before the connection was looked at.
                if has_started && !asked_to_end && self.drain.is_draining() {
                    let grace = grace.get_or_insert_with(|| Box::pin(TokioTimer::new().sleep(FIRST_REQUEST)));
                    if has_begun() || grace.as_mut().poll(context).is_ready() {
                        asked_to_end = true;
                        end(serving.as_mut());
                    }
                }
                has_started = true;
                if let Poll::Ready(output) = serving.as_mut().poll(context) {
                    return Poll::Ready(Some(output));
                }
                match idle(context) {
                    Poll::Pending => {}
                    Poll::Ready(Idle::Ends) => {
                        asked_to_end = true;
                        end(serving.as_mut());
                        continue;
                    }
                    Poll::Ready(Idle::IsLetGo) => return Poll::Ready(None),
                }
                let mut drains = self.drain.is_draining();
                if !drains && told.as_ref().is_none_or(|waker| !waker.will_wake(context.waker())) {
                    told = Some(context.waker().clone());
                    drains = draining.as_mut().poll(context).is_ready();
                }
                let waits_for_its_first_request = grace.is_some() && !has_begun();
                if asked_to_end || !drains || waits_for_its_first_request {
                    return Poll::Pending;
                }
            }
        })
        .await
    }

    /// Against peers that open and reset streams, or send frames that cost more than they carry: so many resets of
    /// requests that nobody has looked at yet (CVE-2023-44487), and so many errors that make this side reset
    /// (CVE-2025-8671), are taken; then the connection ends with GOAWAY. The length of a head spread over frames
    /// (RUSTSEC-2024-0332) is limited by the library in proportion to the limit set here.
    fn http2(&self, open: Arc<OpenStreams>) -> http2::Builder<Streams<P>> {
        let streams = Streams {
            spawn: self.spawn.clone(),
            open,
            patience: self.limits.write_patience,
            timer: self.timer.clone(),
        };
        let mut builder = http2::Builder::new(streams);
        builder
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(HTTP2_PATIENCE)
            .max_header_list_size(u32::try_from(self.limits.head_bytes).unwrap_or(u32::MAX))
            .max_concurrent_streams(self.limits.streams)
            .max_pending_accept_reset_streams(RESETS_BY_PEER)
            .max_local_error_reset_streams(RESETS_BY_US)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .max_send_buf_size(SEND_BUFFER_BYTES);
        if self.websockets {
            builder.enable_connect_protocol();
        }
        builder
    }
}

fn log(peer: &Peer, error: &hyper::Error) {
    debug!(?peer, %error, "a connection broke");
}

/// How long a connection that has begun to send its first request may go on with it once the process drains.
const FIRST_REQUEST: Duration = Duration::from_secs(1);

/// How often a silent HTTP/2 peer is asked whether it is still there, and how long it may take to say so.
const PING_INTERVAL: Duration = Duration::from_secs(60);
const HTTP2_PATIENCE: Duration = Duration::from_secs(30);

/// Both are many times what a client with a reason to change its mind needs.
const RESETS_BY_PEER: usize = 20;
const RESETS_BY_US: usize = 100;

/// How much a peer may send before the service has taken it, of one request and of all on a connection.
const STREAM_WINDOW_BYTES: u32 = 256 << 10;
const CONNECTION_WINDOW_BYTES: u32 = 1 << 20;

/// How much of an answer is kept for a peer that does not take it.
const SEND_BUFFER_BYTES: usize = 256 << 10;
