//! What a request that carries no credential tells about where it comes from.

use axum::extract::Request;
use http::{HeaderMap, HeaderName, header};
use listen::Peer;
use tokens::{Sender, Uncredentialed};

/// A call without any credential; `None` where one stands in the query, which is a place where none is read.
pub(crate) fn uncredentialed(request: &Request) -> Option<Uncredentialed<'_>> {
    if has_token(request.uri().query().unwrap_or_default()) {
        return None;
    }
    let authority = request.uri().authority().map(|authority| authority.as_str());
    // What cannot be read names no host.
    let named = request.headers().get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or_default());
    Some(Uncredentialed { hosts: authority.into_iter().chain(named).collect(), sender: sender(request) })
}

/// A connection without a peer is not one that a client on this machine made.
fn sender(request: &Request) -> Sender {
    let headers = request.headers();
    match request.extensions().get::<Peer>() {
        Some(Peer::Network(address)) if address.ip().is_loopback() => {}
        Some(Peer::Delivery { .. } | Peer::Network(_)) | None => return Sender::Elsewhere,
    }
    if has_any(headers, &["origin", "sec-fetch-site"]) {
        Sender::Browser
    } else if has_any(headers, &["forwarded", "via"]) || headers.keys().any(is_of_a_proxy) {
        Sender::Proxy
    } else {
        Sender::Program
    }
}

fn has_any(headers: &HeaderMap, names: &[&str]) -> bool {
    names.iter().any(|name| headers.contains_key(*name))
}

fn is_of_a_proxy(name: &HeaderName) -> bool {
    name.as_str().starts_with("x-forwarded-")
}

/// Whether a query has one of the parameters in which Google's APIs take a token too.
fn has_token(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| {
        matches!(name.trim_start_matches('$').trim_start_matches('.'), "access_token" | "oauth_token")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn of(request: http::request::Builder) -> Request {
        at(request, Peer::Network(([127, 0, 0, 1], 5).into()))
    }

    fn at(request: http::request::Builder, peer: Peer) -> Request {
        request.extension(peer).body(Body::empty()).unwrap()
    }

    #[test]
    fn every_host_is_told() {
        let request =
            of(Request::get("http://one:1/v1/x").header("host", "two").header("host", b"\xff".as_slice()));
        assert_eq!(uncredentialed(&request).unwrap().hosts, ["one:1", "two", ""]);
        assert!(uncredentialed(&of(Request::get("/v1/x"))).unwrap().hosts.is_empty());
    }

    #[test]
    fn browsers_are_told_by_what_only_they_send() {
        for name in ["Origin", "Sec-Fetch-Site"] {
            let request = of(Request::get("/v1/x").header(name, ""));
            assert_eq!(uncredentialed(&request).unwrap().sender, Sender::Browser);
        }
        let request = of(Request::get("/v1/x").header("user-agent", "Mozilla/5.0"));
        assert_eq!(uncredentialed(&request).unwrap().sender, Sender::Program);
    }

    #[test]
    fn proxies_are_told_by_what_they_add() {
        for name in ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host"] {
            let request = of(Request::get("/v1/x").header(name, ""));
            assert_eq!(uncredentialed(&request).unwrap().sender, Sender::Proxy, "{name}");
        }
    }

    #[test]
    fn only_who_connects_from_this_machine_is_a_program_on_it() {
        let project = names::ProjectId::parse("demo").unwrap();
        let delivery = Peer::Delivery { kind: outbound::DeliveryKind::ScheduledJob, project };
        for peer in [delivery, Peer::Network(([10, 0, 0, 1], 5).into())] {
            let request = at(Request::get("/v1/x").header("host", "localhost"), peer);
            assert_eq!(uncredentialed(&request).unwrap().sender, Sender::Elsewhere);
        }
        let unknown = Request::get("/v1/x").body(Body::empty()).unwrap();
        assert_eq!(uncredentialed(&unknown).unwrap().sender, Sender::Elsewhere);
    }

    #[test]
    fn a_token_in_the_query_is_a_credential() {
        for query in ["access_token=x", "a=b&oauth_token=", "$.access_token=x", "access%5Ftoken=x"] {
            assert_eq!(uncredentialed(&of(Request::get(format!("/v1/x?{query}")))), None, "{query}");
        }
        for query in ["", "key=x", "access_tokens=x", "x=access_token"] {
            assert!(uncredentialed(&of(Request::get(format!("/v1/x?{query}")))).is_some(), "{query}");
        }
    }
}
