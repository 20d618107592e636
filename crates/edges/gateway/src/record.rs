//! What is written down about every request.

use std::rc::Rc;
use std::sync::Arc;

use access::{Refused, granted, not_granted};
use audit::{
    CredentialRecord, Decided, DecidedRequest, Decision, GateAnswer, PermissionDecision, RequestDecision,
    Unwritten,
};
use context::RequestId;
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use iam::Ground;
use jiff::Timestamp;
use names::{Principal, ResourceName, Revision};
use run::{RoutedService, ServedRevision};

use crate::asked::Asked;
use crate::identify::{Identified, Identity};
use crate::invocation::InvocationPermit;
use crate::per_core::Core;
use crate::refusal::Refusal;

/// The record of one request. It is written once, whatever becomes of the request: a client that leaves makes the HTTP
/// library drop what is under way, and the service may have acted by then.
pub(crate) struct Record {
    /// What is known, and who takes it, until it is written.
    open: Option<(Box<Noted>, Rc<Core>)>,
}

impl Record {
    pub(crate) fn new(core: &Rc<Core>, noted: Noted) -> Self {
        Self { open: Some((Box::new(noted), core.clone())) }
    }

    pub(crate) fn noted(&mut self) -> &mut Noted {
        &mut self.open.as_mut().expect("it is taken out only with the record itself").0
    }

    /// Writes down what the client is told. Waits only where decisions wait for room.
    pub(crate) async fn answered(mut self, status: StatusCode) {
        let Some((mut noted, core)) = self.open.take() else { return };
        noted.status = status;
        noted.answered_at = Some(core.timer().now());
        core.sources.decisions.record(noted as Box<dyn Unwritten>).await;
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if let Some((mut noted, core)) = self.open.take() {
            noted.detail = LEFT.to_owned();
            noted.status = client_left();
            // Nobody else is told the ID but the service, if it was asked.
            tracing::info!(
                service = noted.service_name(),
                "a client left before it was answered: doorward explain {}",
                noted.request_id
            );
            core.sources.decisions.record_at_once(noted as Box<dyn Unwritten>);
        }
    }
}

/// What is known of a request so far. Filled in on its way, so that a refusal at any step is recorded with what
/// was known there. Whatever can be shared is kept as it is, and becomes text where it is written; nothing is kept that
/// the connection's buffer would stay for.
pub(crate) struct Noted {
    /// Its place among what is written down under the ID.
    ordinal: u32,
    time: Timestamp,
    request_id: RequestId,
    principal: Principal,
    host: String,
    method: Method,
    path: String,
    service: Option<Arc<RoutedService>>,
    credential: Option<Credential>,
    permission: Option<Permission>,
    sent_to: Option<Arc<ServedRevision>>,
    reason: Option<&'static str>,
    detail: String,
    status: StatusCode,
    /// When there was an answer, to a request that just came.
    answered_at: Option<Timestamp>,
}

/// What a credential said.
struct Credential {
    header: HeaderName,
    audience: String,
    expires_at: Timestamp,
}

/// How the permission came out.
enum Permission {
    Granted { service: Arc<RoutedService>, revision: Revision, ground: Ground },
    Refused(Box<PermissionDecision>),
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
            request_id: id.clone(),
            principal: Principal::Anonymous,
            host,
            method: method.clone(),
            path: shortened(target.path()),
            service: None,
            credential: None,
            permission: None,
            sent_to: None,
            reason: None,
            detail: String::new(),
            status: StatusCode::INTERNAL_SERVER_ERROR,
            answered_at: None,
        }
    }

    /// Of a request that could not be read.
    pub(crate) fn of_nothing(id: &RequestId, time: Timestamp) -> Self {
        Self::of(&http::Request::new(()), id, time)
    }

    pub(crate) fn service(&mut self, service: &Arc<RoutedService>) {
        self.service = Some(service.clone());
    }

    pub(crate) fn identity<R: AsRef<Asked>>(&mut self, identified: &Identified<R>) {
        self.principal = identified.identity.principal().clone();
        let bearer = &identified.routed.request.as_ref().bearer;
        if let (Identity::Known(token), Ok(bearer)) = (&identified.identity, bearer) {
            self.credential = Some(Credential {
                header: bearer.header.clone(),
                audience: shortened(&token.audience),
                expires_at: token.expires_at,
            });
        }
    }

    /// How the permission came out to invoke this service.
    pub(crate) fn decided(
        &mut self,
        service: &Arc<RoutedService>,
        outcome: &Result<InvocationPermit, Refused>,
    ) {
        self.permission = Some(match outcome {
            Ok(permit) => Permission::Granted {
                service: service.clone(),
                revision: permit.revision(),
                ground: permit.ground().clone(),
            },
            Err(refused) => {
                let (name, permission) = named(service);
                Permission::Refused(Box::new(not_granted(permission, &name, refused)))
            }
        });
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

    /// What is written down once nothing more becomes known.
    pub(crate) fn ended(mut self, status: StatusCode) -> Box<dyn Unwritten> {
        self.status = status;
        Box::new(self)
    }

    fn service_name(&self) -> String {
        self.service.as_ref().map(|service| service.name.to_string()).unwrap_or_default()
    }

    /// What answered, where the request was sent on.
    fn answer(&self) -> Option<GateAnswer> {
        let (revision, at) = (self.sent_to.as_ref()?, self.answered_at?);
        Some(GateAnswer {
            revision: revision.name.as_ref().map(|name| name.revision.to_string()),
            latency_microseconds: u64::try_from(at.duration_since(self.time).as_micros()).unwrap_or_default(),
        })
    }
}

impl Unwritten for Noted {
    fn written(self: Box<Self>) -> Decision {
        let (service, answer) = (self.service_name(), self.answer());
        let noted = *self;
        let gate = DecidedRequest::Gate {
            host: noted.host,
            method: shortened(noted.method.as_str()),
            path: noted.path,
            service,
            answer,
        };
        let request = RequestDecision {
            request: gate,
            credential: noted.credential.map(|Credential { header, audience, expires_at }| {
                CredentialRecord { header: header.to_string(), audience, expires_at }
            }),
            permission: noted.permission.map(Permission::written),
            status: noted.status.as_u16(),
            reason: noted.reason.map(str::to_owned),
            detail: noted.detail,
        };
        Decision {
            time: noted.time,
            request_id: noted.request_id.to_string(),
            ordinal: noted.ordinal,
            principal: noted.principal.to_string(),
            decided: Decided::Request(Box::new(request)),
        }
    }
}

impl Permission {
    fn written(self) -> PermissionDecision {
        match self {
            Self::Granted { service, revision, ground } => {
                let (name, permission) = named(&service);
                granted(permission, &name, revision, &ground)
            }
            Self::Refused(decision) => *decision,
        }
    }
}

/// The resource that is decided about, and the permission that is asked for.
fn named(service: &RoutedService) -> (ResourceName, &'static str) {
    (service.name.clone().into(), InvocationPermit::permission(&service.name))
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
        Refusal::TokenExpired { at, .. } => format!("the token ended at {at}"),
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
