//! REST requests, answered by the gRPC methods of a router in this process.

mod answer;
mod frames;
mod headers;
mod query;
mod request;

use crate::rules::{Found, NotFound, Rule, Rules, Unserved};
use answer::Answer;
pub use answer::NotHere;
use axum::body::Body;
use frames::Frames;
use http::{Request, Response};
use request::Call;
pub(crate) use request::message;
use std::sync::LazyLock;
use std::time::Duration;
use tonic::Status;
use tower::ServiceExt;

/// How large a request's body may be unless [`Transcoder::body_limit`] says otherwise: 10 MiB, as at Google.
pub const DEFAULT_BODY_LIMIT_BYTES: usize = 10 * 1024 * 1024;

/// How long the whole body of a request may take to come, in real time: a peer that announces one and sends nothing
/// would hold its connection for ever.
pub const BODY_PATIENCE: Duration = Duration::from_secs(30);

/// Turns REST requests into calls of a tonic router, and their results into JSON. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Transcoder {
    grpc: axum::Router,
    body_limit_bytes: usize,
}

impl Transcoder {
    /// A transcoder in front of `grpc`, by the rules of the [descriptor set](crate::descriptors).
    ///
    /// Messages arrive uncompressed and may be as large as the body limit: services should be built with
    /// `max_decoding_message_size` to match, since tonic's own limit is 4 MiB.
    #[must_use]
    pub fn new(grpc: axum::Router) -> Self {
        Self { grpc, body_limit_bytes: DEFAULT_BODY_LIMIT_BYTES }
    }

    /// Sets how large a request's body may be. A larger one is answered 400 `INVALID_ARGUMENT`, as Google's front ends do.
    #[must_use]
    pub fn body_limit(self, bytes: usize) -> Self {
        Self { body_limit_bytes: bytes, ..self }
    }

    /// The rules it works by.
    #[must_use]
    pub fn rules() -> &'static Rules {
        &RULES
    }

    /// Which rule answers a request.
    ///
    /// # Errors
    ///
    /// When none does.
    pub fn find<B>(request: &Request<B>) -> Result<Found<'static>, NotFound> {
        RULES.find(request.method(), Self::authority(request), request.uri().path())
    }

    /// The authority that a request is for, from its target or its `Host`; empty where neither says.
    pub fn authority<B>(request: &Request<B>) -> &str {
        let host = request.headers().get(http::header::HOST).and_then(|host| host.to_str().ok());
        request.uri().authority().map(http::uri::Authority::as_str).or(host).unwrap_or_default()
    }

    /// The rules of Google's methods that nobody can serve here.
    #[must_use]
    pub fn unserved() -> &'static Unserved {
        &UNSERVED
    }

    /// Answers one request.
    ///
    /// Its headers travel on as metadata, save those about the connection and the body; its extensions travel on as they
    /// are. Every failure is the JSON envelope of [`status::envelope`](crate::status::envelope), and has the
    /// [`Status`] itself among its extensions, for outer layers that have something to add:
    ///
    /// * a path without a rule, or with rules for other verbs only: 404 `NOT_FOUND`, as Google answers both;
    /// * a path of an API that is not here: 501 `UNIMPLEMENTED`, naming the method, and [`NotHere`] among the extensions;
    /// * a body or query that is not the method's request: 400 `INVALID_ARGUMENT`, with the fields;
    /// * a body that breaks off, or has not come after [`BODY_PATIENCE`]: 499 `CANCELLED`;
    /// * a method that nobody serves yet: 501 `UNIMPLEMENTED`, naming it;
    /// * a gRPC status: its code, message and details, and its metadata as headers.
    ///
    /// The result of a server-streaming method is a JSON array that grows as messages come; a failure after the first byte
    /// is its last element.
    pub async fn handle(&self, request: Request<Body>) -> Response<Body> {
        let found = match Self::find(&request) {
            Ok(found) => found,
            Err(NotFound::Path | NotFound::Verb) => {
                let unserved =
                    UNSERVED.find(request.method(), Self::authority(&request), request.uri().path());
                return match unserved {
                    Some(method) => answer::not_here(method),
                    None => answer::failure(&Status::not_found("Method not found.")),
                };
            }
        };
        let rule = found.rule;
        match Call::read(found, request, self.body_limit_bytes).await {
            Ok(call) => self.call(rule, call).await,
            Err(status) => answer::failure(&status),
        }
    }

    async fn call(&self, rule: &'static Rule, call: Call) -> Response<Body> {
        let answer = Answer { rule, style: call.style };
        let Ok(response) = self.grpc.clone().oneshot(call.request).await;
        let (head, body) = response.into_parts();
        let frames = Frames::new(body, &head.headers);
        match answer.of(head, frames).await {
            Ok(response) => response,
            Err((status, metadata)) => answer::failure_with(&answer::unserved(rule, status), metadata),
        }
    }
}

static UNSERVED: LazyLock<Unserved> = LazyLock::new(|| {
    let lines = include_str!(concat!(env!("OUT_DIR"), "/unserved.txt"));
    Unserved::parse(lines).expect("a test reads every line that the build script wrote")
});

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    Rules::of(crate::pool()).expect("a test reads every rule of the embedded descriptor set")
});
