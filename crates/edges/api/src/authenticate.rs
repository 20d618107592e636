//! Who calls: the layer in front of both transports.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use context::{Caller, Clock, Context, Randomness, RequestId};
use http::{HeaderMap, header};
use names::{Principal, Universe};
use problem::{Problem, Reason};
use tokens::{ApiAudience, ApiFamily, Authority, Effect, Nobody, Rejected, Tokens};

use crate::method::Method;
use crate::recorded::Called;
use crate::transport::Transport;
use crate::uncredentialed::uncredentialed;
use crate::{deadline, refusal};

/// What authentication needs.
pub(crate) struct Authentication {
    pub clock: Arc<dyn Clock>,
    pub own_addresses: Vec<Authority>,
    pub randomness: Arc<dyn Randomness>,
    pub tokens: Tokens,
    pub universe: Universe,
}

/// Why nobody is calling.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Unidentified {
    /// There is something that is no bearer token, or there are two.
    Malformed,
    /// There is nothing, or nothing in the place where it would be read.
    Missing,
    /// There is nothing, and the call is not one that needs nothing.
    Nobody(Nobody),
    /// There is a token, and it does not count here.
    Rejected(Rejected),
}

/// In front of every API and behind the public endpoints: what passes carries a [`Context`] in its extensions.
pub(crate) async fn authenticate(
    State(authentication): State<Arc<Authentication>>,
    mut request: Request,
    next: Next,
) -> Response {
    let method = Method::of(&request);
    let name = method.as_ref().map(Method::full_name);
    let (principal, mut response) = match authentication.identify(&request, method.as_ref()) {
        Ok(caller) => {
            let context = authentication.context(caller, &request, method.as_ref());
            let principal = context.principal().to_string();
            request.extensions_mut().insert(context);
            (principal, next.run(request).await)
        }
        Err(unidentified) => {
            let realm = format!("{}/", authentication.universe.issuer());
            let refusal = refuse(&unidentified, &request, method.as_ref(), &realm);
            (Principal::Anonymous.to_string(), refusal)
        }
    };
    response.extensions_mut().insert(Called { method: name, principal });
    response
}

impl Authentication {
    fn identify(&self, request: &Request, method: Option<&Method>) -> Result<Caller, Unidentified> {
        let token = match bearer(request.headers()) {
            Err(Unidentified::Missing) => {
                let call = uncredentialed(request).ok_or(Unidentified::Missing)?;
                return self.tokens.authenticate_uncredentialed(&call).map_err(Unidentified::Nobody);
            }
            presented => presented?,
        };
        let audience = match method {
            Some(method) => method.audience(&self.universe, &self.own_addresses),
            // Who may call anything may be told that there is no such method.
            None => ApiAudience {
                hosts: Vec::new(),
                own: self.own_addresses.clone(),
                family: ApiFamily::Other,
                effect: Effect::Read,
            },
        };
        self.tokens.authenticate(self.clock.now(), token, &audience).map_err(Unidentified::Rejected)
    }

    fn context(&self, caller: Caller, request: &Request, method: Option<&Method>) -> Context {
        let mut context = Context::new(caller, self.clock.clone(), self.randomness.clone());
        if let Some(api) = method.and_then(|method| method.called_api(request)) {
            context = context.through(api);
        }
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
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, Unidentified> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(Unidentified::Missing)?;
    if values.next().is_some() {
        return Err(Unidentified::Malformed);
    }
    let (scheme, token) =
        value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Unidentified::Malformed)?;
    let token = token.trim_matches(' ');
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.contains(' ') {
        return Err(Unidentified::Malformed);
    }
    Ok(token)
}

