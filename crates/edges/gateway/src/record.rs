//! What is written down about every request.

use std::mem::take;
use std::rc::Rc;
use std::sync::Arc;

use audit::{
    CredentialRecord, Decided, DecidedRequest, Decision, GateAnswer, PermissionDecision, RequestDecision,
};
use context::RequestId;
use http::{HeaderValue, Method, StatusCode, Uri};
use jiff::Timestamp;
use names::Principal;
use run::{Invoked, ServedRevision};

use crate::asked::Asked;
use crate::identify::{Identified, Identity};
use crate::per_core::Core;
use crate::refusal::Refusal;

/// The record of one request. It is written once, whatever becomes of the request: a client that leaves makes the HTTP
/// library drop what is under way, and the service may have acted by then.
pub(crate) struct Record {
    pub(crate) noted: Noted,
    /// Who takes it, until it is written.
    core: Option<Rc<Core>>,
}

impl Record {
    pub(crate) fn new(core: &Rc<Core>, noted: Noted) -> Self {
        Self { noted, core: Some(core.clone()) }
    }

    /// Writes down what the client is told. Waits only where decisions wait for room.
    pub(crate) async fn answered(mut self, status: StatusCode) {
        let Some(core) = self.core.take() else { return };
        let answer = self.noted.answer(core.timer().now());
        core.sources.decisions.record(self.noted.answered(status, answer)).await;
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if let Some(core) = self.core.take() {
            self.noted.detail = LEFT.to_owned();
            // Nobody else is told the ID but the service, if it was asked.
            tracing::info!(
                service = self.noted.service,
                "a client left before it was answered: doorward explain {}",
                self.noted.request_id
            );
            core.sources.decisions.record_at_once(self.noted.answered(client_left(), None));
        }
    }
}

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
    sent_to: Option<Arc<ServedRevision>>,
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
            sent_to: None,
            reason: None,
            detail: String::new(),
        }
    }

    /// Of a request that could not be read.
    pub(crate) fn of_nothing(id: &RequestId, time: Timestamp) -> Self {
        Self::of(&http::Request::new(()), id, time)
    }

    pub(crate) fn service(&mut self, service: &Invoked) {
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

    pub(crate) fn decided(&mut self, decision: PermissionDecision) {
        self.permission = Some(decision);
    }

    /// It is sent on to this revision.
    pub(crate) fn sent_to(&mut self, revision: &Arc<ServedRevision>) {
        self.sent_to = Some(revision.clone());
    }

    pub(crate) fn refused(&mut self, refusal: &Refusal) {
        if let Refusal::HttpsRequired { service, .. } | Refusal::IngressRefused { service } = refusal {
            // The owner of the service may learn why, although nothing was asked about it yet.
            self.service(service);
        }
        self.reason = Some(refusal.reason().name());
        self.detail = detail(refusal);
    }

    /// What answered by `now`, where the request was sent on.
    fn answer(&mut self, now: Timestamp) -> Option<GateAnswer> {
        let revision = self.sent_to.take()?;
        Some(GateAnswer {
            revision: revision.name.as_ref().map(|name| name.revision.to_string()),
            latency_microseconds: u64::try_from(now.duration_since(self.time).as_micros())
                .unwrap_or_default(),
        })
    }

    /// What is written down, which leaves nothing here.
    pub(crate) fn answered(&mut self, status: StatusCode, answer: Option<GateAnswer>) -> Decision {
        let principal = match take(&mut self.principal) {
            nobody if nobody.is_empty() => Principal::Anonymous.to_string(),
            principal => principal,
        };
        let gate = DecidedRequest::Gate {
            host: take(&mut self.host),
            method: take(&mut self.method),
            path: take(&mut self.path),
            service: take(&mut self.service),
            answer,
        };
        let request = RequestDecision {
            request: gate,
            credential: self.credential.take(),
            permission: self.permission.take(),
            status: status.as_u16(),
            reason: self.reason.map(str::to_owned),
            detail: take(&mut self.detail),
        };
        Decision {
            time: self.time,
            request_id: take(&mut self.request_id),
            ordinal: self.ordinal,
            principal,
            decided: Decided::Request(Box::new(request)),
        }
    }
}

/// By custom what is written down where nobody was left to be told anything.
fn client_left() -> StatusCode {
    StatusCode::from_u16(499).unwrap_or(StatusCode::REQUEST_TIMEOUT)
}

fn detail(refusal: &Refusal) -> String {
    match refusal {
        Refusal::AudienceMismatch { expected, found } => {
            format!("expected audience {expected}, found {}", shortened(found))
        }
        Refusal::GcloudAudience { expected, found } => format!(
            "expected audience {expected}, found {found}: gcloud's own, which `gcloud_audience = \"refused\"` under `[services]` refuses"
        ),
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
const LEFT: &str = "the client left before it was answered; the service may have acted";
