//! Which headers cross between REST and gRPC.

use http::{HeaderMap, HeaderName, header};

/// Request headers that become metadata: all but those about the connection, the body and gRPC itself.
pub fn to_metadata(headers: HeaderMap) -> HeaderMap {
    filtered(headers, |name| {
        !is_of_connection(name)
            && !is_of_body(name)
            && !is_of_grpc(name)
            && !matches!(*name, header::HOST | header::EXPECT)
    })
}

/// Metadata that becomes response headers: `www-authenticate`, request ids and whatever else a method answers with.
/// Binary metadata has no form in HTTP and stays behind.
pub fn from_metadata(metadata: HeaderMap) -> HeaderMap {
    filtered(metadata, |name| {
        !is_of_connection(name) && !is_of_body(name) && !is_of_grpc(name) && !name.as_str().ends_with("-bin")
    })
}

fn filtered(headers: HeaderMap, keep: impl Fn(&HeaderName) -> bool) -> HeaderMap {
    let mut kept = HeaderMap::with_capacity(headers.len());
    let mut current = None;
    for (name, value) in headers {
        // Only the first of several values comes with its name.
        current = name.or(current);
        if let Some(name) = current.as_ref().filter(|name| keep(name)) {
            kept.append(name.clone(), value);
        }
    }
    kept
}

/// RFC 9110 §7.6.1.
fn is_of_connection(name: &HeaderName) -> bool {
    matches!(
        *name,
        header::CONNECTION
            | header::PROXY_AUTHENTICATE
            | header::PROXY_AUTHORIZATION
            | header::TE
            | header::TRAILER
            | header::TRANSFER_ENCODING
            | header::UPGRADE
    ) || matches!(name.as_str(), "keep-alive" | "proxy-connection" | "http2-settings")
}

fn is_of_body(name: &HeaderName) -> bool {
    name.as_str().starts_with("content-")
        || matches!(
            *name,
            header::ACCEPT
                | header::ACCEPT_ENCODING
                | header::ACCEPT_CHARSET
                | header::ACCEPT_RANGES
                | header::RANGE
        )
}

fn is_of_grpc(name: &HeaderName) -> bool {
    name.as_str().starts_with("grpc-")
}
