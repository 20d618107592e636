//! What a request that carries no credential tells about where it comes from.

use axum::extract::Request;
use http::{HeaderMap, header};
use tokens::{Sender, Uncredentialed};

/// A call without any credential; `None` where one stands in the query, which is a place where none is read.
pub(crate) fn uncredentialed(request: &Request) -> Option<Uncredentialed<'_>> {
    if has_token(request.uri().query().unwrap_or_default()) {
        return None;
    }
    let authority = request.uri().authority().map(|authority| authority.as_str());
    // What cannot be read names no host.
    let named = request.headers().get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or_default());
    Some(Uncredentialed {
        hosts: authority.into_iter().chain(named).collect(),
        sender: sender(request.headers()),
    })
}

fn sender(headers: &HeaderMap) -> Sender {
    let browsers = ["origin", "sec-fetch-site"];
    if browsers.iter().any(|name| headers.contains_key(*name)) { Sender::Browser } else { Sender::Program }
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
        request.body(Body::empty()).unwrap()
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
    fn a_token_in_the_query_is_a_credential() {
        for query in ["access_token=x", "a=b&oauth_token=", "$.access_token=x", "access%5Ftoken=x"] {
            assert_eq!(uncredentialed(&of(Request::get(format!("/v1/x?{query}")))), None, "{query}");
        }
        for query in ["", "key=x", "access_tokens=x", "x=access_token"] {
            assert!(uncredentialed(&of(Request::get(format!("/v1/x?{query}")))).is_some(), "{query}");
        }
    }
}
