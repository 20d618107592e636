//! Answers that the gate makes itself.

use bytes::Bytes;
use context::RequestId;
use http::header::{ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use problem::Problem;
use serde_json::{Value, json};

use crate::refusal::Refusal;

/// The ID of a request, on every answer.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-doorward-request-id");
const REASON: HeaderName = HeaderName::from_static("x-doorward-reason");

/// What a client likes to read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    Html,
    Json,
}

impl Format {
    /// JSON for who accepts it and does not mention pages.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
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
        Format::Html => ("text/html; charset=UTF-8", page(status, refusal, path)),
        Format::Json => {
            ("application/json; charset=UTF-8", envelope(status, &refusal.problem(), id).to_string())
        }
    };
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REASON, HeaderValue::from_static(refusal.reason().name()));
    if refusal.ends_the_connection() {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
    }
    response
}

/// The answer with the ID of its request.
pub(crate) fn with_id<B>(mut response: Response<B>, id: &RequestId) -> Response<B> {
    let value = HeaderValue::from_str(id.as_str()).expect("hexadecimal digits");
    response.headers_mut().insert(REQUEST_ID, value);
    response
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

/// Facts §0.1.
fn envelope(status: StatusCode, problem: &Problem, id: &RequestId) -> Value {
    let mut metadata = problem.metadata.clone();
    metadata.insert("requestId".to_owned(), id.to_string());
    if let Some(resource) = &problem.resource {
        metadata.insert("resource".to_owned(), resource.clone());
    }
    // As in the API's refusals: the next command where one is known, and the page that explains it.
    let next = problem.command.as_deref().unwrap_or("What this means and what to do");
    let links = [json!({ "description": next, "url": problem.reason.page() })];
    json!({
        "error": {
            "code": status.as_u16(),
            "message": problem.message,
            "status": problem.code().name(),
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": problem.reason.name(),
                    "domain": "doorward",
                    "metadata": metadata,
                },
                { "@type": "type.googleapis.com/google.rpc.RequestInfo", "requestId": id.as_str() },
                { "@type": "type.googleapis.com/google.rpc.Help", "links": links },
            ],
        }
    })
}

const CHALLENGE: &str =
    "Bearer error=\"invalid_token\" error_description=\"The access token could not be verified\"";
