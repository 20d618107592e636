//! A request whose framing and target have one reading.

use std::sync::Arc;

use context::{Randomness, RequestId};
use http::header::{CONNECTION, CONTENT_LENGTH, COOKIE, HOST, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, Version, request};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use listen::Peer;
use run::{RouteTable, RoutedService, ServedRevision};

use crate::client::Client;
use crate::refusal::{Malformed, Refusal};

/// A request that can be decided about.
pub(crate) struct Received {
    pub(crate) id: RequestId,
    pub(crate) head: request::Parts,
    pub(crate) body: Incoming,
    pub(crate) client: Client,
    /// A WebSocket that the client would like to have of this connection.
    pub(crate) upgrade: Option<OnUpgrade>,
}

/// A request and the service that it is for. What is decided next is decided about this service, and what is
/// forwarded goes there.
pub(crate) struct Routed {
    pub(crate) request: Received,
    pub(crate) service: Arc<RoutedService>,
    /// What of it answers this request.
    pub(crate) revision: Arc<ServedRevision>,
}

impl Received {
    /// Takes a request as hyper read it, unless it could be read otherwise.
    pub(crate) fn check(
        request: http::Request<Incoming>,
        client: Client,
        id: RequestId,
    ) -> Result<Self, Refusal> {
        let (mut head, body) = request.into_parts();
        check_size(&head.headers)?;
        if head.version == Version::HTTP_2 {
            translate(&mut head)?;
        }
        check_target(&head)?;
        check_framing(&head)?;
        let upgrade = websocket(&mut head, &body)?;
        Ok(Self { id, head, body, client, upgrade })
    }

    /// Finds the service by the request's host, unless it may not be called from there at all: that is answered
    /// before any credential is looked at (facts §2.1).
    pub(crate) fn route(self, routes: &RouteTable, chance: &dyn Randomness) -> Result<Routed, Refusal> {
        let host = self.head.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let found = routes.lookup_authority(host).map_err(|_| Refusal::Malformed(Malformed::Host))?;
        let entered =
            found.ok_or_else(|| Refusal::RouteNotFound { host: host.chars().take(253).collect() })?;
        let delivery_of = match self.client.peer() {
            Peer::Delivery { project, .. } => Some(project),
            Peer::Network(_) => None,
        };
        if !entered.admits(delivery_of) {
            return Err(Refusal::IngressRefused { service: entered.service.name.clone() });
        }
        let revision = entered.revision(chance);
        Ok(Routed { request: self, service: entered.service, revision })
    }
}

/// Threats E: at most 100 headers and 64 KiB of them.
fn check_size(headers: &HeaderMap) -> Result<(), Refusal> {
    const FRAMING: usize = ": \r\n".len();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + FRAMING).sum();
    if headers.len() > MOST_HEADERS || bytes > MOST_HEADER_BYTES {
        Err(Refusal::HeadTooLarge)
    } else {
        Ok(())
    }
}

fn check_target(head: &request::Parts) -> Result<(), Refusal> {
    let refuse = |malformed| Err(Refusal::Malformed(malformed));
    if head.method == Method::CONNECT {
        return refuse(Malformed::Connect);
    }
    let mut hosts = head.headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return refuse(Malformed::Host) };
    if let Some(authority) = head.uri.authority()
        && !authority.as_str().as_bytes().eq_ignore_ascii_case(host.as_bytes())
    {
        return refuse(Malformed::AuthorityIsNotHost);
    }
    match head.uri.path() {
        "*" if head.method == Method::OPTIONS => Ok(()),
        path if path.starts_with('/') => Ok(()),
        _ => refuse(Malformed::Target),
    }
}

fn check_framing(head: &request::Parts) -> Result<(), Refusal> {
    let mut lengths = head.headers.get_all(CONTENT_LENGTH).iter();
    if let Some(length) = lengths.next() {
        let number = !length.is_empty() && length.as_bytes().iter().all(u8::is_ascii_digit);
        if !number || lengths.next().is_some() {
            return Err(Refusal::Malformed(Malformed::Framing));
        }
    }
    let mut codings = head.headers.get_all(TRANSFER_ENCODING).iter();
    if let Some(coding) = codings.next() {
        // Anything but `chunked` alone is read differently by different servers.
        let chunked = coding.as_bytes().eq_ignore_ascii_case(b"chunked") && codings.next().is_none();
        if !chunked || head.headers.contains_key(CONTENT_LENGTH) || head.version != Version::HTTP_11 {
            return Err(Refusal::Malformed(Malformed::Framing));
        }
    }
    Ok(())
}

/// Gives a request of HTTP/2 the form that one of HTTP/1.1 has (RFC 9113 §8.3.1, §8.2.3): whoever it is forwarded to
/// may speak either. Fields of connections, names in capitals and control characters were refused with the stream.
fn translate(head: &mut request::Parts) -> Result<(), Refusal> {
    if let Some(authority) = head.uri.authority()
        && !head.headers.contains_key(HOST)
    {
        let host = HeaderValue::try_from(authority.as_str());
        head.headers.insert(HOST, host.map_err(|_| Refusal::Malformed(Malformed::Host))?);
    }
    let crumbs: Vec<_> = head.headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if crumbs.len() > 1 {
        let cookie = HeaderValue::from_bytes(&crumbs.join(&b"; "[..]));
        head.headers.insert(COOKIE, cookie.map_err(|_| Refusal::Malformed(Malformed::Framing))?);
    }
    Ok(())
}

/// The WebSocket that the client asks for (RFC 6455 §4.1). A client that offers HTTP/2 on this connection does without
/// it; nothing else is there to be asked for.
fn websocket(head: &mut request::Parts, body: &Incoming) -> Result<Option<OnUpgrade>, Refusal> {
    let upgrade = head.extensions.remove::<OnUpgrade>();
    let Some(protocol) = head.headers.get(UPGRADE).filter(|_| asks_for_upgrade(&head.headers)) else {
        return Ok(None);
    };
    let one = head.headers.get_all(UPGRADE).iter().nth(1).is_none();
    match protocol.as_bytes() {
        protocol if protocol.eq_ignore_ascii_case(b"h2c") && one => Ok(None),
        protocol if protocol.eq_ignore_ascii_case(b"websocket") && one => {
            // What comes behind such a request is of the other protocol, so that there can be no body.
            let plain = head.method == Method::GET && http_body::Body::is_end_stream(body);
            if plain { Ok(upgrade) } else { Err(Refusal::Malformed(Malformed::Framing)) }
        }
        _ => Err(Refusal::UpgradeUnimplemented),
    }
}

/// Whether bytes of another protocol may come behind this request.
pub(crate) fn asks_for_websocket(headers: &HeaderMap) -> bool {
    let websocket = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"websocket");
    headers.get_all(UPGRADE).iter().any(websocket) && asks_for_upgrade(headers)
}

fn asks_for_upgrade(headers: &HeaderMap) -> bool {
    headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|word| word.trim().eq_ignore_ascii_case("upgrade"))
}

const MOST_HEADERS: usize = 100;
const MOST_HEADER_BYTES: usize = 64 * 1024;
