//! Which headers pass the gate, and which it sets itself (threats B).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, EXPECT, HOST, SET_COOKIE, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use outbound::DeliveryKind;

use crate::bearer::X_SERVERLESS_AUTHORIZATION;
use crate::client::Client;
use listen::Peer;

/// Takes out what belongs to one connection only (RFC 9110 §7.6.1), then whatever a caller must not say about
/// itself, then says it. The order matters: nothing that `Connection` names can take out what is set here.
pub(crate) fn prepare_for_upstream(headers: &mut HeaderMap, client: &Client) {
    strip_hop_by_hop(headers);
    strip_reserved(headers, client.peer());
    client.announce(headers);
}

/// Takes out what belongs to one connection only, and what only the gate says.
pub(crate) fn prepare_for_client(headers: &mut HeaderMap) {
    strip_hop_by_hop(headers);
    let ours: Vec<_> = headers.keys().filter(|name| begins_like(name.as_str(), OURS)).cloned().collect();
    for name in ours {
        headers.remove(name);
    }
    if headers.contains_key(SET_COOKIE) {
        keep_from_shared_caches(headers);
    }
}

/// What sets a cookie is for one caller only (facts §2.6), whatever the service says about shared caches.
fn keep_from_shared_caches(headers: &mut HeaderMap) {
    let said = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let directives = said.flat_map(|value| value.split(',')).map(str::trim).filter(|said| !said.is_empty());
    let for_all = |directive: &str| {
        let name = directive.split('=').next().unwrap_or_default().trim_end();
        ["private", "public", "s-maxage"].iter().any(|shared| name.eq_ignore_ascii_case(shared))
    };
    let kept = directives.filter(|directive| !for_all(directive));
    let value = std::iter::once("private").chain(kept).collect::<Vec<_>>().join(", ");
    // A list of fields in quotes is not taken apart: then nothing else is said.
    let value = Some(value).filter(|value| !value.contains('"')).and_then(|value| value.try_into().ok());
    headers.insert(CACHE_CONTROL, value.unwrap_or(HeaderValue::from_static("private")));
}

/// Whether the gate keeps a caller's header of this name away from services. Spellings that servers fold into one
/// (`x_goog_…`, `X.Goog.…`) count as the same name.
pub(crate) fn is_reserved(name: &str, peer: &Peer) -> bool {
    let of_its_own_kind = match peer {
        Peer::Delivery { kind: DeliveryKind::Message, .. } => Some("x-goog-pubsub-"),
        Peer::Delivery { kind: DeliveryKind::ScheduledJob, .. } => Some("x-cloudscheduler"),
        Peer::Delivery { kind: DeliveryKind::Task, .. } => Some("x-cloudtasks-"),
        Peer::Network(_) => None,
    };
    if of_its_own_kind.is_some_and(|prefix| begins_like(name, prefix)) {
        return !is_folded(name);
    }
    if is_like(name, X_SERVERLESS_AUTHORIZATION.as_str()) {
        return name != X_SERVERLESS_AUTHORIZATION.as_str();
    }
    // Spelt otherwise, a name that frames the body is a plain header here and framing to a server that folds names.
    if FRAMING.iter().any(|framing| is_like(name, framing)) {
        return !is_folded(name);
    }
    RESERVED_NAMES.iter().any(|reserved| is_like(name, reserved))
        || RESERVED_PREFIXES.iter().any(|prefix| begins_like(name, prefix))
}

/// Whether the most forgiving server would read the name as this one, which is folded.
pub(crate) fn is_like(name: &str, folded: &str) -> bool {
    name.len() == folded.len() && begins_like(name, folded)
}

/// Whether the most forgiving server would read the name as one that begins with this, which is folded. Nearly every name
/// differs in its first letters.
pub(crate) fn begins_like(name: &str, folded: &str) -> bool {
    name.len() >= folded.len() && name.bytes().map(fold).zip(folded.bytes()).all(|(one, other)| one == other)
}

fn is_folded(name: &str) -> bool {
    name.bytes().all(|byte| byte == fold(byte))
}

fn fold(byte: u8) -> u8 {
    match byte {
        b'_' | b'.' => b'-',
        other => other.to_ascii_lowercase(),
    }
}

/// Fields behind a request's body: what must not stand in front of it must not stand there either.
pub(crate) fn prepare_trailers_for_upstream(trailers: &mut HeaderMap) {
    trailers_without(trailers, |name| is_reserved(name, &NOBODY));
}

/// The same for an answer.
pub(crate) fn prepare_trailers_for_client(trailers: &mut HeaderMap) {
    trailers_without(trailers, |name| begins_like(name, OURS));
}

fn trailers_without(trailers: &mut HeaderMap, unwanted: impl Fn(&str) -> bool) {
    let unwanted: Vec<_> = trailers
        .keys()
        .filter(|name| {
            HOP_BY_HOP.contains(name)
                || [CONTENT_LENGTH, HOST, AUTHORIZATION, X_SERVERLESS_AUTHORIZATION].contains(name)
                || unwanted(name.as_str())
        })
        .cloned()
        .collect();
    for name in unwanted {
        trailers.remove(name);
    }
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

/// Who has no headers of its own.
const NOBODY: Peer = Peer::Network(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));

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
/// What the platform says about itself (facts §2.6, §7.5, §10.1).
const RESERVED_PREFIXES: [&str; 7] =
    ["x-appengine-", "x-cloudscheduler", "x-cloudtasks-", OURS, "x-forwarded-", "x-goog-", "x-google-"];

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(&[], "private")]
    #[case(&["public, max-age=600"], "private, max-age=600")]
    #[case(&["no-store"], "private, no-store")]
    #[case(&["S-MaxAge=60", "must-revalidate"], "private, must-revalidate")]
    #[case(&["private"], "private")]
    #[case(&["private=\"x-own, y\", max-age=1"], "private")]
    fn answer_that_sets_a_cookie_is_for_one_caller(#[case] said: &[&'static str], #[case] expected: &str) {
        let mut headers = HeaderMap::new();
        headers.insert(SET_COOKIE, HeaderValue::from_static("session=1"));
        for value in said {
            headers.append(CACHE_CONTROL, HeaderValue::from_static(value));
        }
        prepare_for_client(&mut headers);
        let found: Vec<_> = headers.get_all(CACHE_CONTROL).iter().collect();
        assert_eq!(found, [expected]);
    }
}
