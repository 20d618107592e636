//! The two forms in which requests come and refusals go.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use tonic::Status;

/// How a caller speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Transport {
    /// gRPC: the outcome is in trailers.
    Grpc,
    /// JSON over HTTP: the outcome is the HTTP status and, where it is a refusal, the envelope.
    Rest,
}

impl Transport {
    /// The transport of a request with these headers. `application/grpc-web` is not gRPC.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let kind = headers.get(header::CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
        match kind.strip_prefix(b"application/grpc") {
            Some([] | [b'+' | b';' | b' ', ..]) => Self::Grpc,
            Some(_) | None => Self::Rest,
        }
    }

    /// A refusal that no method gave.
    pub(crate) fn refuse(self, status: &Status) -> Response {
        match self {
            Self::Grpc => status.clone().into_http(),
            Self::Rest => {
                let text = format!("{:#}\n", wire::status::envelope(status));
                let mut response = Response::new(Body::from(text));
                *response.status_mut() = wire::status::http_status(status.code());
                *response.headers_mut() = status.metadata().clone().into_headers();
                response.headers_mut().insert(
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("application/json; charset=UTF-8"),
                );
                response
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grpc_is_told_by_the_content_type() {
        let of = |kind: &'static str| {
            Transport::of(&HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]))
        };
        for kind in ["application/grpc", "application/grpc+proto", "application/grpc; charset=x"] {
            assert_eq!(of(kind), Transport::Grpc, "{kind}");
        }
        for kind in ["application/grpc-web", "application/json", ""] {
            assert_eq!(of(kind), Transport::Rest, "{kind}");
        }
        assert_eq!(Transport::of(&HeaderMap::new()), Transport::Rest);
    }
}
