//! Who is at the other end of a client's connection, and what the gate says about that to services.

use std::net::SocketAddr;
use std::rc::Rc;

use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use listen::{Peer, is_for};
use names::HostName;

/// A client, as every request of its connection shares it.
#[derive(Clone)]
pub(crate) struct Client {
    facts: Rc<Facts>,
}

struct Facts {
    peer: Peer,
    /// The only host that it may ask for, where it said so before.
    host: Option<HostName>,
    /// `X-Forwarded-For` and `Forwarded`, made once for all requests.
    forwarded: Option<(HeaderValue, HeaderValue)>,
}

impl Client {
    pub(crate) fn new(peer: Peer, host: Option<HostName>) -> Self {
        let forwarded = match &peer {
            Peer::Delivery { .. } => None,
            Peer::Network(address) => Some(forwarded_for(address)),
        };
        Self { facts: Rc::new(Facts { peer, host, forwarded }) }
    }

    pub(crate) fn peer(&self) -> &Peer {
        &self.facts.peer
    }

    /// Whether a request is for the host that its connection is for.
    pub(crate) fn may_ask(&self, target: &Uri, headers: &HeaderMap) -> bool {
        self.facts.host.as_ref().is_none_or(|host| is_for(host, target, headers))
    }

    /// Says where a request came from (facts §2.6), and that it came over TLS, as it does at Google.
    pub(crate) fn announce(&self, headers: &mut HeaderMap) {
        if let Some((plain, forwarded)) = &self.facts.forwarded {
            headers.insert(X_FORWARDED_FOR, plain.clone());
            headers.insert(FORWARDED, forwarded.clone());
        }
        headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static("https"));
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
