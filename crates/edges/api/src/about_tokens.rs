//! What a token says, who it is about, and its end (facts §3.5): for whoever holds it.

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderValue, StatusCode, header};
use oauth::{AboutTokenError, ShownToken, named_token};
use problem::Reason;
use serde_json::{Map, Value, json};
use tokens::{AccessTokenInfo, IdTokenInfo, Rejected, RevokeTokenError};

use crate::authenticate::bearer;
use crate::oauth_answer::{Endpoint, body, error, from, json as answered, parameters, refuse};

/// The routes, under every path that clients have for them.
pub(crate) fn routes(endpoint: Endpoint) -> Router {
    let [info_1, info_2, info_3] = [Version::First, Version::Second, Version::Third].map(|version| {
        get(move |state, request| token_info(version, state, request))
            .post(move |state, request| token_info(version, state, request))
    });
    let [user_1, user_2, user_3] = [Version::First, Version::Second, Version::Third].map(|version| {
        get(move |state, request| user_info(version, state, request))
            .post(move |state, request| user_info(version, state, request))
    });
    Router::new()
        .route("/tokeninfo", info_3.clone())
        .route("/oauth2/v1/tokeninfo", info_1)
        .route("/oauth2/v2/tokeninfo", info_2)
        .route("/oauth2/v3/tokeninfo", info_3)
        .route("/oauth2/v1/userinfo", user_1)
        .route("/oauth2/v2/userinfo", user_2.clone())
        .route("/userinfo/v2/me", user_2)
        .route("/oauth2/v3/userinfo", user_3.clone())
        .route("/v1/userinfo", user_3)
        .route("/v1/introspect", post(introspect))
        .route("/revoke", post(revoke))
        .route("/o/oauth2/revoke", post(revoke))
        .with_state(endpoint)
}

/// Of `tokeninfo` and `userinfo`: each has members of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    First,
    Second,
    Third,
}

/// In which form `userinfo` refuses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// As APIs do.
    Api,
    /// As OAuth endpoints do.
    Oauth,
}

impl Refusal {
    /// That of OpenID Connect, under both of its paths, is an OAuth endpoint; the older ones are an API.
    fn of(version: Version) -> Self {
        match version {
            Version::First | Version::Second => Self::Api,
            Version::Third => Self::Oauth,
        }
    }
}

async fn token_info(version: Version, State(endpoint): State<Endpoint>, request: Request) -> Response {
    let now = endpoint.clock.now();
    let parameters = match parameters(request).await {
        Ok(parameters) => parameters,
        Err(response) => return response,
    };
    let told = ShownToken::parse(&parameters).and_then(|shown| match &shown {
        ShownToken::Access(token) => {
            let info = endpoint.tokens.access_token_info(now, token.reveal());
            info.map(|info| access_token(version, &info)).map_err(|_| AboutTokenError::NotGood)
        }
        ShownToken::Id(token) => {
            let info = endpoint.tokens.id_token_info(now, token.reveal());
            info.map(|info| id_token(version, &info)).map_err(|_| AboutTokenError::NotGood)
        }
    });
    match told {
        Ok(told) => answered(StatusCode::OK, &told),
        Err(error) => refuse(&error.answer(), reason(error)),
    }
}

/// The third version says everything as text.
fn access_token(version: Version, info: &AccessTokenInfo) -> Value {
    let access_type = if info.offline { "offline" } else { "online" };
    let subject = info.shows_subject().then(|| info.subject.clone());
    let told = match version {
        Version::First | Version::Second => json!({
            "issued_to": info.client, "audience": info.client, "user_id": subject,
            "scope": info.scopes.to_string(), "expires_in": info.expires_in, "email": info.email,
            "verified_email": info.email.is_some().then_some(true), "access_type": access_type,
        }),
        Version::Third => json!({
            "azp": info.client, "aud": info.client, "sub": subject, "scope": info.scopes.to_string(),
            "exp": info.expires_at.as_second().to_string(), "expires_in": info.expires_in.to_string(),
            "email": info.email, "email_verified": info.email.is_some().then_some("true"),
            "access_type": access_type,
        }),
    };
    without_nulls(told)
}

fn id_token(version: Version, info: &IdTokenInfo) -> Value {
    let claim = |name: &str| info.claims.get(name).cloned().unwrap_or_default();
    match version {
        Version::First | Version::Second => without_nulls(json!({
            "issuer": claim("iss"), "issued_to": claim("azp"), "audience": claim("aud"), "user_id": claim("sub"),
            "expires_in": info.expires_in, "issued_at": claim("iat"), "email": claim("email"),
            "email_verified": claim("email_verified"), "nonce": claim("nonce"),
        })),
        Version::Third => {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let mut told: Map<String, Value> =
                info.claims.iter().map(|(name, value)| (name.clone(), text(value).into())).collect();
            told.insert("alg".to_owned(), "RS256".into());
            told.insert("kid".to_owned(), info.key_id.clone().into());
            told.insert("typ".to_owned(), "JWT".into());
            told.into()
        }
    }
}

