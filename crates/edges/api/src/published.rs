//! What everybody may read: the keys of ID tokens, and where things are (facts §3.1).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use problem::Reason;
use serde_json::Value;
use tokens::Tokens;

use crate::refusal;

/// The routes, under every path that Google's clients have built in.
pub(crate) fn routes(tokens: Tokens) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/oauth2/v1/certs", get(certificates))
        .route("/oauth2/v3/certs", get(jwks))
        .with_state(Published { tokens, certificates: Arc::default() })
}

#[derive(Clone)]
struct Published {
    tokens: Tokens,
    /// The key set that was certified last, and its certificates: writing them costs a signature for each key, which
    /// nobody without a credential should be able to ask for again and again.
    certificates: Arc<Mutex<Option<(Value, Bytes)>>>,
}

async fn discovery(State(published): State<Published>) -> Response {
    json(Bytes::from(format!("{:#}\n", published.tokens.discovery())), DISCOVERY_MAX_AGE)
}

async fn jwks(State(published): State<Published>) -> Response {
    let (keys, max_age) = published.tokens.jwks();
    json(Bytes::from(format!("{keys:#}\n")), max_age)
}

async fn certificates(State(published): State<Published>) -> Response {
    let (keys, max_age) = published.tokens.jwks();
    let mut last = published.certificates.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, text)) = last.as_ref().filter(|(certified, _)| *certified == keys) {
        return json(text.clone(), max_age);
    }
    match published.tokens.certificates() {
        Ok((certificates, max_age)) => {
            let text = Bytes::from(format!("{:#}\n", serde_json::json!(certificates)));
            *last = Some((keys, text.clone()));
            json(text, max_age)
        }
        Err(error) => {
            tracing::error!(%error, "the certificates of the published keys could not be written");
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response.headers_mut().insert(Reason::HEADER, refusal::reason_header(Reason::INTERNAL));
            response
        }
    }
}

fn json(text: Bytes, max_age: Duration) -> Response {
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
    let caching = format!("public, max-age={}, must-revalidate, no-transform", max_age.as_secs());
    if let Ok(caching) = HeaderValue::from_str(&caching) {
        headers.insert(header::CACHE_CONTROL, caching);
    }
    response
}

/// As at Google.
const DISCOVERY_MAX_AGE: Duration = Duration::from_secs(3600);
