//! One connection of a client.

use std::convert::Infallible;
use std::pin::pin;
use std::rc::Rc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use listen::Connection;

use crate::per_core::{Core, Live};

impl Core {
    /// Serves a connection in a task of its own. When the process drains, the request under way is finished and
    /// the connection closed after it.
    pub(crate) fn serve_connection(self: &Rc<Self>, connection: Connection, clients: &Live) {
        let Connection { io, peer, place } = connection;
        let (core, alive) = (self.clone(), clients.enter());
        self.tasks.spawn_local("gate connection", async move {
            let _until_closed = (alive, place);
            let drain = core.tasks.drain();
            let builder = {
                let mut builder = http1::Builder::new();
                builder
                    .timer(TokioTimer::new())
                    .header_read_timeout(core.config.head_timeout)
                    .max_headers(MOST_HEADERS)
                    .max_buf_size(MOST_HEAD_BYTES);
                builder
            };
            let service = service_fn(|request| {
                let (core, peer) = (core.clone(), peer.clone());
                async move { Ok::<_, Infallible>(core.answer(peer, request).await) }
            });
            let mut connection = pin!(builder.serve_connection(TokioIo::new(io), service));
            let ended = tokio::select! {
                biased;
                ended = connection.as_mut() => Some(ended),
                () = drain.draining() => None,
            };
            let ended = match ended {
                Some(ended) => ended,
                None => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection of a client broke off");
            }
        });
    }
}

/// Above what the gate itself accepts, so that in most cases the refusal is its own, with a request ID.
const MOST_HEADERS: usize = 200;
const MOST_HEAD_BYTES: usize = 256 * 1024;