/// 401 or 403 in the caller's transport, with Google's texts (facts §0.1).
fn refuse(unidentified: &Unidentified, request: &Request, method: Option<&Method>, realm: &str) -> Response {
    let (reason, message) = match unidentified {
        Unidentified::Malformed | Unidentified::Rejected(Rejected::Invalid) => {
            (Reason::CREDENTIALS_INVALID, INVALID)
        }
        Unidentified::Missing | Unidentified::Nobody(Nobody::Missing) => {
            (Reason::CREDENTIALS_MISSING, MISSING)
        }
        Unidentified::Nobody(Nobody::Browser) => (Reason::ANONYMOUS_BROWSER_REFUSED, BROWSER),
        Unidentified::Nobody(Nobody::ForeignHost) => (Reason::ANONYMOUS_HOST_REFUSED, FOREIGN_HOST),
        Unidentified::Nobody(Nobody::Proxy) => (Reason::ANONYMOUS_PROXY_REFUSED, PROXY),
        Unidentified::Nobody(Nobody::OwnerDisabled) => (Reason::ACCOUNT_STATE_INVALID, INVALID),
        Unidentified::Rejected(Rejected::AccountState) => (Reason::ACCOUNT_STATE_INVALID, INVALID),
        Unidentified::Rejected(Rejected::Expired) => (Reason::ACCESS_TOKEN_EXPIRED, INVALID),
        Unidentified::Rejected(Rejected::ScopeInsufficient { .. }) => {
            (Reason::ACCESS_TOKEN_SCOPE_INSUFFICIENT, INSUFFICIENT)
        }
        Unidentified::Rejected(Rejected::WrongType) => (Reason::ACCESS_TOKEN_TYPE_UNSUPPORTED, INVALID),
    };
    let mut problem = Problem::new(reason, message);
    if MENDED_BY_A_TOKEN.contains(&reason) {
        problem = problem.try_command("doorward token access");
    }
    if let Some(method) = method {
        problem = problem.with("service", method.host()).with("method", method.full_name());
    }
    let Some(request_id) = request.extensions().get::<RequestId>() else {
        unreachable!("the outermost layer draws the request ID")
    };
    let mut status = refusal::status(&problem, "googleapis.com", request_id);
    if let Ok(challenge) = challenge(unidentified, realm).parse() {
        status.metadata_mut().insert("www-authenticate", challenge);
    }
    Transport::of(request.headers()).refuse(&status)
}

/// What `WWW-Authenticate` says (RFC 6750 §3: without an error code where nothing was presented).
fn challenge(unidentified: &Unidentified, realm: &str) -> String {
    let bearer = format!("Bearer realm=\"{realm}\"");
    match unidentified {
        Unidentified::Missing | Unidentified::Nobody(_) => bearer,
        Unidentified::Rejected(Rejected::ScopeInsufficient { needed }) => {
            format!("{bearer}, error=\"insufficient_scope\", scope=\"{}\"", needed.join(" "))
        }
        Unidentified::Malformed | Unidentified::Rejected(_) => format!("{bearer}, error=\"invalid_token\""),
    }
}

/// What a new access token mends.
const MENDED_BY_A_TOKEN: [Reason; 4] = [
    Reason::ACCESS_TOKEN_EXPIRED,
    Reason::ACCESS_TOKEN_TYPE_UNSUPPORTED,
    Reason::CREDENTIALS_INVALID,
    Reason::CREDENTIALS_MISSING,
];
const MISSING: &str = "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.";
pub(crate) const INVALID: &str = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.";
const INSUFFICIENT: &str = "Request had insufficient authentication scopes.";
const BROWSER: &str = "The call carries no credential and comes from a browser (it has Origin or Sec-Fetch-Site): a page of anybody could have made it, so it is not taken for the local owner's. Send an access token: `doorward token access`.";
const PROXY: &str = "The call carries no credential and comes through a proxy (it has Forwarded, Via or X-Forwarded-…), which may call for anybody, so it is not taken for the local owner's. Call the API directly, or send an access token: `doorward token access`.";
const FOREIGN_HOST: &str = "The call carries no credential, and its Host is not a name of this machine's loopback, so it is not taken for the local owner's. Call 127.0.0.1, [::1] or localhost, or send an access token: `doorward token access`.";
