//! Which headers pass the gate, and which it sets itself (threats B).

use std::borrow::Cow;
use std::net::SocketAddr;

use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue};
use outbound::DeliveryKind;

use crate::bearer::X_SERVERLESS_AUTHORIZATION;
use listen::Peer;

/// Takes out what belongs to one connection only (RFC 9110 §7.6.1), then whatever a caller must not say about
/// itself, then says it. The order matters: nothing that `Connection` names can take out what is set here.
pub(crate) fn prepare_for_upstream(headers: &mut HeaderMap, peer: &Peer) {
    strip_hop_by_hop(headers);
    strip_reserved(headers, peer);
    if let Peer::Network(address) = peer {
        let (plain, forwarded) = forwarded_for(address);
        headers.insert(X_FORWARDED_FOR, plain);
        headers.insert(FORWARDED, forwarded);
    }
    headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static("https"));
}

/// Takes out what belongs to one connection only, and what only the gate says.
pub(crate) fn prepare_for_client(headers: &mut HeaderMap) {
    strip_hop_by_hop(headers);
    let ours: Vec<_> = headers.keys().filter(|name| fold(name.as_str()).starts_with(OURS)).cloned().collect();
    for name in ours {
        headers.remove(name);
    }
    // Facts §2.6: what sets a cookie is for one caller only.
    if headers.contains_key(http::header::SET_COOKIE) && !headers.contains_key(http::header::CACHE_CONTROL) {
        headers.insert(http::header::CACHE_CONTROL, HeaderValue::from_static("private"));
    }
}

/// Whether the gate keeps a caller's header of this name away from services. Spellings that servers fold into one
/// (`x_goog_…`, `X.Goog.…`) count as the same name.
pub(crate) fn is_reserved(name: &str, peer: &Peer) -> bool {
    let folded = fold(name);
    let of_its_own_kind = match peer {
        Peer::Delivery { kind: DeliveryKind::Message, .. } => Some("x-goog-pubsub-"),
        Peer::Delivery { kind: DeliveryKind::ScheduledJob, .. } => Some("x-cloudscheduler"),
        Peer::Delivery { kind: DeliveryKind::Task, .. } => Some("x-cloudtasks-"),
        Peer::Network(_) => None,
    };
    if of_its_own_kind.is_some_and(|prefix| folded.starts_with(prefix)) {
        return folded != name;
    }
    if folded == X_SERVERLESS_AUTHORIZATION.as_str() {
        return name != X_SERVERLESS_AUTHORIZATION.as_str();
    }
    // Spelt otherwise, a name that frames the body is a plain header here and framing to a server that folds names.
    if FRAMING.contains(&&*folded) {
        return folded != name;
    }
    RESERVED_NAMES.contains(&&*folded) || RESERVED_PREFIXES.iter().any(|prefix| folded.starts_with(prefix))
}

/// The name as the most forgiving server would read it. Nearly every name is spelt so already.
pub(crate) fn fold(name: &str) -> Cow<'_, str> {
    let folded = |byte: u8| match byte {
        b'_' | b'.' => b'-',
        other => other.to_ascii_lowercase(),
    };
    if name.bytes().all(|byte| byte == folded(byte)) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.bytes().map(|byte| char::from(folded(byte))).collect())
}

fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .filter(|name| ![CONTENT_LENGTH, HOST].contains(name))
        .collect();
    // One look at what is there, instead of one for each name that seldom is.
    let present: Vec<HeaderName> = headers.keys().filter(|name| HOP_BY_HOP.contains(name)).cloned().collect();
    for name in named.iter().chain(&present) {
        headers.remove(name);
    }
}

fn strip_reserved(headers: &mut HeaderMap, peer: &Peer) {
    let reserved: Vec<_> = headers.keys().filter(|name| is_reserved(name.as_str(), peer)).cloned().collect();
    for name in reserved {
        headers.remove(name);
    }
}

fn forwarded_for(address: &SocketAddr) -> (HeaderValue, HeaderValue) {
    let ip = address.ip().to_canonical();
    let text = ip.to_string();
    let (open, close) = if ip.is_ipv6() { ("[", "]") } else { ("", "") };
    let node = ["for=\"", open, &text, close, "\";proto=https"].concat();
    let value = |text: String| HeaderValue::try_from(text).expect("an IP address is visible ASCII");
    (value(text), value(node))
}

const FORWARDED: HeaderName = HeaderName::from_static("forwarded");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

const OURS: &str = "x-doorward-";

const HOP_BY_HOP: [HeaderName; 10] = [
    CONNECTION,
    EXPECT,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-authenticate"),
    HeaderName::from_static("proxy-authorization"),
    HeaderName::from_static("proxy-connection"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// What says where a body ends (RFC 9112 §6).
const FRAMING: [&str; 2] = ["content-length", "transfer-encoding"];

/// `Proxy` becomes the variable `HTTP_PROXY` in programs that read requests from their environment.
const RESERVED_NAMES: [&str; 4] = ["forwarded", "proxy", "x-original-url", "x-rewrite-url"];
const RESERVED_PREFIXES: [&str; 5] = ["x-cloudscheduler", "x-cloudtasks-", OURS, "x-forwarded-", "x-goog-"];
