//! A recorded request as the checks it went through, in order.

use store::{CheckRecord, DecidedRequest, RequestDecision};

use crate::Disclosed;

impl Disclosed {
    /// Every check that was made, in order: those up to the one that failed, or all of them.
    pub fn checks(&self) -> Vec<CheckRecord> {
        let Some(request) = &self.request else { return self.permission_checks() };
        let mut checks = Vec::new();
        for stage in stages(&request.request) {
            let failed = match stage.kind {
                Kind::Answer => request.reason.is_some() || !(200..300).contains(&request.status),
                Kind::Passing | Kind::Permission => {
                    request.reason.as_deref().is_some_and(|reason| stage.reasons.contains(&reason))
                }
            };
            if stage.kind == Kind::Permission {
                checks.extend(self.permission_checks());
                // A refusal that names its checks says already which of them failed.
                if failed && checks.iter().any(|check| !check.passed) {
                    return checks;
                }
            }
            if failed || stage.kind != Kind::Permission {
                checks.push(CheckRecord {
                    subject: stage.subject.to_owned(),
                    expected: stage.expected.to_owned(),
                    found: if failed { failure(stage, request) } else { (stage.found)(request) },
                    passed: !failed,
                    level: None,
                });
            }
            if failed {
                return checks;
            }
        }
        if let Some(reason) = &request.reason {
            checks.push(CheckRecord {
                subject: "what was asked for".to_owned(),
                expected: "what the method can do".to_owned(),
                found: reason.clone(),
                passed: false,
                level: None,
            });
        }
        checks
    }

    fn permission_checks(&self) -> Vec<CheckRecord> {
        let mut checks = Vec::new();
        for decision in &self.permissions {
            checks.extend(decision.checks.iter().cloned());
            if let Some(ground) = &decision.ground {
                checks.push(CheckRecord {
                    subject: format!("{} on {}", decision.permission, decision.resource),
                    expected: "granted".to_owned(),
                    found: ground.clone(),
                    passed: true,
                    level: None,
                });
            } else if decision.checks.is_empty() {
                checks.push(CheckRecord {
                    subject: format!("{} on {}", decision.permission, decision.resource),
                    expected: "granted".to_owned(),
                    found: "not granted, or no such resource".to_owned(),
                    passed: false,
                    level: None,
                });
            }
        }
        checks
    }
}

/// One step of a request's life.
struct Stage {
    subject: &'static str,
    expected: &'static str,
    /// The reasons that a request has which fails here.
    reasons: &'static [&'static str],
    kind: Kind,
    /// What there was where it passed.
    found: fn(&RequestDecision) -> String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// What somebody else answered, which is for nobody here to say otherwise.
    Answer,
    /// What a request passes or not.
    Passing,
    /// What the permissions decide that were asked about.
    Permission,
}

fn stages(request: &DecidedRequest) -> &'static [Stage] {
    match request {
        DecidedRequest::Api { .. } => API,
        DecidedRequest::Delivery { .. } => DELIVERY,
        DecidedRequest::Gate { .. } => GATE,
    }
}

fn failure(stage: &Stage, request: &RequestDecision) -> String {
    match (&request.detail, &request.reason) {
        (detail, _) if !detail.is_empty() => detail.clone(),
        (_, Some(reason)) => reason.clone(),
        (_, None) => (stage.found)(request),
    }
}

fn as_expected(_: &RequestDecision) -> String {
    "as expected".to_owned()
}

fn service(request: &RequestDecision) -> String {
    match &request.request {
        DecidedRequest::Gate { service, .. } => service.clone(),
        DecidedRequest::Api { .. } | DecidedRequest::Delivery { .. } => String::new(),
    }
}

fn method(request: &RequestDecision) -> String {
    match &request.request {
        DecidedRequest::Api { method } => method.clone(),
        DecidedRequest::Delivery { .. } | DecidedRequest::Gate { .. } => String::new(),
    }
}

fn credential(request: &RequestDecision) -> String {
    match &request.credential {
        Some(credential) => {
            format!("a token in `{}`, good until {}", credential.header, credential.expires_at)
        }
        // Verified, but nobody's here: what is wrong with it is the check that follows.
        None if request.reason.as_deref() == Some(OTHER_AUDIENCE) => "an ID token that verifies".to_owned(),
        None => "none that counts; none was needed".to_owned(),
    }
}

