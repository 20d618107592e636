//! The outermost layer: a request ID on every answer, a reason on every refusal, and a wall around panics.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use context::{Randomness, RequestId};
use futures_util::FutureExt;
use http::HeaderValue;
use problem::{Code, Problem, Reason};
use tonic::Status;
use tracing::Instrument;

use crate::refusal;
use crate::transport::Transport;

/// Outside everything, so that nothing is answered without a request ID and no panic ends more than its request.
pub(crate) async fn enclose(
    State(randomness): State<Arc<dyn Randomness>>,
    mut request: Request,
    next: Next,
) -> Response {
    let request_id = RequestId::draw(&*randomness);
    let transport = Transport::of(request.headers());
    request.extensions_mut().insert(request_id.clone());
    let span =
        // Of the level of errors, so that it is there under every filter that shows what went wrong inside it.
        tracing::error_span!("api", %request_id, method = %request.method(), path = request.uri().path());
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().instrument(span.clone()).await;
    let mut response = answered.unwrap_or_else(|_| {
        // The panic itself was written by the process's panic hook.
        span.in_scope(|| tracing::error!("a request panicked"));
        let problem =
            Problem::new(Reason::INTERNAL, "Doorward failed; its log tells why under the request ID.");
        transport.refuse(&refusal::status(&problem, DOMAIN, &request_id))
    });
    if let Some(reason) = reason(&response) {
        // The transcoder leaves what it says in words among the extensions; tonic in the headers.
        let bare =
            response.extensions().get().cloned().or_else(|| Status::from_header_map(response.headers()));
        match bare {
            Some(bare) => {
                let mut full = transport.refuse(&refusal::completed(&bare, reason, DOMAIN, &request_id));
                *full.extensions_mut() = std::mem::take(response.extensions_mut());
                response = full;
            }
            None => {
                response.headers_mut().insert(Reason::HEADER, refusal::reason_header(reason));
            }
        }
    }
    if let Ok(value) = HeaderValue::from_str(request_id.as_str()) {
        response.headers_mut().insert(RequestId::HEADER, value);
    }
    response
}

/// The reason of a refusal that came without one: from the transcoder, from tonic, from a router.
fn reason(response: &Response) -> Option<Reason> {
    let headers = response.headers();
    if headers.contains_key(Reason::HEADER) {
        return None;
    }
    let grpc = headers.get("grpc-status").and_then(|status| status.to_str().ok()?.parse().ok());
    match (response.status().as_u16(), grpc.map(Code::from_number)) {
        (200..=399, None) => None,
        (200, Some(_)) if headers.get("grpc-status").is_some_and(|status| status == "0") => None,
        (404 | 405, _) | (_, Some(Code::NotFound)) => Some(Reason::METHOD_NOT_FOUND),
        (501, _) | (_, Some(Code::Unimplemented)) => Some(Reason::METHOD_UNIMPLEMENTED),
        (400..=499, _) | (_, Some(Code::InvalidArgument)) => Some(Reason::REQUEST_MALFORMED),
        _ => Some(Reason::INTERNAL),
    }
}

/// What `ErrorInfo.domain` says where no API is to blame.
const DOMAIN: &str = "googleapis.com";

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use context::Seeded;
    use tower::ServiceExt;

    async fn broken() -> &'static str {
        panic!("a defect")
    }

    #[tokio::test]
    async fn panic_ends_one_request_and_nothing_else() {
        let randomness: Arc<dyn Randomness> = Arc::new(Seeded::new(1));
        let router = Router::new()
            .route("/broken", get(broken))
            .route("/whole", get(async || "fine"))
            .layer(axum::middleware::from_fn_with_state(randomness, enclose));
        let ask = async |path: &str, kind: &str| {
            let request = Request::get(path).header("content-type", kind).body(Body::empty()).unwrap();
            router.clone().oneshot(request).await.unwrap()
        };
        for (kind, status) in [("application/json", 500), ("application/grpc", 200)] {
            let response = ask("/broken", kind).await;
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()["x-doorward-reason"], "INTERNAL");
            assert_eq!(response.headers()["x-doorward-request-id"].len(), 32);
        }
        assert_eq!(ask("/broken", "application/grpc").await.headers()["grpc-status"], "13");
        let response = ask("/whole", "").await;
        assert_eq!(response.status(), 200);
        assert!(!response.headers().contains_key("x-doorward-reason"));
    }
}
