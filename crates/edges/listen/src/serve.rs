use std::{error::Error, future::Future, pin::pin, time::Duration};

use http::{Request, Response};
use http_body::Body;
use hyper::{body::Incoming, rt::Executor, service::Service};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use supervise::{Drain, Tasks};
use tracing::debug;

use crate::{Connection, HEAD_PATIENCE, opening::Opening};

/// Speaks HTTP/1.1 and HTTP/2 (with prior knowledge) on connections. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Server {
    builder: Builder<Streams>,
    drain: Drain,
    patience: Duration,
}

impl Server {
    /// A server that runs the streams of HTTP/2 as `tasks`, until these drain.
    pub fn new(tasks: &Tasks) -> Server {
        let mut builder = Builder::new(Streams { tasks: tasks.clone() });
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
        Server { builder, drain: tasks.drain(), patience: HEAD_PATIENCE }
    }

    /// The same with another patience for request heads than [`HEAD_PATIENCE`], in real time.
    pub fn with_head_patience(mut self, patience: Duration) -> Server {
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
        S::Future: Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
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
}

/// Runs the streams of HTTP/2.
#[derive(Clone, Debug)]
struct Streams {
    tasks: Tasks,
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        self.tasks.spawn("http2 stream", stream);
    }
}

/// Room for the 80 KB of header fields that a task may have, and what is added to them.
const HEAD_LIMIT_BYTES: usize = 128 << 10;

/// How often a silent HTTP/2 peer is asked whether it is still there.
const PING_INTERVAL: Duration = Duration::from_secs(60);

/// How many requests one HTTP/2 connection may have under way.
const STREAMS: u32 = 200;
