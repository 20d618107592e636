//! A request whose framing and target have one reading.

use std::sync::Arc;

use context::{Randomness, RequestId};
use http::header::{CONNECTION, HOST, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, Method, Version, request};
use hyper::body::Incoming;
use run::{RouteTable, RoutedService, ServedRevision};

use crate::refusal::{Malformed, Refusal};
use listen::Peer;

/// A request that can be decided about.
pub(crate) struct Received {
    pub(crate) id: RequestId,
    pub(crate) head: request::Parts,
    pub(crate) body: Incoming,
    pub(crate) peer: Peer,
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
        peer: Peer,
        id: RequestId,
    ) -> Result<Self, Refusal> {
        let (head, body) = request.into_parts();
        check_size(&head.headers)?;
        check_target(&head)?;
        check_framing(&head)?;
        Ok(Self { id, head, body, peer })
    }

    /// Finds the service by the request's host, unless it may not be called from there at all: that is answered
    /// before any credential is looked at (facts §2.1).
    pub(crate) fn route(self, routes: &RouteTable, chance: &dyn Randomness) -> Result<Routed, Refusal> {
        let host = self.head.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let found = routes.lookup_authority(host).map_err(|_| Refusal::Malformed(Malformed::Host))?;
        let entered =
            found.ok_or_else(|| Refusal::RouteNotFound { host: host.chars().take(253).collect() })?;
        let delivery_of = match &self.peer {
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
    let mut codings = head.headers.get_all(TRANSFER_ENCODING).iter();
    if let Some(coding) = codings.next() {
        // Anything but `chunked` alone is read differently by different servers.
        let chunked = coding.as_bytes().eq_ignore_ascii_case(b"chunked") && codings.next().is_none();
        if !chunked
            || head.headers.contains_key(http::header::CONTENT_LENGTH)
            || head.version != Version::HTTP_11
        {
            return Err(Refusal::Malformed(Malformed::Framing));
        }
    }
    match head.headers.get(UPGRADE) {
        // A client that also offers HTTP/2 does without it.
        Some(protocol)
            if !protocol.as_bytes().eq_ignore_ascii_case(b"h2c") && asks_for_upgrade(&head.headers) =>
        {
            Err(Refusal::UpgradeUnimplemented)
        }
        _ => Ok(()),
    }
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