fn audience(request: &RequestDecision) -> String {
    request
        .credential
        .as_ref()
        .map_or_else(|| "no token".to_owned(), |credential| credential.audience.clone())
}

fn account(request: &RequestDecision) -> String {
    match &request.request {
        DecidedRequest::Delivery { identity: Some(sent), .. } => format!("{}, which stands", sent.account),
        _ => "none: no token is sent".to_owned(),
    }
}

fn token(request: &RequestDecision) -> String {
    match &request.request {
        DecidedRequest::Delivery { identity: Some(sent), .. } => sent.token.clone(),
        _ => "none".to_owned(),
    }
}

fn answer(request: &RequestDecision) -> String {
    match &request.request {
        DecidedRequest::Delivery { answered_under: Some(id), .. } => {
            format!("{}, given here under {id}", status(request))
        }
        _ => status(request),
    }
}

fn status(request: &RequestDecision) -> String {
    format!("status {}", request.status)
}

const fn stage(
    subject: &'static str,
    expected: &'static str,
    reasons: &'static [&'static str],
    found: fn(&RequestDecision) -> String,
) -> Stage {
    Stage { subject, expected, reasons, kind: Kind::Passing, found }
}

const fn permission(reasons: &'static [&'static str]) -> Stage {
    let kind = Kind::Permission;
    Stage { subject: "the permission", expected: "granted", reasons, kind, found: as_expected }
}

const OTHER_AUDIENCE: &str = "INVOKER_TOKEN_AUDIENCE_MISMATCH";

const GATE: &[Stage] = &[
    stage(
        "the request",
        "one that can be read in one way",
        &["REQUEST_MALFORMED", "METHOD_UNIMPLEMENTED"],
        as_expected,
    ),
    stage("the host", "the host name of a service", &["ROUTE_NOT_FOUND"], service),
    stage(
        "the service's ingress and security level",
        "ones that let the call in",
        &["HTTPS_REQUIRED", "INGRESS_REFUSED"],
        as_expected,
    ),
    stage(
        "the credential",
        "an ID token as `Authorization: Bearer` or `X-Serverless-Authorization: Bearer`, where the service is private",
        &["INVOKER_CREDENTIALS_MISSING", "INVOKER_TOKEN_INVALID", "INVOKER_TOKEN_EXPIRED"],
        credential,
    ),
    stage("the token's audience", "one that the service accepts", &[OTHER_AUDIENCE], audience),
    permission(&["ACCOUNT_STATE_INVALID", "INVOKER_PERMISSION_DENIED"]),
    stage(
        "the service",
        "an answer in time",
        &[
            "ADDRESS_REFUSED",
            "ANSWER_NOT_TAKEN",
            "BACKEND_CONNECTIONS_EXHAUSTED",
            "BACKEND_TIMED_OUT",
            "BACKEND_UNREACHABLE",
        ],
        status,
    ),
];

const API: &[Stage] = &[
    stage("the method", "one that is served here", &["METHOD_NOT_FOUND", "METHOD_UNIMPLEMENTED"], method),
    stage(
        "the credential",
        "an access token, or a self-signed token for this API, of an account that stands",
        &[
            "ACCESS_TOKEN_EXPIRED",
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            "ACCESS_TOKEN_TYPE_UNSUPPORTED",
            "ACCOUNT_STATE_INVALID",
            "CREDENTIALS_INVALID",
            "CREDENTIALS_MISSING",
        ],
        as_expected,
    ),
    permission(&["IAM_PERMISSION_DENIED", "RESOURCE_NOT_FOUND"]),
];

/// In the order in which an attempt goes: the agent's right to mint, the account, the token, the way out, the answer.
const DELIVERY: &[Stage] = &[
    permission(&["IAM_PERMISSION_DENIED"]),
    stage(
        "the account",
        "the one that was named when the job was written, enabled",
        &["ACCOUNT_STATE_INVALID"],
        account,
    ),
    stage("the token", "one that can be minted now", &["STORE_UNAVAILABLE"], token),
    stage("the request", "one that can be put on the wire", &["REQUEST_MALFORMED"], as_expected),
    stage("the address", "one that may be reached from here", &["ADDRESS_REFUSED"], as_expected),
    Stage {
        subject: "the answer",
        expected: "a status of 200 to 299, in time",
        reasons: &["BACKEND_TIMED_OUT", "BACKEND_UNREACHABLE"],
        kind: Kind::Answer,
        found: answer,
    },
];

#[cfg(test)]
mod tests;
