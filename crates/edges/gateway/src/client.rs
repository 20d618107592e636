//! Who is at the other end of a client's connection, and what the gate says about that to services.

use std::net::SocketAddr;
use std::rc::Rc;

use http::uri::Scheme;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use listen::{Connection, Peer, is_for};
use names::HostName;

use crate::TlsInFront;

/// A client, as every request of its connection shares it.
#[derive(Clone)]
pub(crate) struct Client {
    facts: Rc<Facts>,
}

struct Facts {
    peer: Peer,
    /// The only host that it may ask for, where it said so before.
    host: Option<HostName>,
    /// Whether it can be read on its way to here.
    scheme: Scheme,
    /// `X-Forwarded-For` and `Forwarded`, made once for all requests.
    forwarded: Option<(HeaderValue, HeaderValue)>,
}

impl Client {
    pub(crate) fn new(connection: &Connection, in_front: TlsInFront) -> Self {
        let scheme = match in_front {
            TlsInFront::Always => Scheme::HTTPS,
            TlsInFront::Unknown => connection.scheme.clone(),
        };
        let forwarded = match &connection.peer {
            Peer::Delivery { .. } => None,
            Peer::Network(address) => Some(forwarded_for(address, &scheme)),
        };
        let (peer, host) = (connection.peer.clone(), connection.host.clone());
        Self { facts: Rc::new(Facts { peer, host, scheme, forwarded }) }
    }

    pub(crate) fn peer(&self) -> &Peer {
        &self.facts.peer
    }

    /// Whether a request is for the host that its connection is for.
    pub(crate) fn may_ask(&self, target: &Uri, headers: &HeaderMap) -> bool {
        self.facts.host.as_ref().is_none_or(|host| is_for(host, target, headers))
    }

    /// Whether anybody on the way could have read the request.
    pub(crate) fn is_plain(&self) -> bool {
        self.facts.scheme == Scheme::HTTP
    }

    /// Whether it came through a tunnel or a proxy that ends here, for a host that it can ask for over TLS, too.
    pub(crate) fn can_come_over_tls(&self) -> bool {
        self.facts.host.is_some()
    }

    /// Says where a request came from, and whether it came over TLS (facts §2.6, §10.1).
    pub(crate) fn announce(&self, headers: &mut HeaderMap) {
        if let Some((plain, forwarded)) = &self.facts.forwarded {
            headers.insert(X_FORWARDED_FOR, plain.clone());
            headers.insert(FORWARDED, forwarded.clone());
        }
        let proto = if self.is_plain() { "http" } else { "https" };
        headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static(proto));
    }
}

fn forwarded_for(address: &SocketAddr, scheme: &Scheme) -> (HeaderValue, HeaderValue) {
    let ip = address.ip().to_canonical();
    let text = ip.to_string();
    let (open, close) = if ip.is_ipv6() { ("[", "]") } else { ("", "") };
    let node = ["for=\"", open, &text, close, "\";proto=", scheme.as_str()].concat();
    let value = |text: String| HeaderValue::try_from(text).expect("an IP address is visible ASCII");
    (value(text), value(node))
}

const FORWARDED: HeaderName = HeaderName::from_static("forwarded");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
