//! What is answered, and the headers that every answer has (facts §6.1).

use http::header::{ALLOW, CONTENT_TYPE, ETAG, LOCATION, SERVER};
use http::{HeaderName, HeaderValue, Response, StatusCode};

use crate::door::{FLAVOR, GOOGLE, Stranger};
use crate::minting::MintError;
use crate::tree::Token;

/// A value as text.
pub(crate) fn text(value: String) -> Response<String> {
    with(StatusCode::OK, "application/text", value)
}

/// A value as JSON.
pub(crate) fn json(value: &serde_json::Value) -> Response<String> {
    with(StatusCode::OK, "application/json", value.to_string())
}

/// Where a directory is, for who left out its slash.
pub(crate) fn moved(path: &str, query: Option<&str>) -> Response<String> {
    let place = query.map_or_else(|| format!("{path}/"), |query| format!("{path}/?{query}"));
    match HeaderValue::from_str(&place) {
        Ok(place) => {
            let mut response = page(StatusCode::MOVED_PERMANENTLY, "The directory has a slash at its end.");
            response.headers_mut().insert(LOCATION, place);
            response
        }
        Err(_) => not_found(),
    }
}

pub(crate) fn not_found() -> Response<String> {
    page(StatusCode::NOT_FOUND, "The requested URL was not found on this server.")
}

pub(crate) fn unreadable(why: &str) -> Response<String> {
    with(StatusCode::BAD_REQUEST, "text/html; charset=UTF-8", format!("{}\n", escaped(why)))
}

pub(crate) fn other_method() -> Response<String> {
    let mut response = page(StatusCode::METHOD_NOT_ALLOWED, "Values are read with GET.");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
    response
}

pub(crate) fn stranger(stranger: Stranger) -> Response<String> {
    let why = match stranger {
        Stranger::Forwarded => "Requests with X-Forwarded-For are not served.",
        Stranger::Host => "The Host of the request is not the metadata server's.",
        Stranger::NoFlavor => "Missing Metadata-Flavor:Google header.",
    };
    page(StatusCode::FORBIDDEN, &format!("Your client does not have permission to get this URL. {why}"))
}

/// Why there is no token, in the words that clients show (facts §6.1).
pub(crate) fn unminted(token: Token, account: &str, error: &MintError) -> Response<String> {
    let what = match token {
        Token::Access => "access",
        Token::Identity => "identity",
    };
    let (status, why) = match error {
        MintError::AccountUnknown => {
            (StatusCode::NOT_FOUND, format!("Not found; Gaia id not found for email {account}"))
        }
        MintError::Invalid { message } => (StatusCode::BAD_REQUEST, message.clone()),
        MintError::Refused { message } => (StatusCode::FORBIDDEN, message.clone()),
        MintError::Unavailable(source) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}: {source}")),
    };
    let phrase = status.canonical_reason().unwrap_or_default();
    let returned = format!("IAM returned {} {phrase}: {why}", status.as_u16());
    page(status, &format!("Unable to generate {what} token; {returned}"))
}

/// What is answered to bytes that are no request.
pub(crate) fn no_request(status: StatusCode) -> Response<String> {
    page(status, status.canonical_reason().unwrap_or("This is no request."))
}

/// The first 16 digits of the digest of what is said: another whenever that is another.
pub(crate) fn etag(body: &str) -> String {
    let mut digest = jose::sha256_hex(body.as_bytes());
    digest.truncate(16);
    digest
}

fn page(status: StatusCode, why: &str) -> Response<String> {
    let (code, phrase, why) = (status.as_u16(), status.canonical_reason().unwrap_or_default(), escaped(why));
    let body = format!(
        "<!DOCTYPE html>\n<html lang=en>\n<meta charset=utf-8>\n<title>Error {code} ({phrase})</title>\n<p><b>{code}.</b> {phrase}.\n<p>{why}\n"
    );
    with(status, "text/html; charset=UTF-8", body)
}

fn with(status: StatusCode, content_type: &'static str, body: String) -> Response<String> {
    let tag = HeaderValue::from_str(&etag(&body)).expect("hexadecimal digits are a header value");
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(ETAG, tag);
    headers.insert(SERVER, HeaderValue::from_static("Metadata Server for VM"));
    for (name, value) in [(FLAVOR, GOOGLE), ("x-xss-protection", "0"), ("x-frame-options", "SAMEORIGIN")] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// Text that is shown and never read as HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
