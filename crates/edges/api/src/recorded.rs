//! What is written down of every call, so that its request ID can be explained.

use std::sync::Arc;

use audit::{Decided, DecidedRequest, Decision, Decisions, RequestDecision};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use context::{Clock, RequestId};
use http::{HeaderMap, HeaderValue};
use names::Principal;
use problem::{Code, Reason};

/// Who called which method, left in the extensions of the answer by whoever found that out.
#[derive(Clone)]
pub(crate) struct Called {
    /// Full name of the method, where there is one.
    pub method: Option<String>,
    /// Who, as `Principal` prints.
    pub principal: String,
}

/// What recording needs.
#[derive(Clone)]
pub(crate) struct Recorder {
    pub clock: Arc<dyn Clock>,
    pub decisions: Decisions,
}

/// Outside everything: writes down how a call ended. A public endpoint that answered well decided nothing, and is not
/// recorded.
pub(crate) async fn record(State(recorder): State<Recorder>, request: Request, next: Next) -> Response {
    let path = request.uri().path().chars().take(MOST_CHARACTERS).collect();
    let response = next.run(request).await;
    if let Some((request_id, principal, ended)) = ended(&response, path) {
        let (time, decided) = (recorder.clock.now(), Decided::Request(Box::new(ended)));
        recorder.decisions.record(Decision { time, request_id, ordinal: 0, principal, decided }).await;
    }
    response
}

fn ended(response: &Response, path: String) -> Option<(String, String, RequestDecision)> {
    let reason = text(response.headers(), Reason::HEADER);
    let called = response.extensions().get::<Called>();
    if called.is_none() && reason.is_none() {
        return None;
    }
    let principal =
        called.map_or_else(|| Principal::Anonymous.to_string(), |called| called.principal.clone());
    let method = called.and_then(|called| called.method.clone()).unwrap_or(path);
    let ended = RequestDecision {
        request: DecidedRequest::Api { method },
        credential: None,
        permission: None,
        status: status(response),
        reason,
        detail: String::new(),
    };
    Some((text(response.headers(), RequestId::HEADER)?, principal, ended))
}

/// The HTTP status, which gRPC says in its own way.
fn status(response: &Response) -> u16 {
    let grpc = response.headers().get("grpc-status").and_then(|status| status.to_str().ok()?.parse().ok());
    match grpc {
        Some(0) | None => response.status().as_u16(),
        Some(code) => Code::from_number(code).http_status(),
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(HeaderValue::to_str)?.ok().map(str::to_owned)
}

/// Enough to recognise a request; whoever sends long targets fills no disk with them.
const MOST_CHARACTERS: usize = 512;
