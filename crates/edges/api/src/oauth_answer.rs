//! Answers of the OAuth endpoints, which have a form of their own (RFC 6749 §5), and what they read.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use context::{Caller, Clock, Context, Randomness, RequestId};
use http::{HeaderValue, Method, StatusCode, header};
use listen::Peer;
use names::Principal;
use oauth::ErrorAnswer;
use problem::Reason;
use serde::Serialize;
use supervise::on_real_time;
use tokens::Tokens;

use crate::refusal;

/// What every OAuth endpoint needs.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) tokens: Tokens,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
}

impl Endpoint {
    /// A context for somebody who has not shown who they are.
    pub(crate) fn context(&self, request: &Request) -> Context {
        let caller = Caller::of(Principal::Anonymous);
        let context = Context::new(caller, self.clock.clone(), self.randomness.clone());
        match request.extensions().get::<RequestId>() {
            Some(request_id) => context.with_request_id(request_id.clone()),
            None => context,
        }
    }
}

/// The address at the other end, where there is one.
pub(crate) fn from(request: &Request) -> Option<IpAddr> {
    match request.extensions().get::<Peer>() {
        Some(Peer::Network(address)) => Some(address.ip()),
        Some(Peer::Delivery { .. }) | None => None,
    }
}

/// The parameters of a request: its query and the form that it posts, as one, so that what stands in both is found to be
/// there twice.
pub(crate) async fn parameters(request: Request) -> Result<Bytes, Response> {
    let query = Bytes::from(request.uri().query().unwrap_or_default().to_owned());
    if request.method() == Method::GET {
        return Ok(query);
    }
    let body = body(request).await?;
    Ok(if body.is_empty() {
        query
    } else if query.is_empty() {
        body
    } else {
        [&query[..], b"&", &body[..]].concat().into()
    })
}

/// The body of a request. Anybody may call, so a form that is announced and never sent must not hold a connection for ever.
pub(crate) async fn body(request: Request) -> Result<Bytes, Response> {
    match on_real_time(wire::BODY_PATIENCE, to_bytes(request.into_body(), BODY_LIMIT_BYTES)).await {
        Some(Ok(body)) => Ok(body),
        Some(Err(_)) => Err(refuse(&oauth::TokenError::Form.answer(), Reason::REQUEST_MALFORMED)),
        None => Err(refuse(&late(), Reason::REQUEST_MALFORMED)),
    }
}

/// Clients that only were slow try again after 408 (facts §3.3).
fn late() -> ErrorAnswer {
    let seconds = wire::BODY_PATIENCE.as_secs();
    ErrorAnswer {
        status: StatusCode::REQUEST_TIMEOUT.as_u16(),
        error: "invalid_request",
        error_description: format!("The request body did not come within {seconds} seconds."),
        error_subtype: None,
    }
}

pub(crate) fn refuse(error: &ErrorAnswer, reason: Reason) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = json(status, error);
    response.headers_mut().insert(Reason::HEADER, refusal::reason_header(reason));
    response
}

/// An OAuth error with a text of its own.
pub(crate) fn error(status: StatusCode, error: &'static str, why: impl Into<String>) -> ErrorAnswer {
    ErrorAnswer { status: status.as_u16(), error, error_description: why.into(), error_subtype: None }
}

/// Tokens are not for caches (RFC 6749 §5.1).
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let Ok(text) = serde_json::to_string(body) else { unreachable!("answers are plain strings and numbers") };
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// More than any assertion needs; `oauth` has the same limit.
const BODY_LIMIT_BYTES: usize = 64 * 1024;
