//! What is written down about every request.

use audit::GateDecision;
use context::RequestId;
use http::StatusCode;
use iam::{Ground, Openness};
use jiff::Timestamp;

use crate::refusal::Refusal;

/// What is known of a request so far. Filled in on its way, so that a refusal at any step is recorded with what
/// was known there.
pub(crate) struct Noted {
    decision: GateDecision,
}

impl Noted {
    pub(crate) fn of<B>(request: &http::Request<B>, id: &RequestId, time: Timestamp) -> Self {
        let host = request.headers().get(http::header::HOST);
        let host = host.map(|host| shortened(&String::from_utf8_lossy(host.as_bytes()))).unwrap_or_default();
        Self {
            decision: GateDecision {
                time,
                request_id: id.to_string(),
                principal: names::Principal::Anonymous.to_string(),
                service: String::new(),
                host,
                method: shortened(request.method().as_str()),
                path: shortened(request.uri().path()),
                status: 0,
                reason: None,
                detail: String::new(),
            },
        }
    }

    pub(crate) fn service(&mut self, service: &names::ServiceName) {
        self.decision.service = service.to_string();
    }

    pub(crate) fn principal(&mut self, principal: &names::Principal) {
        self.decision.principal = principal.to_string();
    }

    pub(crate) fn ground(&mut self, given: &Ground) {
        self.decision.detail = ground(given);
    }

    pub(crate) fn refused(&mut self, refusal: &Refusal) {
        self.decision.reason = Some(refusal.reason().name().to_owned());
        if self.decision.detail.is_empty() {
            self.decision.detail = detail(refusal);
        }
    }

    pub(crate) fn answered(mut self, status: StatusCode) -> GateDecision {
        self.decision.status = status.as_u16();
        self.decision
    }
}

/// Why a request was allowed, in words.
pub(crate) fn ground(ground: &Ground) -> String {
    match ground {
        Ground::Binding { at, role, member } => format!("{member} has {role} on {at}"),
        Ground::Open(Openness::AllAuthenticatedUsers) => "open to allAuthenticatedUsers".to_owned(),
        Ground::Open(Openness::AllUsers) => "open to allUsers".to_owned(),
        Ground::Open(Openness::InvokerIamDisabled) => "open: invokerIamDisabled".to_owned(),
        Ground::System => "Doorward itself".to_owned(),
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
