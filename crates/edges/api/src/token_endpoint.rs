//! The token endpoint, under every path that clients have for it (facts §3.1): a form in, a token or an OAuth error out.

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use http::{HeaderValue, StatusCode, header};
use oauth::{TokenError, TokenPost};
use problem::Reason;
use tokens::ExchangeError;

use crate::oauth_answer::{Endpoint, body, error, from, json, refuse};

/// The routes; what is not `POST` is refused with 405.
pub(crate) fn routes(endpoint: Endpoint) -> Router {
    Router::new()
        .route("/token", post(exchange))
        .route("/oauth2/v4/token", post(exchange))
        .route("/o/oauth2/token", post(exchange))
        .route("/device/code", post(no_devices))
        .with_state(endpoint)
}

async fn exchange(State(endpoint): State<Endpoint>, request: Request) -> Response {
    let (context, from) = (endpoint.context(&request), from(&request));
    let headers = request.headers().clone();
    let body = match body(request).await {
        Ok(body) => body,
        Err(response) => return response,
    };
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    // Two of them are read as one that shows nothing: which of them counts, nobody could agree on.
    let twice = headers.get_all(header::AUTHORIZATION).iter().count() > 1;
    let authorization = if twice { Some("") } else { text(header::AUTHORIZATION) };
    let post = TokenPost { authorization, content_type: text(header::CONTENT_TYPE), body: &body };
    match endpoint.tokens.exchange(&context, from, post).await {
        Ok(answer) => json(StatusCode::OK, &answer),
        Err(error) => {
            let mut response = refuse(&error.answer(), reason(&error));
            if response.status() == StatusCode::UNAUTHORIZED && authorization.is_some() {
                // RFC 6749 §5.2: to a client that tried the header.
                let challenge = HeaderValue::from_static("Basic realm=\"token endpoint\"");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
            response
        }
    }
}

/// Devices without a browser: known to the protocol, and not served.
async fn no_devices() -> Response {
    let why =
        "The device grant (RFC 8628) is not served. Use authorization_code with a loopback redirect URI.";
    refuse(&error(StatusCode::NOT_IMPLEMENTED, "unsupported_grant_type", why), Reason::METHOD_UNIMPLEMENTED)
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
        | TokenError::ClientSecret
        | TokenError::Code
        | TokenError::CodeVerifier
        | TokenError::CodeVerifierMissing
        | TokenError::Delegation
        | TokenError::ExpiresAtMissing
        | TokenError::IssuedAtMissing
        | TokenError::RefreshToken
        | TokenError::Signature
        | TokenError::Timeframe => Reason::CREDENTIALS_INVALID,
        TokenError::ClientNotFound => Reason::OAUTH_CLIENT_UNKNOWN,
        TokenError::RedirectUri => Reason::OAUTH_REDIRECT_MISMATCH,
        TokenError::AssertionMalformed
        | TokenError::ClientMissing
        | TokenError::ClientTwice
        | TokenError::Form
        | TokenError::GrantType(_)
        | TokenError::ParameterMissing(_)
        | TokenError::ParameterRepeated(_)
        | TokenError::Scope => Reason::REQUEST_MALFORMED,
    }
}
