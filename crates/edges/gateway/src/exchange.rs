//! One request to a service of HTTP/1.1, and its answer; and what every connection to a service needs.

use std::future::pending;

use http::{Method, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use outbound::{Origin, Target};

use crate::per_core::Core;
use crate::places::{Place, Placed};
use crate::pool::Lease;
use crate::refusal::Refusal;
use crate::upload::Upload;

type Request = http::Request<Upload>;

/// Where a request goes out.
pub(crate) enum Way<T> {
    /// Over a connection that is open already.
    Open(T),
    /// Over one that is still to be made.
    Place(Place),
}

/// Whether a connection has carried a request before: the service may close such a one at any moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Age {
    New,
    Open,
}

impl Core {
    /// Over HTTP/1.1.
    pub(crate) async fn exchange(
        &self,
        target: &Target,
        mut request: Request,
        until: Timestamp,
    ) -> Result<(Response<Incoming>, Lease), Refusal> {
        let mut failed_on_open = false;
        loop {
            let open = if failed_on_open { None } else { self.pool.take(target) };
            let (mut sender, age) = match open {
                Some(sender) => (sender, Age::Open),
                // In a box, as whatever is done seldom: every request would carry the room for it.
                None => Box::pin(self.not_at_hand(target, failed_on_open, until)).await?,
            };
            let spare = (age == Age::Open).then(|| spare(&request));
            match (sender.try_send_request(request).await, spare) {
                (Ok(response), _) => return Ok((response, self.pool.lease(target.clone(), sender))),
                (Err(error), None) => return Err(unreachable(target, error.error())),
                (Err(mut error), Some(spare)) => match (error.take_message(), spare) {
                    // The connection was closed before anything was sent over it: nothing was asked twice.
                    (Some(unsent), _) => request = unsent,
                    (None, Some(again)) => {
                        request = again;
                        failed_on_open = true;
                    }
                    (None, None) => return Err(unreachable(target, error.error())),
                },
            }
        }
    }

    /// A connection where none was free at once: what is free soon, or a new one, which it has to be where an open one has
    /// just failed.
    async fn not_at_hand(
        &self,
        target: &Target,
        failed_on_open: bool,
        until: Timestamp,
    ) -> Result<(http1::SendRequest<Upload>, Age), Refusal> {
        let soon = async { if failed_on_open { pending().await } else { self.pool.soon(target).await } };
        Ok(match self.way(target, soon).await? {
            Way::Open(sender) => (sender, Age::Open),
            Way::Place(place) => (self.connect(target, place, until).await?, Age::New),
        })
    }

    async fn connect(
        &self,
        target: &Target,
        place: Place,
        until: Timestamp,
    ) -> Result<http1::SendRequest<Upload>, Refusal> {
        let io = self.dial(target, place, until).await?;
        let handshake = http1::Builder::new().max_buf_size(MOST_HEAD_BYTES).handshake(io).await;
        let (sender, connection) = handshake.map_err(|error| unreachable(target, &error))?;
        self.drive(connection.with_upgrades());
        Ok(sender)
    }

    /// A place for a connection. Where all places are taken it waits for a moment, for one or for what is open soon.
    pub(crate) async fn way<T>(
        &self,
        target: &Target,
        soon: impl Future<Output = T>,
    ) -> Result<Way<T>, Refusal> {
        if let Some(place) = self.places.try_take(target) {
            return Ok(Way::Place(place));
        }
        let waits = async {
            tokio::select! {
                biased;
                place = self.places.take(target) => Way::Place(place),
                open = soon => Way::Open(open),
            }
        };
        self.timer().timeout(self.connection_patience, waits).await.map_err(|_elapsed| {
            tracing::warn!(%target, "no place for another connection to this address");
            Refusal::BackendConnectionsExhausted
        })
    }

    pub(crate) async fn dial(
        &self,
        target: &Target,
        place: Place,
        until: Timestamp,
    ) -> Result<TokioIo<Placed>, Refusal> {
        let dialled = self.sources.dialer.dial(target, &Origin::Gate, until).await;
        let io = dialled.map_err(|error| unreachable(target, &error))?;
        Ok(TokioIo::new(Placed::new(io, place)))
    }

    pub(crate) fn drive(&self, connection: impl Future<Output = hyper::Result<()>> + 'static) {
        let alive = self.live.enter();
        self.tasks.spawn_local("gate upstream", async move {
            let _alive = alive;
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to a service ended");
            }
        });
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

pub(crate) fn unreachable(target: &Target, error: &dyn std::error::Error) -> Refusal {
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

pub(crate) const MOST_HEAD_BYTES: usize = 256 * 1024;
