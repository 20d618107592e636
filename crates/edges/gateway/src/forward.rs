//! Sends on what was permitted.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use http::{Method, Response, StatusCode, Uri, Version, request};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use outbound::{Origin, Target};
use run::{Backend, BuiltIn};
use supervise::Sleep;

use crate::authorise::Permitted;
use crate::body::{Body, Upload};
use crate::headers::{prepare_for_client, prepare_for_upstream};
use crate::hello;
use crate::per_core::Core;
use crate::pool::Sender;
use crate::received::{Received, Routed};
use crate::refusal::Refusal;

type Request = http::Request<Upload>;

impl Core {
    /// Forwards to the service that the permit is for, and hands its answer back as it comes.
    pub(crate) async fn forward(&self, permitted: Permitted) -> Result<Response<Body>, Refusal> {
        let Permitted { routed, permit, audience, credential } = permitted;
        let Routed { request: Received { id, mut head, body, peer }, revision, .. } = routed;
        prepare_for_upstream(&mut head.headers, &peer);
        if let Some((name, value)) = credential {
            head.headers.insert(name, value);
        }
        match &revision.backend {
            Backend::Address(target) => {
                let deadline = self.timer().sleep(revision.timeout);
                let late = Refusal::BackendTimedOut { after: revision.timeout };
                self.send(target, request(head, body), deadline, revision.timeout).await.unwrap_or(Err(late))
            }
            Backend::BuiltIn(BuiltIn::Hello) => Ok(hello::page(&head, &permit, audience.as_deref(), &id)),
        }
    }

    /// The answer, or `None` when the deadline comes first.
    async fn send(
        &self,
        target: &Target,
        request: Request,
        mut deadline: Sleep,
        timeout: std::time::Duration,
    ) -> Option<Result<Response<Body>, Refusal>> {
        let until = self.timer().now().checked_add(timeout).unwrap_or(Timestamp::MAX);
        let answered = {
            let mut exchange = pin!(self.exchange(target, request, until));
            poll_fn(|context| match exchange.as_mut().poll(context) {
                Poll::Ready(answered) => Poll::Ready(Some(answered)),
                Poll::Pending => std::pin::Pin::new(&mut deadline).poll(context).map(|()| None),
            })
            .await?
        };
        Some(answered.and_then(|(response, sender)| {
            let (mut head, incoming) = response.into_parts();
            if head.status == StatusCode::SWITCHING_PROTOCOLS {
                return Err(Refusal::BackendUnreachable);
            }
            prepare_for_client(&mut head.headers);
            head.version = Version::HTTP_11;
            let lease = self.pool.lease(target.clone(), sender, self.timer().now());
            Ok(Response::from_parts(head, Body::upstream(incoming, lease, deadline)))
        }))
    }

    async fn exchange(
        &self,
        target: &Target,
        mut request: Request,
        until: Timestamp,
    ) -> Result<(Response<Incoming>, Sender), Refusal> {
        while let Some(mut sender) = self.pool.take(target, self.timer().now()) {
            let spare = spare(&request);
            match sender.try_send_request(request).await {
                Ok(response) => return Ok((response, sender)),
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
            Ok(response) => Ok((response, sender)),
            Err(error) => Err(unreachable(target, error.error())),
        }
    }

    async fn connect(&self, target: &Target, until: Timestamp) -> Result<Sender, Refusal> {
        let dialled = self.sources.dialer.dial(target, &Origin::Gate, until).await;
        let io = dialled.map_err(|error| unreachable(target, &error))?;
        let handshake = hyper::client::conn::http1::Builder::new()
            .max_buf_size(MOST_HEAD_BYTES)
            .handshake::<_, Upload>(TokioIo::new(io))
            .await;
        let (sender, connection) = handshake.map_err(|error| unreachable(target, &error))?;
        let alive = self.live.enter();
        self.tasks.spawn_local("gate upstream", async move {
            let _alive = alive;
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to a service ended");
            }
        });
        Ok(sender)
    }
}

/// In origin form (RFC 9112 §3.2.1), whatever form the client chose.
fn request(mut head: request::Parts, body: Incoming) -> Request {
    if let Some(target) = head.uri.path_and_query().filter(|_| head.uri.authority().is_some()) {
        head.uri = Uri::from(target.clone());
    }
    head.version = Version::HTTP_11;
    let ended = http_body::Body::is_end_stream(&body);
    Request::from_parts(head, if ended { Upload::Empty } else { Upload::Incoming(body) })
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
