//! Plain requests that name a whole URL.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri, Version, header};
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use listen::{AnswerLimit, Cut};
use outbound::{Io, Url};

use crate::proxy::Body;
use crate::refusal::Refusal;

/// Who is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    /// Doorward itself, which is asked as by the client.
    Own,
    /// Anybody else, who is told that there is a proxy between (RFC 9110 §7.6.3).
    Stranger,
}

/// Asks for the URL over a connection of its own, and hands the answer on as it comes.
pub(crate) async fn fetch(
    io: Io,
    side: Side,
    url: &Url,
    request: Request<Incoming>,
    longest: Duration,
) -> Result<Response<Body>, Refusal> {
    let (mut head, body) = request.into_parts();
    strip_hop_by_hop(&mut head.headers);
    // What the client wrote there does not count: the URL does (RFC 9112 §3.2.2).
    head.headers.insert(header::HOST, url.target().host_header());
    head.headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    if side == Side::Stranger {
        head.headers.append(header::VIA, HeaderValue::from_static(VIA));
    }
    // The library takes a GET without a length for one without a body.
    if !body.is_end_stream() && !head.headers.contains_key(header::CONTENT_LENGTH) {
        head.headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
    head.uri = Uri::from(url.path_and_query().clone());
    head.version = Version::HTTP_11;
    let broken = || Refusal::BrokenAnswer { host: url.target().host.to_string() };
    let answer = outbound::exchange(io, Request::from_parts(head, body)).await.map_err(|error| {
        tracing::debug!(host = %url.target().host, %error, "a proxied request got no answer");
        broken()
    })?;
    let (mut head, body) = answer.into_parts();
    if head.status == StatusCode::SWITCHING_PROTOCOLS {
        // Nobody asked for that.
        return Err(broken());
    }
    strip_hop_by_hop(&mut head.headers);
    head.version = Version::HTTP_11;
    if side == Side::Stranger {
        head.headers.append(header::VIA, HeaderValue::from_static(VIA));
        head.extensions.insert(AnswerLimit { within: longest, cut: Cut::default() });
    }
    Ok(Response::from_parts(head, body.boxed_unsync()))
}

/// Takes out what belongs to one connection only (RFC 9110 §7.6.1), and what a client tells its proxy.
fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        // Where a body ends is for the library to say.
        .filter(|name| ![header::CONTENT_LENGTH, header::HOST].contains(name))
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

const HOP_BY_HOP: [HeaderName; 10] = [
    header::CONNECTION,
    header::EXPECT,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];
const VIA: &str = "1.1 doorward";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_one_connection_goes_no_further() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, x-mine , content-length"),
            ("x-mine", "1"),
            ("proxy-authorization", "Basic x"),
            ("proxy-connection", "keep-alive"),
            ("te", "trailers"),
            ("upgrade", "websocket"),
            ("content-length", "3"),
            ("authorization", "Bearer x"),
        ] {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        strip_hop_by_hop(&mut headers);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["authorization", "content-length"]);
    }
}
