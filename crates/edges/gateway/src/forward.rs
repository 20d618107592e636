//! Sends on what was permitted.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TE, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, Version, request};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use jiff::Timestamp;
use outbound::Target;
use run::{Backend, BuiltIn, Protocol, ServedRevision};

use crate::authorise::Permitted;
use crate::body::{Body, Upload};
use crate::headers::{prepare_for_client, prepare_for_upstream};
use crate::hello;
use crate::per_core::Core;
use crate::received::{Received, Routed};
use crate::refusal::{Malformed, Refusal};

type Request = http::Request<Upload>;

impl Core {
    /// Forwards to the service that the permit is for, and hands its answer back as it comes.
    pub(crate) async fn forward(&self, permitted: Permitted) -> Result<Response<Body>, Refusal> {
        let Permitted { routed, permit, audience, credential } = permitted;
        let Routed { request: Received { id, mut head, body, client, upgrade }, revision, .. } = routed;
        let takes_trailers = takes_trailers(&head.headers);
        prepare_for_upstream(&mut head.headers, &client);
        if let Some((name, value)) = credential {
            head.headers.insert(name, value);
        }
        match &revision.backend {
            Backend::Address(target) => match (revision.protocol, upgrade) {
                (Protocol::H2c, Some(_)) => Err(Refusal::UpgradeUnimplemented),
                (Protocol::H2c, None) => {
                    if takes_trailers {
                        head.headers.insert(TE, HeaderValue::from_static("trailers"));
                    }
                    self.send(&revision, target, http2_form(head, Upload::of(body))?, None).await
                }
                (Protocol::Http1, upgrade) => {
                    if upgrade.is_some() {
                        ask_for_websocket(&mut head.headers);
                    }
                    self.send(&revision, target, http1_form(head, Upload::of(body)), upgrade).await
                }
            },
            Backend::BuiltIn(BuiltIn::Hello) => Ok(hello::page(&head, &permit, audience.as_deref(), &id)),
        }
    }

    async fn send(
        &self,
        revision: &ServedRevision,
        target: &Target,
        request: Request,
        upgrade: Option<OnUpgrade>,
    ) -> Result<Response<Body>, Refusal> {
        let mut deadline = self.timer().sleep(revision.timeout);
        let until = self.timer().now().checked_add(revision.timeout).unwrap_or(Timestamp::MAX);
        let trouble = request.body().trouble();
        let answered = {
            let mut exchange = pin!(async {
                match revision.protocol {
                    Protocol::H2c => self.exchange_http2(target, request, until).await,
                    Protocol::Http1 => self.exchange(target, request, until).await,
                }
            });
            poll_fn(|context| match exchange.as_mut().poll(context) {
                Poll::Ready(answered) => Poll::Ready(Some(answered)),
                Poll::Pending => Pin::new(&mut deadline).poll(context).map(|()| None),
            })
            .await
        };
        let late = Refusal::BackendTimedOut { after: revision.timeout };
        let (mut response, lease) = answered.ok_or(late)?.map_err(|refusal| {
            // It was the client that broke off, or did not keep to its own framing.
            if trouble.has_come() { Refusal::Malformed(Malformed::Body) } else { refusal }
        })?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let theirs = hyper::upgrade::on(&mut response);
            let ours = upgrade.filter(|_| is_websocket(response.headers()));
            self.relay(ours.ok_or(Refusal::BackendUnreachable)?, theirs, lease, deadline);
            return Ok(switched(response));
        }
        let (mut head, incoming) = response.into_parts();
        prepare_for_client(&mut head.headers);
        head.version = Version::HTTP_11;
        Ok(Response::from_parts(head, Body::upstream(incoming, lease, deadline)))
    }
}

/// In origin form (RFC 9112 §3.2.1), whatever form the client chose.
fn http1_form(mut head: request::Parts, upload: Upload) -> Request {
    if let Some(target) = head.uri.path_and_query().filter(|_| head.uri.authority().is_some()) {
        head.uri = Uri::from(target.clone());
    }
    head.version = Version::HTTP_11;
    // The library takes a GET without a length for one without a body.
    if matches!(upload, Upload::Incoming(..)) && !head.headers.contains_key(CONTENT_LENGTH) {
        head.headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
    Request::from_parts(head, upload)
}

/// With its host where HTTP/2 has it (RFC 9113 §8.3.1), and the rest of its target as it came.
fn http2_form(mut head: request::Parts, upload: Upload) -> Result<Request, Refusal> {
    let host = head.headers.remove(HOST).ok_or(Refusal::Malformed(Malformed::Host))?;
    let mut uri = Uri::builder().scheme("http").authority(host.as_bytes());
    if let Some(target) = head.uri.path_and_query() {
        uri = uri.path_and_query(target.clone());
    }
    head.uri = uri.build().map_err(|_| Refusal::Malformed(Malformed::Target))?;
    head.version = Version::HTTP_2;
    Ok(Request::from_parts(head, upload))
}

/// Whether the caller takes fields behind the body, as callers of gRPC must.
fn takes_trailers(headers: &HeaderMap) -> bool {
    headers.get_all(TE).iter().any(|value| value.as_bytes().eq_ignore_ascii_case(b"trailers"))
}

fn ask_for_websocket(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
}

fn is_websocket(headers: &HeaderMap) -> bool {
    headers.get(UPGRADE).is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// The answer to a client that gets its WebSocket.
fn switched(response: Response<Incoming>) -> Response<Body> {
    let (mut head, _) = response.into_parts();
    prepare_for_client(&mut head.headers);
    ask_for_websocket(&mut head.headers);
    head.version = Version::HTTP_11;
    Response::from_parts(head, Body::own(""))
}
