//! One request of a client.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use context::RequestId;
use http::{Request, Response, uri::Scheme};
use http_body_util::{BodyExt, Empty, Full, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use listen::{Connection, Peer, Tls};
use names::HostName;
use outbound::{Io, Origin, Target, Url};

use crate::absolute::{self, Side};
use crate::hosts::{Served, served};
use crate::metadata::meant;
use crate::refusal::Refusal;
use crate::target::{Asked, may_tunnel, name};
use crate::{Config, Door, Parts, tunnel};

/// What every request of the intercept needs.
pub(crate) struct Proxy {
    pub(crate) config: Config,
    /// Where it listens.
    pub(crate) own: SocketAddr,
    pub(crate) parts: Parts,
    pub(crate) tls: Tls,
}

/// The body of an answer: somebody else's, or a refusal.
pub(crate) type Body = UnsyncBoxBody<Bytes, hyper::Error>;

impl Proxy {
    /// Answers a request, whatever becomes of it.
    pub(crate) async fn answer(self: Arc<Self>, peer: Peer, request: Request<Incoming>) -> Response<Body> {
        let (own, randomness, now) =
            (self.own, self.parts.randomness.clone(), self.parts.tasks.timer().now());
        match self.fulfil(peer, request).await {
            Ok(response) => response,
            Err(refusal) => {
                tracing::debug!(?refusal, "the intercept refused a request");
                let answer = refusal.answer(own, &RequestId::draw(now, &*randomness));
                answer.map(|text| Full::new(text).map_err(|never| match never {}).boxed_unsync())
            }
        }
    }

    async fn fulfil(
        self: Arc<Self>,
        peer: Peer,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, Refusal> {
        let (head, body) = request.into_parts();
        let asked = Asked::of(&head).map_err(Refusal::NotForProxy)?;
        let request = Request::from_parts(head, body);
        match asked {
            Asked::Answer(url) => self.fetch(peer, &url, request).await,
            Asked::Tunnel(target) => self.connect(peer, target, request).await,
        }
    }

    /// Answers a plain request for a URL.
    async fn fetch(
        &self,
        peer: Peer,
        url: &Url,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, Refusal> {
        let target = url.target();
        let (io, side) = match (meant(target, request.headers()), self.door(target)) {
            (Some(metadata), _) => {
                let metadata = metadata.map_err(Refusal::Metadata)?;
                (self.dial(&metadata).await?, Side::Stranger)
            }
            (None, Some((host, door))) => {
                let (ours, theirs) = tokio::io::duplex(PIPE_BYTES);
                door(Connection::inside(Io::memory(theirs), peer, host.clone(), Scheme::HTTP));
                (Io::memory(ours), Side::Own)
            }
            (None, None) => (self.dial(target).await?, Side::Stranger),
        };
        absolute::fetch(io, side, url, request, self.config.longest_answer).await
    }

    /// Makes a tunnel, or what looks like one and ends here.
    async fn connect(
        self: Arc<Self>,
        peer: Peer,
        target: Target,
        mut request: Request<Incoming>,
    ) -> Result<Response<Body>, Refusal> {
        let tasks = self.parts.tasks.clone();
        let metadata = meant(&target, request.headers()).transpose().map_err(Refusal::Metadata)?;
        if self.door(&target).is_some() {
            let client = hyper::upgrade::on(&mut request);
            tasks.spawn("intercepted connection", async move {
                if let Some((host, door)) = self.door(&target)
                    && let Some((io, scheme)) =
                        tunnel::end_here(client, &target, host, &self.tls, self.config.limits.head_patience)
                            .await
                {
                    door(Connection::inside(io, peer, host.clone(), scheme));
                }
            });
            return Ok(established());
        }
        if !may_tunnel(&target) {
            return Err(Refusal::Port { host: target.host.to_string(), port: target.port });
        }
        let stranger = self.dial(metadata.as_ref().unwrap_or(&target)).await?;
        let client = hyper::upgrade::on(&mut request);
        let (drain, timer, patience) = (tasks.drain(), tasks.timer().clone(), self.config.idle_patience);
        tasks.spawn("tunnel", async move {
            drain.unless_draining(tunnel::carry(client, stranger, &timer, patience)).await;
        });
        Ok(established())
    }

    /// Who serves the host here, if it is not a stranger.
    fn door<'a>(&self, target: &'a Target) -> Option<(&'a HostName, &Door)> {
        let host = name(target)?;
        let door = match served(host, &self.parts.universe)? {
            Served::Api => &self.parts.api,
            Served::Gate => &self.parts.gate,
        };
        Some((host, door))
    }

    async fn dial(&self, target: &Target) -> Result<Io, Refusal> {
        let timer = self.parts.tasks.timer();
        let deadline = timer.now() + self.config.dial_patience;
        self.parts.dialer.dial(target, &Origin::Proxied, deadline).await.map_err(Refusal::NotReached)
    }
}

/// Whatever follows belongs to the tunnel (RFC 9110 §9.3.6).
fn established() -> Response<Body> {
    Response::new(Empty::new().map_err(|never| match never {}).boxed_unsync())
}

const PIPE_BYTES: usize = 64 * 1024;
