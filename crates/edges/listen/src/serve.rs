use std::{error::Error, future::Future, pin::pin, time::Duration};

use http::{Request, Response};
use http_body::Body;
use hyper::{body::Incoming, rt::Executor, service::Service};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::conn::auto::{Builder, HttpServerConnExec},
};
use supervise::{Drain, Tasks};
use tracing::debug;

use crate::{Connection, HEAD_PATIENCE, opening::Opening};

/// Speaks HTTP/1.1 and HTTP/2 (with prior knowledge) on connections. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Server<E> {
    builder: Builder<E>,
    drain: Drain,
    patience: Duration,
}

/// Runs the streams of HTTP/2 as tasks of any runtime.
#[derive(Clone, Debug)]
pub struct OnRuntime {
    tasks: Tasks,
}

/// Runs the streams of HTTP/2 as tasks that stay on their thread, for services that cannot leave it.
#[derive(Clone, Debug)]
pub struct OnThread {
    tasks: Tasks,
}

impl Server<OnRuntime> {
    /// A server whose services may be sent between threads.
    pub fn new(tasks: &Tasks) -> Server<OnRuntime> {
        Server::build(OnRuntime { tasks: tasks.clone() }, tasks.drain())
    }
}

impl Server<OnThread> {
    /// A server whose services stay on their thread. To be used inside a tokio `LocalSet`.
    pub fn on_this_thread(tasks: &Tasks) -> Server<OnThread> {
        Server::build(OnThread { tasks: tasks.clone() }, tasks.drain())
    }
}

impl<E> Server<E> {
    /// The same with another patience for request heads than [`HEAD_PATIENCE`], in real time.
    pub fn with_head_patience(mut self, patience: Duration) -> Server<E> {
        self.builder.http1().header_read_timeout(patience);
        self.patience = patience;
        self
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
        E: HttpServerConnExec<S::Future, B>,
    {
        let Connection { io, peer, place } = connection;
        let io = TokioIo::new(Opening::new(io, place, self.patience));
        let mut serving = pin!(self.builder.serve_connection_with_upgrades(io, service));
        let mut draining = pin!(self.drain.draining());
        let mut asked_to_end = false;
        let outcome = std::future::poll_fn(|context| {
            if !asked_to_end && draining.as_mut().poll(context).is_ready() {
                asked_to_end = true;
                serving.as_mut().graceful_shutdown();
            }
            serving.as_mut().poll(context)
        })
        .await;
        if let Err(error) = outcome {
            debug!(?peer, error, "a connection broke");
        }
    }

    fn build(executor: E, drain: Drain) -> Server<E> {
        let mut builder = Builder::new(executor);
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_PATIENCE)
            .max_buf_size(HEAD_LIMIT_BYTES)
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(HEAD_PATIENCE)
            .max_header_list_size(HEAD_LIMIT_BYTES as u32)
            .max_concurrent_streams(STREAMS);
        Server { builder, drain, patience: HEAD_PATIENCE }
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for OnRuntime {
    fn execute(&self, stream: F) {
        self.tasks.spawn("http2 stream", stream);
    }
}

impl<F: Future<Output = ()> + 'static> Executor<F> for OnThread {
    fn execute(&self, stream: F) {
        self.tasks.spawn_local("http2 stream", stream);
    }
}

/// Room for the 80 KB of header fields that a task may have, and what is added to them.
const HEAD_LIMIT_BYTES: usize = 128 << 10;

/// How often a silent HTTP/2 peer is asked whether it is still there.
const PING_INTERVAL: Duration = Duration::from_secs(60);

/// How many requests one HTTP/2 connection may have under way.
const STREAMS: u32 = 200;
