//! Sends on what was permitted.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use http::header::{CONTENT_LENGTH, HOST, TE, TRANSFER_ENCODING};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, Version, request};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use jiff::Timestamp;
use listen::{AnswerLimit, Cut};
use outbound::Target;
use run::{Backend, BuiltIn, Protocol, ServedRevision};

use crate::answer::{REQUEST_ID, id_value};
use crate::authorise::Permitted;
use crate::body::{Body, Ends, Farewell};
use crate::decide::Routed;
use crate::grpc::is_grpc;
use crate::headers::{prepare_for_client, prepare_for_upstream};
use crate::hello;
use crate::per_core::Core;
use crate::received::Received;
use crate::record::Noted;
use crate::refusal::{Malformed, Refusal};
use crate::under_way::UnderWay;
use crate::upload::Upload;
use crate::websocket::{Expected, Wanted};

type Request = http::Request<Upload>;

impl Core {
    /// Forwards to the service that the permit is for, and hands its answer back as it comes.
    pub(crate) async fn forward(
        self: &Rc<Self>,
        permitted: Permitted<Received>,
        noted: &mut Noted,
    ) -> Result<Response<Body>, Refusal> {
        let Permitted { routed, permit, audience, credential, .. } = permitted;
        let Routed { request: Received { asked, mut head, body, websocket }, entered } = routed;
        let revision = entered.revision(&*self.sources.randomness);
        noted.sent_to(&revision);
        if let Some(below) = entered.below() {
            let below = PathAndQuery::try_from(below).map_err(|_| Refusal::Malformed(Malformed::Target))?;
            head.uri = Uri::from(below);
        }
        let takes_trailers = takes_trailers(&head.headers);
        prepare_for_upstream(&mut head.headers, &asked.client);
        head.headers.insert(REQUEST_ID, id_value(&asked.id));
        if let Some((name, value)) = credential {
            head.headers.insert(name, value);
        }
        let target = match &revision.backend {
            Backend::Address(target) => target,
            Backend::BuiltIn(BuiltIn::Hello) => {
                return Ok(hello::page(&head, &permit, audience.as_deref(), &asked.id));
            }
        };
        let version = head.version;
        let (request, websocket) = match revision.protocol {
            Protocol::H2c => {
                if takes_trailers {
                    head.headers.insert(TE, HeaderValue::from_static("trailers"));
                }
                let asked = websocket.map(|wanted| Ok((wanted.ask_over_http2(&mut head)?, wanted)));
                (http2_form(head, Upload::kept(body))?, asked.transpose()?)
            }
            Protocol::Http1 => {
                let randomness = &*self.sources.randomness;
                let asked = websocket.map(|wanted| (wanted.ask_over_http1(&mut head, randomness), wanted));
                (http1_form(head, Upload::of(body)), asked)
            }
        };
        let under_way = UnderWay::new(self.clone(), asked, entered.service, revision.timeout);
        self.send(&revision, target, request, under_way, Client { version, websocket }).await
    }

    async fn send(
        &self,
        revision: &ServedRevision,
        target: &Target,
        request: Request,
        mut under_way: UnderWay,
        client: Client,
    ) -> Result<Response<Body>, Refusal> {
        let until = self.timer().now().checked_add(revision.timeout).unwrap_or(Timestamp::MAX);
        let upload = request.body().ties();
        let answered = {
            let mut exchange = pin!(async {
                match revision.protocol {
                    // In a box: the other requests would carry the room for it.
                    Protocol::H2c => Box::pin(self.exchange_http2(target, request, until)).await,
                    Protocol::Http1 => self.exchange(target, request, until).await,
                }
            });
            poll_fn(|context| match exchange.as_mut().poll(context) {
                Poll::Ready(answered) => Poll::Ready(Ok(answered)),
                Poll::Pending => Pin::new(&mut under_way).poll(context).map(Err),
            })
            .await
        };
        let answered = answered.inspect_err(|_ended| upload.cut())?;
        let (mut response, lease) = answered.map_err(|refusal| {
            // It was the client that broke off, or did not keep to its own framing.
            if upload.are_troubled() { Refusal::Malformed(Malformed::Body) } else { refusal }
        })?;
        if let Some((expected, wanted)) = client.websocket {
            if expected.is_met(response.status(), response.headers()) {
                let theirs = hyper::upgrade::on(&mut response);
                let (response, ours) = granted(response, wanted);
                under_way.answers(response.status());
                self.relay(ours, theirs, lease, under_way);
                return Ok(response);
            }
            let looks_granted = wanted.takes_any_success() && response.status().is_success();
            if looks_granted || response.status() == StatusCode::SWITCHING_PROTOCOLS {
                return Err(Refusal::WebSocketUnsupported);
            }
        }
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            // Nobody asked for that.
            return Err(Refusal::BackendUnreachable);
        }
        under_way.answers(response.status());
        let (mut head, incoming) = response.into_parts();
        prepare_for_client(&mut head.headers);
        head.version = Version::HTTP_11;
        let left = Duration::try_from(until.duration_since(self.timer().now())).unwrap_or_default();
        // The body says why it ends, as long as it is asked; while the client is slow it is not.
        let cut = Cut::default();
        head.extensions.insert(AnswerLimit { within: left + FAREWELL, cut: cut.clone() });
        let farewell =
            if is_grpc(&head.headers, client.version) { Farewell::Trailers } else { Farewell::Reset };
        let ends = Ends { under_way, farewell, upload, cut };
        Ok(Response::from_parts(head, Body::upstream(incoming, lease, ends)))
    }
}

/// What the answer has to know of who it goes to.
struct Client {
    version: Version,
    /// What it would like to have, and what the service has to answer for it.
    websocket: Option<(Expected, Wanted)>,
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

/// The answer to a client that gets its WebSocket, and the connection to carry it over.
fn granted(response: Response<Incoming>, wanted: Wanted) -> (Response<Body>, OnUpgrade) {
    let (mut head, _) = response.into_parts();
    prepare_for_client(&mut head.headers);
    let connection = wanted.grant(&mut head.status, &mut head.headers);
    head.version = Version::HTTP_11;
    (Response::from_parts(head, Body::own("")), connection)
}

/// How long after its timeout the body of an answer may say why it ends.
const FAREWELL: Duration = Duration::from_secs(1);