/// RFC 7662, as the Security Token Service has it: from a form alone, for URLs are written into logs. Of what does not count
/// nothing is said but that.
async fn introspect(State(endpoint): State<Endpoint>, request: Request) -> Response {
    let now = endpoint.clock.now();
    let form = match body(request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    match named_token(&form) {
        Ok(token) => {
            let info = endpoint.tokens.access_token_info(now, token.reveal());
            let told = info.map_or_else(|_| json!({"active": false}), |info| introspected(&info));
            answered(StatusCode::OK, &told)
        }
        Err(error) => refuse(&error.answer(), reason(error)),
    }
}

/// The members of RFC 7662 §2.2; who it is as far as the scopes show it.
fn introspected(info: &AccessTokenInfo) -> Value {
    let subject = info.shows_subject().then(|| info.subject.clone());
    without_nulls(json!({
        "active": true, "client_id": info.client, "exp": info.expires_at.as_second(),
        "scope": info.scopes.to_string(), "sub": subject, "token_type": "Bearer", "username": info.email,
    }))
}

async fn user_info(version: Version, State(endpoint): State<Endpoint>, request: Request) -> Response {
    let (now, refusal) = (endpoint.clock.now(), Refusal::of(version));
    let shown = bearer(request.headers()).map(str::to_owned);
    let token = match shown {
        Ok(token) => Some(token),
        Err(_) if request.headers().contains_key(header::AUTHORIZATION) => None,
        Err(_) => match parameters(request).await {
            Ok(parameters) => match ShownToken::parse(&parameters) {
                Ok(ShownToken::Access(token)) => Some(token.into_revealed()),
                Ok(ShownToken::Id(_)) | Err(_) => None,
            },
            Err(response) => return response,
        },
    };
    let info = token.ok_or(Rejected::Invalid);
    let info = match info.and_then(|token| endpoint.tokens.access_token_info(now, &token)) {
        Ok(info) => info,
        Err(_) => return unidentified(refusal),
    };
    if !info.shows_subject() {
        let answer = error(StatusCode::FORBIDDEN, "insufficient_scope", INSUFFICIENT);
        return match refusal {
            Refusal::Oauth => refuse(&answer, Reason::ACCESS_TOKEN_SCOPE_INSUFFICIENT),
            Refusal::Api => {
                envelope(StatusCode::FORBIDDEN, Reason::ACCESS_TOKEN_SCOPE_INSUFFICIENT, INSUFFICIENT)
            }
        };
    }
    answered(StatusCode::OK, &user(version, &info))
}

fn user(version: Version, info: &AccessTokenInfo) -> Value {
    let (subject, verified) = match version {
        Version::First | Version::Second => ("id", "verified_email"),
        Version::Third => ("sub", "email_verified"),
    };
    let profile = &info.about.profile;
    without_nulls(json!({
        subject: info.subject, "email": info.email, verified: info.email.is_some().then_some(true),
        "name": profile.name, "given_name": profile.given_name, "family_name": profile.family_name,
        "picture": profile.picture, "hd": info.about.hosted_domain,
    }))
}

async fn revoke(State(endpoint): State<Endpoint>, request: Request) -> Response {
    let (context, from) = (endpoint.context(&request), from(&request));
    let parameters = match parameters(request).await {
        Ok(parameters) => parameters,
        Err(response) => return response,
    };
    let revoked = match named_token(&parameters) {
        Ok(token) => endpoint.tokens.revoke(&context, from, &token).await,
        Err(error) => Err(error.into()),
    };
    match revoked {
        Ok(()) => answered(StatusCode::OK, &json!({})),
        Err(RevokeTokenError::Busy) => {
            let why = "Too many requests. Try again later.";
            refuse(
                &error(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", why),
                Reason::QUOTA_EXCEEDED,
            )
        }
        Err(RevokeTokenError::Refused(error)) => refuse(&error.answer(), reason(error)),
        Err(RevokeTokenError::Unavailable) => {
            let why = "The token could not be revoked. Try again later.";
            refuse(
                &error(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", why),
                Reason::STORE_UNAVAILABLE,
            )
        }
    }
}

fn reason(error: AboutTokenError) -> Reason {
    match error {
        AboutTokenError::NoToken | AboutTokenError::TokenMissing => Reason::REQUEST_MALFORMED,
        AboutTokenError::NotGood | AboutTokenError::RevokedAlready => Reason::CREDENTIALS_INVALID,
    }
}

fn unidentified(refusal: Refusal) -> Response {
    let mut response = match refusal {
        Refusal::Oauth => {
            let answer = error(StatusCode::UNAUTHORIZED, "invalid_request", "Invalid Credentials");
            refuse(&answer, Reason::CREDENTIALS_INVALID)
        }
        Refusal::Api => {
            envelope(StatusCode::UNAUTHORIZED, Reason::CREDENTIALS_INVALID, crate::authenticate::INVALID)
        }
    };
    let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    response
}

/// The envelope of facts §0.1.
fn envelope(status: StatusCode, reason: Reason, message: &str) -> Response {
    let code = reason.code();
    let body = json!({"error": {"code": status.as_u16(), "message": message, "status": code.name()}});
    let mut response = answered(status, &body);
    response.headers_mut().insert(Reason::HEADER, crate::refusal::reason_header(reason));
    response
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other => other,
    }
}

const INSUFFICIENT: &str = "Request had insufficient authentication scopes.";
