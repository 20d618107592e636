//! The token endpoint, under every path that clients have for it (facts §3.1): a form in, a token or an OAuth error out.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use context::{Caller, Clock, Context, Randomness, RequestId};
use http::{HeaderValue, StatusCode, header};
use names::Principal;
use oauth::{ErrorAnswer, TokenError};
use problem::Reason;
use serde::Serialize;
use supervise::on_real_time;
use tokens::{ExchangeError, Tokens};

use crate::refusal;

/// The routes; what is not `POST` is refused with 405.
pub(crate) fn routes(tokens: Tokens, clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Router {
    Router::new()
        .route("/token", post(exchange))
        .route("/oauth2/v4/token", post(exchange))
        .route("/o/oauth2/token", post(exchange))
        .with_state(Endpoint { tokens, clock, randomness })
}

#[derive(Clone)]
struct Endpoint {
    tokens: Tokens,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

async fn exchange(State(endpoint): State<Endpoint>, request: Request) -> Response {
    let caller = Caller::of(Principal::Anonymous);
    let mut context = Context::new(caller, endpoint.clock.clone(), endpoint.randomness.clone());
    if let Some(request_id) = request.extensions().get::<RequestId>() {
        context = context.with_request_id(request_id.clone());
    }
    let (head, body) = request.into_parts();
    let body = match on_real_time(wire::BODY_PATIENCE, to_bytes(body, BODY_LIMIT_BYTES)).await {
        Some(Ok(body)) => body,
        Some(Err(_)) => return refuse(&TokenError::Form.answer(), Reason::REQUEST_MALFORMED),
        None => return refuse(&late(), Reason::REQUEST_MALFORMED),
    };
    let content_type = head.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    match endpoint.tokens.exchange(&context, content_type, &body).await {
        Ok(answer) => json(StatusCode::OK, &answer),
        Err(error) => refuse(&error.answer(), reason(&error)),
    }
}

/// Anybody may call, so a form that is announced and never sent must not hold a connection for ever. Clients that only
/// were slow try again after 408 (facts §3.3).
fn late() -> ErrorAnswer {
    let seconds = wire::BODY_PATIENCE.as_secs();
    ErrorAnswer {
        status: StatusCode::REQUEST_TIMEOUT.as_u16(),
        error: "invalid_request",
        error_description: format!("The request body did not come within {seconds} seconds."),
        error_subtype: None,
    }
}

/// What the header says beside the OAuth code, which is coarser.
fn reason(error: &ExchangeError) -> Reason {
    let error = match error {
        ExchangeError::Busy => return Reason::QUOTA_EXCEEDED,
        ExchangeError::PersonDisabled => return Reason::ACCOUNT_STATE_INVALID,
        ExchangeError::Refused(error) => error,
        ExchangeError::Unavailable => return Reason::STORE_UNAVAILABLE,
    };
    match error {
        TokenError::AccountNotFound
        | TokenError::Audience
        | TokenError::ClientNotFound
        | TokenError::ClientSecret
        | TokenError::Delegation
        | TokenError::ExpiresAtMissing
        | TokenError::IssuedAtMissing
        | TokenError::RefreshToken
        | TokenError::Signature
        | TokenError::Timeframe => Reason::CREDENTIALS_INVALID,
        TokenError::AssertionMalformed
        | TokenError::ClientMissing
        | TokenError::Form
        | TokenError::GrantType(_)
        | TokenError::ParameterMissing(_)
        | TokenError::ParameterRepeated(_)
        | TokenError::Scope => Reason::REQUEST_MALFORMED,
    }
}

fn refuse(error: &ErrorAnswer, reason: Reason) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = json(status, error);
    response.headers_mut().insert(Reason::HEADER, refusal::reason_header(reason));
    response
}

/// Tokens are not for caches (RFC 6749 §5.1).
fn json(status: StatusCode, body: &impl Serialize) -> Response {
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
