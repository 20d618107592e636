//! Who calls: the layer in front of both transports.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use context::{Caller, Clock, Context, Randomness, RequestId};
use http::{HeaderMap, header};
use problem::{Code, Problem, Reason};
use tonic::metadata::MetadataValue;

use crate::method::Method;
use crate::transport::Transport;
use crate::{deadline, refusal};

/// What authentication needs.
pub(crate) struct Authentication {
    pub clock: Arc<dyn Clock>,
    pub randomness: Arc<dyn Randomness>,
}

/// In front of every API and behind the public endpoints: what passes carries a [`Context`] in its extensions.
pub(crate) async fn authenticate(
    State(authentication): State<Arc<Authentication>>,
    mut request: Request,
    next: Next,
) -> Response {
    let method = Method::of(&request);
    match authentication.identify(request.headers(), method.as_ref()) {
        Ok(caller) => {
            let context = authentication.context(caller, &request);
            request.extensions_mut().insert(context);
            next.run(request).await
        }
        Err(reason) => refuse(reason, &request, method.as_ref()),
    }
}

impl Authentication {
    fn identify(&self, headers: &HeaderMap, _method: Option<&Method>) -> Result<Caller, Reason> {
        let _token = bearer(headers)?;
        Err(Reason::CREDENTIALS_INVALID)
    }

    fn context(&self, caller: Caller, request: &Request) -> Context {
        let mut context = Context::new(caller, self.clock.clone(), self.randomness.clone());
        if let Some(request_id) = request.extensions().get::<RequestId>() {
            context = context.with_request_id(request_id.clone());
        }
        let deadline =
            deadline::granted(request.headers()).and_then(|span| self.clock.now().checked_add(span).ok());
        match deadline {
            Some(deadline) => context.with_deadline(deadline),
            None => context,
        }
    }
}

/// The bearer token. Two `Authorization` headers are refused whatever they say: who reads the first and who reads the
/// last would not agree on who calls.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, Reason> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(Reason::CREDENTIALS_MISSING)?;
    if values.next().is_some() {
        return Err(Reason::CREDENTIALS_INVALID);
    }
    let (scheme, token) =
        value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Reason::CREDENTIALS_INVALID)?;
    let token = token.trim_matches(' ');
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.contains(' ') {
        return Err(Reason::CREDENTIALS_INVALID);
    }
    Ok(token)
}

/// 401 or 403 in the caller's transport, with Google's texts (facts §0.1).
fn refuse(reason: Reason, request: &Request, method: Option<&Method>) -> Response {
    let (message, challenge) = match (reason, reason.code()) {
        (_, Code::PermissionDenied) => (
            INSUFFICIENT,
            "Bearer realm=\"https://accounts.google.com/\", error=\"insufficient_scope\", scope=\"https://www.googleapis.com/auth/cloud-platform\"",
        ),
        (Reason::CREDENTIALS_MISSING, _) => (MISSING, "Bearer realm=\"https://accounts.google.com/\""),
        _ => (INVALID, "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\""),
    };
    let mut problem = Problem::new(reason, message);
    if let Some(method) = method {
        problem = problem.with("service", method.host()).with("method", method.full_name());
    }
    if reason == Reason::CREDENTIALS_MISSING {
        problem = problem.try_command("gcloud auth application-default print-access-token");
    }
    let Some(request_id) = request.extensions().get::<RequestId>() else {
        unreachable!("the outermost layer draws the request ID")
    };
    let mut status = refusal::status(&problem, "googleapis.com", request_id);
    status.metadata_mut().insert("www-authenticate", MetadataValue::from_static(challenge));
    Transport::of(request.headers()).refuse(&status)
}

const MISSING: &str = "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.";
const INVALID: &str = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.";
const INSUFFICIENT: &str = "Request had insufficient authentication scopes.";
