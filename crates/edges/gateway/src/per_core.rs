//! One core of the gate: everything that its requests touch.

use std::cell::{Cell, RefCell};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Duration;

use context::RequestId;
use futures_util::FutureExt as _;
use http::header::CONNECTION;
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use listen::{Server, ThisThread};
use supervise::{Tasks, Timer};
use tokio::sync::Notify;

use crate::answer::{Format, refuse, with_id};
use crate::body::Body;
use crate::chance::Chance;
use crate::client::Client;
use crate::dials::Dials;
use crate::places::Places;
use crate::pool::Pool;
use crate::received::Received;
use crate::record::{Noted, Record};
use crate::refusal::Refusal;
use crate::token_cache::TokenCache;
use crate::unreadable::unreadable;
use crate::watch::Watch;
use crate::websocket::asks_for_websocket;
use crate::{Gateway, Sources, TlsInFront};

/// What the requests of one core share. Nothing of it is shared with another core but snapshots, and the places for
/// connections to services.
pub(crate) struct Core {
    chance: Chance,
    pub(crate) connection_patience: Duration,
    pub(crate) dials: Dials,
    pub(crate) tls_in_front: TlsInFront,
    pub(crate) live: Live,
    pub(crate) places: Places,
    pub(crate) pool: Rc<Pool>,
    pub(crate) server: Server<ThisThread>,
    pub(crate) sources: Sources,
    pub(crate) tasks: Tasks,
    pub(crate) tokens: RefCell<TokenCache>,
    pub(crate) watch: Watch,
}

impl Core {
    pub(crate) fn new(Gateway { config, places, sources }: Gateway, tasks: Tasks) -> Self {
        let timer = tasks.timer().clone();
        Self {
            chance: Chance::of(sources.randomness.clone()),
            connection_patience: config.connection_patience,
            dials: Dials::default(),
            tls_in_front: config.tls_in_front,
            live: Live::default(),
            places,
            pool: Rc::new(Pool::new(timer, config.idle_timeout, config.idle_connections)),
            server: Server::of_this_thread(&tasks, config.limits, unreadable(&sources, tasks.timer()))
                .taking_websockets(),
            sources,
            tasks,
            tokens: RefCell::new(TokenCache::new(config.remembered_tokens)),
            watch: Watch::default(),
        }
    }

    pub(crate) fn timer(&self) -> &Timer {
        self.tasks.timer()
    }

    /// Answers one request, whatever becomes of it on the way.
    pub(crate) async fn answer(
        self: &Rc<Self>,
        client: Client,
        request: Request<Incoming>,
    ) -> Response<Body> {
        let now = self.timer().now();
        let id = self.chance.id(now);
        let format = Format::of(request.headers(), request.version());
        let path = request.uri().path().to_owned();
        let websocket = asks_for_websocket(request.headers());
        let mut record = Record::new(self, Noted::of(&request, &id, now));
        // What a panic leaves half done lives in the request that is given up, and in snapshots that only change as
        // a whole.
        let outcome =
            AssertUnwindSafe(self.process(request, client, id.clone(), record.noted())).catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|_panic| {
            tracing::error!(request_id = %id, "a request panicked");
            Err(Refusal::Internal)
        });
        let (status, response) = match outcome {
            Ok(response) => (response.status(), response),
            Err(refusal) => {
                record.noted().refused(&refusal);
                (refusal.status(), refuse(&refusal, format, &path, &id).map(Body::own))
            }
        };
        let mut response = with_id(response, &id);
        if websocket && response.status() != StatusCode::SWITCHING_PROTOCOLS {
            // What the client may have sent behind its request is of a protocol that nobody speaks here.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        record.answered(status).await;
        response
    }

    /// The life of a request: each step takes what the one before it made.
    async fn process(
        self: &Rc<Self>,
        request: Request<Incoming>,
        client: Client,
        id: RequestId,
        noted: &mut Noted,
    ) -> Result<Response<Body>, Refusal> {
        let received = Received::check(request, client, id)?;
        let permitted = self.decide(received, self.timer().now(), noted)?;
        self.forward(permitted, noted).await
    }
}

/// Counts what is under way, so that a core ends after it.
#[derive(Clone, Default)]
pub(crate) struct Live {
    count: Rc<Cell<usize>>,
    ended: Rc<Notify>,
}

/// Something under way.
pub(crate) struct Alive(Live);

impl Live {
    pub(crate) fn enter(&self) -> Alive {
        self.count.set(self.count.get() + 1);
        Alive(self.clone())
    }

    /// Waits until at most `left` things are under way.
    pub(crate) async fn at_most(&self, left: usize) {
        while self.count.get() > left {
            self.ended.notified().await;
        }
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.count.set(self.0.count.get() - 1);
        self.0.ended.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How large what a request is answered by is, without answering one.
    fn size_of<F>(_: impl FnOnce(Rc<Core>, Client, Request<Incoming>) -> F) -> usize {
        std::mem::size_of::<F>()
    }

    #[test]
    fn a_request_carries_no_room_for_what_is_done_seldom() {
        // The HTTP library moves it twice. What is done seldom, such as connecting, made it 8,900 bytes.
        let size =
            size_of(|core, client, request| async move { core.answer(client, request).await.status() });
        assert!(size <= 6144, "{size} bytes");
    }
}
