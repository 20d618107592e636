//! What gcloud cannot read as it is.
//!
//! gcloud takes every status from 500 on for a network that failed: it repeats the request a few times, and then prints
//! the bare answer with the advice to check the connection. So a method or a setting that is not served would look like
//! an outage. Of an answer with 400 it prints the sentence in it. Nothing else of the answer changes: what it says of
//! itself stays `UNIMPLEMENTED`.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};

/// Outside of what completes refusals, which sets their status.
pub(crate) async fn readable(request: Request, next: Next) -> Response {
    let reader = Reader::of(request.headers());
    reader.shown(next.run(request).await)
}

/// Who reads an answer over REST.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reader {
    /// gcloud, by what it says of itself.
    Gcloud,
    /// Any other client.
    Other,
}

impl Reader {
    /// Who sent a request with these headers.
    fn of(headers: &HeaderMap) -> Self {
        let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        if agent.starts_with(GCLOUD) { Self::Gcloud } else { Self::Other }
    }

    /// The answer, as this reader understands it.
    fn shown(self, mut response: Response) -> Response {
        if self == Self::Gcloud && response.status() == StatusCode::NOT_IMPLEMENTED {
            *response.status_mut() = StatusCode::BAD_REQUEST;
        }
        response
    }
}

const GCLOUD: &str = "google-cloud-sdk gcloud/";

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;
    use http::HeaderValue;

    fn shown(agent: Option<&'static str>, status: StatusCode) -> StatusCode {
        let headers = agent.map(|agent| (header::USER_AGENT, HeaderValue::from_static(agent)));
        Reader::of(&headers.into_iter().collect()).shown(status.into_response()).status()
    }

    #[test]
    fn gcloud_alone_is_told_with_400_what_is_not_served() {
        let gcloud = Some("google-cloud-sdk gcloud/528.0.0 command/gcloud.run.deploy (Linux)");
        assert_eq!(shown(gcloud, StatusCode::NOT_IMPLEMENTED), StatusCode::BAD_REQUEST);
        assert_eq!(shown(gcloud, StatusCode::SERVICE_UNAVAILABLE), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(shown(gcloud, StatusCode::NOT_FOUND), StatusCode::NOT_FOUND);
        for agent in [None, Some("curl/8.0"), Some("my google-cloud-sdk gcloud/528")] {
            assert_eq!(shown(agent, StatusCode::NOT_IMPLEMENTED), StatusCode::NOT_IMPLEMENTED, "{agent:?}");
        }
    }
}
