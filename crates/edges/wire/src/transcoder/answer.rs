//! A REST response from a gRPC one.

use super::{
    frames::Frames,
    headers,
    query::{Layout, Style},
};
use crate::{json, rules::Rule, status};
use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header, response};
use prost_reflect::{DynamicMessage, ReflectMessage};
use serde_json::Value as Json;
use std::convert::Infallible;
use tonic::{Code, Status};

/// How one call is answered.
#[derive(Clone, Copy)]
pub struct Answer {
    pub rule: &'static Rule,
    pub style: Style,
}

impl Answer {
    /// The whole answer of a unary method, or the beginning of a streamed one.
    pub async fn of(
        self,
        head: response::Parts,
        mut frames: Frames,
    ) -> Result<Response<Body>, (Status, HeaderMap)> {
        let of_grpc = head
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"));
        if head.status != StatusCode::OK || !of_grpc {
            // Not an answer of a gRPC service: the router does not know the path.
            return Err((Status::unimplemented(""), HeaderMap::new()));
        }
        if head.headers.contains_key("grpc-status") {
            let (status, metadata) = frames.end();
            return match (status.code(), self.rule.method.is_server_streaming()) {
                (Code::Ok, true) => Ok(json_response(StatusCode::OK, Body::from("[]"), metadata)),
                (Code::Ok, false) => Err((Status::internal(NO_MESSAGE), metadata)),
                _ => Err((status, metadata)),
            };
        }
        if self.rule.method.is_server_streaming() {
            return Ok(json_response(StatusCode::OK, self.stream(frames), head.headers));
        }
        let first = frames.next().await;
        let message = match first {
            Ok(message) => message,
            Err(status) => return Err((status, head.headers)),
        };
        // The status comes after the message.
        while let Ok(Some(_)) = frames.next().await {}
        let (status, trailers) = frames.end();
        let mut metadata = head.headers;
        metadata.extend(trailers);
        match (status.code(), message) {
            (Code::Ok, Some(message)) => match self.text(&message) {
                Ok(text) => Ok(json_response(StatusCode::OK, Body::from(text), metadata)),
                Err(status) => Err((status, metadata)),
            },
            (Code::Ok, None) => Err((Status::internal(NO_MESSAGE), metadata)),
            _ => Err((status, metadata)),
        }
    }

    /// `[message,message…]`, each written when it comes.
    fn stream(self, frames: Frames) -> Body {
        let parts = stream::unfold(Stage::Opening(frames), move |stage| async move {
            let (mut frames, separator) = match stage {
                Stage::Opening(frames) => (frames, "["),
                Stage::Following(frames) => (frames, ","),
                Stage::Closed => return None,
            };
            let next = match frames.next().await {
                Ok(Some(message)) => self.text(&message).map(Some),
                Ok(None) => Ok(None),
                Err(status) => Err(status),
            };
            let last = match next {
                Ok(Some(text)) => {
                    return Some((part(&[separator.as_bytes(), &text]), Stage::Following(frames)));
                }
                Ok(None) => frames.end().0,
                Err(status) => status,
            };
            // An array that is still empty has no comma before its end.
            let opening = if separator == "[" { "[" } else { "" };
            if last.code() == Code::Ok {
                return Some((part(&[opening.as_bytes(), b"]"]), Stage::Closed));
            }
            let envelope = self.style.layout.text(&status::envelope(&last));
            Some((part(&[separator.as_bytes(), &envelope, b"]"]), Stage::Closed))
        });
        Body::from_stream(parts)
    }

    fn text(&self, message: &[u8]) -> Result<Vec<u8>, Status> {
        let unreadable = |_| Status::internal("The method's answer cannot be decoded.");
        let message = DynamicMessage::decode(self.rule.method.output(), message).map_err(unreadable)?;
        let json = json::write(&message, self.style.enums)
            .map_err(|_| Status::internal("The method's answer holds a value that JSON has no form for."))?;
        let json = match &self.rule.response_body {
            None => json,
            Some(name) => json::field(&message.descriptor(), name)
                .and_then(|field| json.get(field.json_name()).cloned())
                .unwrap_or(Json::Null),
        };
        Ok(self.style.layout.text(&json))
    }
}

/// A failure that came before any gRPC call.
pub fn failure(status: &Status) -> Response<Body> {
    failure_with(status, HeaderMap::new())
}

/// A failure, with the metadata it came with.
pub fn failure_with(status: &Status, metadata: HeaderMap) -> Response<Body> {
    let text = Layout::Indented.text(&status::envelope(status));
    let mut response = json_response(status::http_status(status.code()), Body::from(text), metadata);
    response.extensions_mut().insert(status.clone());
    response
}

/// Among the extensions of an answer: the full name of the method of Google's that was called and is not here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotHere(pub String);

/// The answer to a call of a method that is not here.
pub fn not_here(method: &str) -> Response<Body> {
    let mut response = failure(&unimplemented(method));
    response.extensions_mut().insert(NotHere(method.to_owned()));
    response
}

/// Names the method where the gRPC side only says that there is none.
pub fn unserved(rule: &Rule, status: Status) -> Status {
    let anonymous = matches!(status.message(), "" | "Not yet implemented");
    if status.code() != Code::Unimplemented || !anonymous {
        return status;
    }
    unimplemented(rule.method.full_name())
}

/// What is told about a method that is not here.
pub fn unimplemented(method: &str) -> Status {
    Status::unimplemented(format!("Method {method} is not implemented here yet."))
}

impl Layout {
    fn text(self, json: &Json) -> Vec<u8> {
        match self {
            Self::Compact => json.to_string().into_bytes(),
            Self::Indented => format!("{json:#}\n").into_bytes(),
        }
    }
}

enum Stage {
    Closed,
    Following(Frames),
    Opening(Frames),
}

fn part(pieces: &[&[u8]]) -> Result<Bytes, Infallible> {
    Ok(pieces.concat().into())
}

fn json_response(status: StatusCode, body: Body, metadata: HeaderMap) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers::from_metadata(metadata);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
    response
}

const NO_MESSAGE: &str = "The method answered without a message.";
