//! The authorisation endpoint (facts §3.1): a client is sent here with what it asks for, and gets a code by the way back.
//!
//! There is no page to sign in on. Who lets a client act for them has their command line show its refresh token in the
//! `Authorization` header (`doorward authorize URL`); a browser, which has none and sends none by itself, is told so.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};
use names::Secret;
use oauth::{AuthorizationFault, AuthorizationRequest};
use problem::Reason;
use tokens::AuthorizeError;

use crate::authenticate::{Unidentified, bearer};
use crate::oauth_answer::{Endpoint, error, from, parameters, refuse};

/// The routes.
pub(crate) fn routes(endpoint: Endpoint) -> Router {
    Router::new()
        .route("/o/oauth2/auth", get(authorize).post(authorize))
        .route("/o/oauth2/v2/auth", get(authorize).post(authorize))
        .with_state(endpoint)
}

async fn authorize(State(endpoint): State<Endpoint>, request: Request) -> Response {
    let (context, from) = (endpoint.context(&request), from(&request));
    let shown = bearer(request.headers()).map(|token| Secret::new(token.to_owned()));
    let parameters = match parameters(request).await {
        Ok(parameters) => parameters,
        Err(response) => return response,
    };
    // Nobody is sent anywhere before it is known that this client wants its answers there.
    let asked = match AuthorizationRequest::parse(&parameters) {
        Ok(asked) => asked,
        Err(malformed) => return told_here(&malformed.to_string()),
    };
    if let Err(refused) = endpoint.tokens.check_redirect(&asked) {
        return refused_here(refused);
    }
    let terms = match &asked.terms {
        Ok(terms) => terms,
        Err(fault) => return told_there(&asked, *fault),
    };
    if endpoint.tokens.check_challenge(&asked, terms) == Err(AuthorizeError::ChallengeMissing) {
        return told_there(&asked, AuthorizationFault::ChallengeMissing);
    }
    let shown = match shown {
        Ok(shown) => shown,
        Err(Unidentified::Missing | Unidentified::Nobody(_)) => return sign_in_elsewhere(),
        Err(Unidentified::Malformed | Unidentified::Rejected(_)) => {
            return refused_here(AuthorizeError::CredentialUnknown);
        }
    };
    match endpoint.tokens.authorize(&context, from, &shown, &asked, terms).await {
        Ok(code) => {
            let scope = terms.scopes.to_string();
            redirect(&asked.answer(&[("code", code.reveal()), ("scope", &scope)]))
        }
        Err(refused) => refused_here(refused),
    }
}

/// The client hears what is wrong with its request (RFC 6749 §4.1.2.1).
fn told_there(asked: &AuthorizationRequest, fault: AuthorizationFault) -> Response {
    let why = fault.to_string();
    redirect(&asked.answer(&[("error", fault.error()), ("error_description", &why)]))
}

fn redirect(location: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(location) else {
        return told_here("the redirect URI cannot stand in a header");
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    response.headers_mut().insert(header::LOCATION, location);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Whoever is sent here hears it: nobody is sent on.
fn told_here(why: &str) -> Response {
    refuse(&error(StatusCode::BAD_REQUEST, "invalid_request", why), Reason::REQUEST_MALFORMED)
}

fn refused_here(refused: AuthorizeError) -> Response {
    let (status, code, reason) = match refused {
        AuthorizeError::Busy => {
            (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", Reason::QUOTA_EXCEEDED)
        }
        AuthorizeError::ChallengeMissing => {
            (StatusCode::BAD_REQUEST, "invalid_request", Reason::REQUEST_MALFORMED)
        }
        AuthorizeError::ClientUnknown => {
            (StatusCode::UNAUTHORIZED, "invalid_client", Reason::OAUTH_CLIENT_UNKNOWN)
        }
        AuthorizeError::CredentialUnknown => {
            (StatusCode::UNAUTHORIZED, "access_denied", Reason::CREDENTIALS_INVALID)
        }
        AuthorizeError::Redirect => {
            (StatusCode::BAD_REQUEST, "redirect_uri_mismatch", Reason::OAUTH_REDIRECT_MISMATCH)
        }
        AuthorizeError::ScopeInsufficient => {
            (StatusCode::FORBIDDEN, "access_denied", Reason::ACCESS_TOKEN_SCOPE_INSUFFICIENT)
        }
        AuthorizeError::Unavailable => {
            (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", Reason::STORE_UNAVAILABLE)
        }
    };
    refuse(&error(status, code, refused.to_string()), reason)
}

fn sign_in_elsewhere() -> Response {
    refuse(&error(StatusCode::UNAUTHORIZED, "login_required", NO_PAGE), Reason::SIGN_IN_REQUIRED)
}

const NO_PAGE: &str = "There is no page to sign in on. Let this client act for you from a command line, and open what that prints: doorward authorize 'THIS ADDRESS'";
