//! What everybody may read: the keys of ID tokens, those of each account, and where things are (facts §3.1).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use context::Clock;
use http::{HeaderValue, StatusCode, header};
use jose::{Jwk, Jwks, KeyId};
use names::AccountRef;
use problem::Reason;
use serde_json::{Value, json};
use tokens::{AccountKey, Tokens};

use crate::refusal;

/// The routes, under every path that Google's clients have built in.
pub(crate) fn routes(tokens: Tokens, clock: Arc<dyn Clock>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/oauth2/v1/certs", get(certificates))
        .route("/oauth2/v2/certs", get(jwks))
        .route("/oauth2/v3/certs", get(jwks))
        .route("/robot/v1/metadata/{form}/{account}", get(of_an_account))
        .route("/service_accounts/v1/jwk/{account}", get(jwk_of_an_account))
        .route("/service_accounts/v1/metadata/{form}/{account}", get(of_an_account))
        .with_state(Published { tokens, clock, certificates: Arc::default() })
}

#[derive(Clone)]
struct Published {
    tokens: Tokens,
    clock: Arc<dyn Clock>,
    /// The key set that was certified last, and its certificates: writing them costs a signature for each key, which
    /// nobody without a credential should be able to ask for again and again.
    certificates: Arc<Mutex<Option<(Value, Bytes)>>>,
}

async fn discovery(State(published): State<Published>) -> Response {
    published.json(Bytes::from(format!("{:#}\n", published.tokens.discovery())), DISCOVERY_MAX_AGE)
}

async fn jwks(State(published): State<Published>) -> Response {
    let (keys, max_age) = published.tokens.jwks();
    published.json(Bytes::from(format!("{keys:#}\n")), max_age)
}

async fn certificates(State(published): State<Published>) -> Response {
    let (keys, max_age) = published.tokens.jwks();
    let mut last = published.certificates.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, text)) = last.as_ref().filter(|(certified, _)| *certified == keys) {
        return published.json(text.clone(), max_age);
    }
    match published.tokens.certificates() {
        Ok((certificates, max_age)) => {
            let text = Bytes::from(format!("{:#}\n", json!(certificates)));
            *last = Some((keys, text.clone()));
            published.json(text, max_age)
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

/// Every key that verifies what one account signs, in the form that the path names.
async fn of_an_account(
    State(published): State<Published>,
    Path((form, account)): Path<(String, String)>,
) -> Response {
    match form.as_str() {
        "jwk" => published.account(&account, jwk_set),
        "raw" => published.account(&account, raw),
        "x509" => published.account(&account, x509),
        _ => nothing(),
    }
}

async fn jwk_of_an_account(State(published): State<Published>, Path(account): Path<String>) -> Response {
    published.account(&account, jwk_set)
}

fn jwk_set(keys: &[AccountKey]) -> Value {
    let jwk = |key: &AccountKey| Some(Jwk::new(KeyId::new(key.key_id.as_str()).ok()?, key.key.clone()));
    serde_json::to_value(Jwks::new(keys.iter().filter_map(jwk))).unwrap_or_default()
}

/// What Google's `raw` holds: the numbers of each key, in ordinary base64.
fn raw(keys: &[AccountKey]) -> Value {
    let value = |key: &AccountKey| {
        let (modulus, exponent) = key.key.rsa_numbers()?;
        Some(json!({
            "algorithm": "RSA",
            "exponent": STANDARD.encode(exponent),
            "keyid": key.key_id,
            "modulus": STANDARD.encode(modulus),
        }))
    };
    json!({ "keyvalues": keys.iter().filter_map(value).collect::<Vec<_>>() })
}

fn x509(keys: &[AccountKey]) -> Value {
    keys.iter().map(|key| (key.key_id.to_string(), Value::from(key.certificate_pem.clone()))).collect()
}

fn nothing() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert(Reason::HEADER, refusal::reason_header(Reason::RESOURCE_NOT_FOUND));
    response
}

impl Published {
    fn account(&self, account: &str, form: fn(&[AccountKey]) -> Value) -> Response {
        let found = AccountRef::parse(account).ok().and_then(|account| self.tokens.account_keys(&account));
        match found {
            Some((keys, max_age)) => self.json(Bytes::from(format!("{:#}\n", form(&keys))), max_age),
            None => nothing(),
        }
    }

    fn json(&self, text: Bytes, max_age: Duration) -> Response {
        let mut response = Response::new(Body::from(text));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
        let caching = format!("public, max-age={}, must-revalidate, no-transform", max_age.as_secs());
        if let Ok(caching) = HeaderValue::from_str(&caching) {
            headers.insert(header::CACHE_CONTROL, caching);
        }
        let expires = self.clock.now().checked_add(max_age).map(|end| end.strftime(HTTP_DATE).to_string());
        if let Some(expires) = expires.ok().and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(header::EXPIRES, expires);
        }
        response
    }
}

/// RFC 9110 §5.6.7.
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";
/// As at Google.
const DISCOVERY_MAX_AGE: Duration = Duration::from_secs(3600);
