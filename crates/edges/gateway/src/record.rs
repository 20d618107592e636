//! What is written down about every request.

use access::Refused;
use audit::{CredentialRecord, Decided, DecidedRequest, Decision, PermissionDecision, RequestDecision};
use context::RequestId;
use http::{HeaderValue, Method, StatusCode, Uri};
use iam::Permit;
use iam::permission::RunRoutesInvoke;
use jiff::Timestamp;
use names::Principal;

use crate::asked::Asked;
use crate::identify::{Identified, Identity};
use crate::refusal::Refusal;

/// What is known of a request so far. Filled in on its way, so that a refusal at any step is recorded with what
/// was known there.
pub(crate) struct Noted {
    /// Its place among what is written down under the ID.
    ordinal: u32,
    time: Timestamp,
    request_id: String,
    principal: String,
    host: String,
    method: String,
    path: String,
    service: String,
    credential: Option<CredentialRecord>,
    permission: Option<PermissionDecision>,
    reason: Option<&'static str>,
    detail: String,
}

impl Noted {
    pub(crate) fn of<B>(request: &http::Request<B>, id: &RequestId, time: Timestamp) -> Self {
        Self::new(id, request.method(), request.uri(), request.headers().get(http::header::HOST), time)
    }

    /// Of a request under way that is decided about once more.
    pub(crate) fn again(asked: &Asked, time: Timestamp) -> Self {
        let noted = Self::new(&asked.id, &asked.method, &asked.target, Some(&asked.host), time);
        Self { ordinal: 1, ..noted }
    }

    fn new(
        id: &RequestId,
        method: &Method,
        target: &Uri,
        host: Option<&HeaderValue>,
        time: Timestamp,
    ) -> Self {
        // In HTTP/2 the host is part of the target.
        let authority = target.authority().map(|authority| authority.as_str().as_bytes());
        let host = host.map(HeaderValue::as_bytes).or(authority);
        let host = host.map(|host| shortened(&String::from_utf8_lossy(host))).unwrap_or_default();
        Self {
            ordinal: 0,
            time,
            request_id: id.to_string(),
            principal: String::new(),
            host,
            method: shortened(method.as_str()),
            path: shortened(target.path()),
            service: String::new(),
            credential: None,
            permission: None,
            reason: None,
            detail: String::new(),
        }
    }

    /// Of a request that could not be read.
    pub(crate) fn of_nothing(id: &RequestId, time: Timestamp) -> Self {
        Self::of(&http::Request::new(()), id, time)
    }

    pub(crate) fn service(&mut self, service: &names::ServiceName) {
        self.service = service.to_string();
    }

    pub(crate) fn identity<R: AsRef<Asked>>(&mut self, identified: &Identified<R>) {
        self.principal = identified.identity.principal().to_string();
        let bearer = &identified.routed.request.as_ref().bearer;
        if let (Identity::Known(token), Ok(bearer)) = (&identified.identity, bearer) {
            self.credential = Some(CredentialRecord {
                header: bearer.header.to_string(),
                audience: shortened(&token.audience),
                expires_at: token.expires_at,
            });
        }
    }

    pub(crate) fn decided(
        &mut self,
        service: &names::ServiceName,
        decided: &Result<Permit<RunRoutesInvoke>, Refused>,
    ) {
        self.permission = Some(access::noted(service, decided));
    }

    pub(crate) fn refused(&mut self, refusal: &Refusal) {
        self.reason = Some(refusal.reason().name());
        self.detail = detail(refusal);
    }

    pub(crate) fn answered(self, status: StatusCode) -> Decision {
        let Self { ordinal, time, request_id, host, method, path, service, .. } = self;
        let Self { credential, permission, detail, .. } = self;
        let principal =
            if self.principal.is_empty() { Principal::Anonymous.to_string() } else { self.principal };
        let request = RequestDecision {
            request: DecidedRequest::Gate { host, method, path, service },
            credential,
            permission,
            status: status.as_u16(),
            reason: self.reason.map(str::to_owned),
            detail,
        };
        Decision { time, request_id, ordinal, principal, decided: Decided::Request(Box::new(request)) }
    }
}

fn detail(refusal: &Refusal) -> String {
    match refusal {
        Refusal::AudienceMismatch { expected, found } => {
            format!("expected audience {expected}, found {}", shortened(found))
        }
        Refusal::TokenExpired { at } => format!("the token ended at {at}"),
        other => other.problem().message,
    }
}

fn shortened(text: &str) -> String {
    // No text has more characters than bytes.
    if text.len() <= MOST_CHARACTERS { text.to_owned() } else { text.chars().take(MOST_CHARACTERS).collect() }
}

/// Enough to recognise a request; whoever sends long targets fills no disk with them.
const MOST_CHARACTERS: usize = 512;
