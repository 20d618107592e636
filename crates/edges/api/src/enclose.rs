//! The outermost layer: a request ID on every answer, a reason on every refusal, and a wall around panics.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use context::{Randomness, RequestId};
use futures_util::FutureExt;
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use problem::{Code, Problem, Reason};
use supervise::Timer;
use tonic::Status;
use tracing::Instrument;
use wire::NotHere;

use crate::deadline;
use crate::refusal::{self, NO_API};
use crate::transport::Transport;

/// What the outermost layer needs.
#[derive(Clone)]
pub(crate) struct Enclosure {
    pub randomness: Arc<dyn Randomness>,
    pub timer: Timer,
}

/// Outside everything, so that nothing is answered without a request ID, no panic ends more than its request, and no
/// request goes on when its caller has stopped waiting.
pub(crate) async fn enclose(
    State(enclosure): State<Enclosure>,
    mut request: Request,
    next: Next,
) -> Response {
    let request_id = RequestId::draw(enclosure.timer.now(), &*enclosure.randomness);
    let granted = deadline::granted(request.headers());
    let transport = Transport::of(request.headers());
    request.extensions_mut().insert(request_id.clone());
    let span =
        // Of the level of errors, so that it is there under every filter that shows what went wrong inside it.
        tracing::error_span!("api", %request_id, method = %request.method(), path = request.uri().path());
    let answering = async {
        match granted {
            Some(span) => enclosure.timer.timeout(span, next.run(request)).await.unwrap_or_else(|_late| {
                let problem = Problem::new(Reason::DEADLINE_EXCEEDED, "The caller's deadline passed.");
                transport.refuse(&refusal::status(&problem, NO_API, &request_id))
            }),
            None => next.run(request).await,
        }
    };
    let answered = AssertUnwindSafe(answering).catch_unwind().instrument(span.clone()).await;
    let mut response = answered.unwrap_or_else(|_| {
        // The panic itself was written by the process's panic hook.
        span.in_scope(|| tracing::error!("a request panicked"));
        let problem =
            Problem::new(Reason::INTERNAL, "Doorward failed; its log tells why under the request ID.");
        transport.refuse(&refusal::status(&problem, NO_API, &request_id))
    });
    if let Some(reason) = reason(&response) {
        // The transcoder leaves what it says in words among the extensions; tonic in the headers.
        let bare =
            response.extensions().get().cloned().or_else(|| Status::from_header_map(response.headers()));
        match bare {
            Some(bare) => {
                let not_here = response.extensions().get::<NotHere>();
                let mut full = transport.refuse(&refusal::completed(&bare, reason, not_here, &request_id));
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

/// What is answered to bytes that are no request, with the status that the HTTP library chose, or to a client for whom
/// there is no place.
pub(crate) fn unreadable(
    status: StatusCode,
    now: Timestamp,
    randomness: &dyn Randomness,
) -> http::Response<Bytes> {
    let request_id = RequestId::draw(now, randomness);
    let message = match status {
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            "The request's head is too large: at most 100 headers and 128 KiB of them."
        }
        StatusCode::SERVICE_UNAVAILABLE => "Too many clients are connected; try again.",
        StatusCode::URI_TOO_LONG => "The request's target is too long.",
        _ => "What was sent is no HTTP request.",
    };
    let reason = match status {
        StatusCode::SERVICE_UNAVAILABLE => Reason::CONNECTIONS_EXHAUSTED,
        _ => Reason::REQUEST_MALFORMED,
    };
    let problem = Problem::new(reason, message);
    let refused = refusal::status(&problem, NO_API, &request_id);
    let mut envelope = wire::status::envelope(&refused);
    envelope["error"]["code"] = status.as_u16().into();
    let mut response = http::Response::new(Bytes::from(format!("{envelope:#}\n")));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
    headers.insert(Reason::HEADER, refusal::reason_header(problem.reason));
    if let Ok(value) = HeaderValue::from_str(request_id.as_str()) {
        headers.insert(RequestId::HEADER, value);
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
        (504, _) | (_, Some(Code::DeadlineExceeded)) => Some(Reason::DEADLINE_EXCEEDED),
        (501, _) | (_, Some(Code::Unimplemented)) => Some(Reason::METHOD_UNIMPLEMENTED),
        (400..=499, _) | (_, Some(Code::InvalidArgument)) => Some(Reason::REQUEST_MALFORMED),
        _ => Some(Reason::INTERNAL),
    }
}

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

    fn router(timer: Timer) -> Router {
        log();
        let randomness: Arc<dyn Randomness> = Arc::new(Seeded::new(1));
        let enclosure = Enclosure { randomness, timer };
        Router::new()
            .route("/broken", get(broken))
            .route("/never", get(async || std::future::pending::<()>().await))
            .route("/whole", get(async || "fine"))
            .layer(axum::middleware::from_fn_with_state(enclosure, enclose))
    }

    /// What is logged, as text.
    #[derive(Clone, Default)]
    struct Written(Arc<std::sync::Mutex<Vec<u8>>>);

    /// The log of all tests here: who logs first decides for the process whether a line is logged at all.
    fn log() -> Written {
        static LOG: std::sync::LazyLock<Written> = std::sync::LazyLock::new(|| {
            let written = Written::default();
            let writer = written.clone();
            let subscriber = tracing_subscriber::fmt().with_env_filter("warn").with_ansi(false);
            subscriber.with_writer(move || writer.clone()).init();
            written
        });
        LOG.clone()
    }

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn panic_is_logged_with_its_request_id_under_the_default_filter() {
        let written = log();
        let request = Request::get("/broken").body(Body::empty()).unwrap();
        let response = router(Timer::wall()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 500);
        let id = response.headers()["x-doorward-request-id"].to_str().unwrap();
        let log = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let line = log.lines().find(|line| line.contains(&format!("request_id={id}"))).unwrap();
        assert!(line.contains("ERROR") && line.contains("a request panicked"), "{log}");
        assert!(line.contains("path=\"/broken\""), "{log}");
    }

    #[tokio::test]
    async fn request_ends_when_its_caller_has_stopped_waiting() {
        let (timer, clock) = Timer::by_hand(jiff::Timestamp::UNIX_EPOCH);
        let router = router(timer.clone());
        for (kind, name, value, status) in [
            ("application/json", "x-server-timeout", "2", 504),
            ("application/grpc", "grpc-timeout", "2S", 200),
        ] {
            let request = Request::get("/never").header("content-type", kind).header(name, value);
            let asked = router.clone().oneshot(request.body(Body::empty()).unwrap());
            let waited = async {
                clock.advance(std::time::Duration::from_millis(1999)).await;
                clock.advance(std::time::Duration::from_millis(1)).await;
            };
            let (response, ()) = tokio::join!(asked, waited);
            let response = response.unwrap();
            assert_eq!(response.status(), status, "{kind}");
            assert_eq!(response.headers()["x-doorward-reason"], "DEADLINE_EXCEEDED");
            if status == 200 {
                assert_eq!(response.headers()["grpc-status"], "4");
            }
        }
    }

    #[tokio::test]
    async fn panic_ends_one_request_and_nothing_else() {
        let router = router(Timer::wall());
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
