//! Answers that the gate makes itself.

use bytes::Bytes;
use context::RequestId;
use http::header::{
    ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Version};
use problem::{Reason, envelope};

use crate::grpc::{self, is_grpc};
use crate::refusal::Refusal;

/// The ID of a request, on every answer and on what services get.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static(RequestId::HEADER);

/// What a client likes to read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    Grpc,
    Html,
    Json,
}

impl Format {
    /// A status of gRPC for callers of gRPC; JSON for who accepts it and does not mention pages.
    pub(crate) fn of(headers: &HeaderMap, version: Version) -> Self {
        if is_grpc(headers, version) {
            return Self::Grpc;
        }
        let accepts = |kind: &str| {
            headers
                .get_all(ACCEPT)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .any(|value| value.contains(kind))
        };
        if accepts("application/json") && !accepts("text/html") { Self::Json } else { Self::Html }
    }
}

/// Tells the client why not.
pub(crate) fn refuse(refusal: &Refusal, format: Format, path: &str, id: &RequestId) -> Response<Bytes> {
    let status = refusal.status();
    let (kind, body) = match format {
        Format::Grpc => return refuse_call(refusal),
        Format::Html => ("text/html; charset=UTF-8", page(status, refusal, path)),
        Format::Json => {
            let problem = refusal.problem();
            let details = problem.details("doorward", id.as_str());
            let envelope = envelope(status.as_u16(), problem.code(), &problem.message, details);
            ("application/json; charset=UTF-8", envelope.to_string())
        }
    };
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(Reason::HEADER, HeaderValue::from_static(refusal.reason().name()));
    if refusal.ends_the_connection() {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if let Some(seconds) = refusal.retry_after() {
        headers.insert(RETRY_AFTER, HeaderValue::from(u16::from(seconds)));
    }
    if let Refusal::HttpsRequired { at, .. } = refusal {
        headers.insert(LOCATION, at.clone());
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
    }
    response
}

/// The whole answer is one head, with the status of gRPC in it; that of HTTP says nothing about the call.
fn refuse_call(refusal: &Refusal) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    let headers = response.headers_mut();
    *headers = grpc::status(refusal);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

/// The answer with the ID of its request.
pub(crate) fn with_id<B>(mut response: Response<B>, id: &RequestId) -> Response<B> {
    response.headers_mut().insert(REQUEST_ID, id_value(id));
    response
}

pub(crate) fn id_value(id: &RequestId) -> HeaderValue {
    HeaderValue::from_str(id.as_str()).expect("hexadecimal digits")
}

/// Text as HTML shows it.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' => escaped.push_str("&quot;"),
            '&' => escaped.push_str("&amp;"),
            '\'' => escaped.push_str("&#39;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Facts §2.2: clients and people know these pages to the byte.
fn page(status: StatusCode, refusal: &Refusal, path: &str) -> String {
    let path = escape(path);
    let (title, text) = match status {
        StatusCode::FORBIDDEN => (
            "Forbidden",
            format!("Your client does not have permission to get URL <code>{path}</code> from this server."),
        ),
        StatusCode::UNAUTHORIZED => (
            "Unauthorized",
            format!("Your client does not have permission to the requested URL <code>{path}</code>."),
        ),
        other => (other.canonical_reason().unwrap_or("Error"), escape(&refusal.problem().message)),
    };
    format!(
        "<html><head>\n\
         <meta http-equiv=\"content-type\" content=\"text/html;charset=utf-8\">\n\
         <title>{} {title}</title>\n\
         </head>\n\
         <body text=#000000 bgcolor=#ffffff>\n\
         <h1>Error: {title}</h1>\n\
         <h2>{text}</h2>\n\
         <h2></h2>\n\
         </body></html>\n",
        status.as_u16()
    )
}

const CHALLENGE: &str =
    "Bearer error=\"invalid_token\" error_description=\"The access token could not be verified\"";
