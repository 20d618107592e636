//! What is written down of a decision.

use audit::{CheckRecord, PermissionDecision};
use iam::{Check, Explanation, Ground, Permission, Permit};
use names::{ResourceName, Revision};

use crate::Refused;

/// The decision about `P` on a resource, as it is kept for explanations.
pub fn noted<P: Permission>(
    resource: &P::Resource,
    decided: &Result<Permit<P>, Refused>,
) -> PermissionDecision {
    let resource: ResourceName = resource.clone().into();
    match decided {
        Ok(permit) => granted(P::NAME, &resource, permit.revision(), permit.ground()),
        Err(refused) => not_granted(P::NAME, &resource, refused),
    }
}

/// What is kept of a permit: that it was given, and why.
pub fn granted(
    permission: &str,
    resource: &ResourceName,
    revision: Revision,
    ground: &Ground,
) -> PermissionDecision {
    PermissionDecision {
        ground: Some(ground.to_string()),
        ground_level: ground.level().map(ToString::to_string),
        ..nothing(permission, resource, revision)
    }
}

/// What is kept of a refusal.
pub fn not_granted(permission: &str, resource: &ResourceName, refused: &Refused) -> PermissionDecision {
    match refused {
        Refused::Denied(denied) => explained(permission, resource, denied.revision, &denied.explanation),
        Refused::NotFound { resource: missing, revision } => PermissionDecision {
            checks: vec![CheckRecord {
                subject: missing.to_string(),
                expected: "to exist".to_owned(),
                found: "no such resource".to_owned(),
                passed: false,
                level: None,
            }],
            ..nothing(permission, resource, *revision)
        },
    }
}

/// An explanation in the form in which decisions are kept, with every check.
pub fn explained(
    permission: &str,
    resource: &ResourceName,
    revision: Revision,
    explanation: &Explanation,
) -> PermissionDecision {
    let ground = explanation.outcome.as_ref().ok();
    let repair = explanation.repair.as_ref();
    PermissionDecision {
        ground: ground.map(ToString::to_string),
        checks: explanation.checks.iter().map(kept).collect(),
        command: repair.map(ToString::to_string),
        ground_level: ground.and_then(|ground| ground.level()).map(ToString::to_string),
        command_level: repair.and_then(|repair| repair.level()).map(|level| level.to_string()),
        ..nothing(permission, resource, revision)
    }
}

fn nothing(permission: &str, resource: &ResourceName, revision: Revision) -> PermissionDecision {
    PermissionDecision {
        permission: permission.to_owned(),
        resource: resource.to_string(),
        revision,
        ground: None,
        checks: Vec::new(),
        command: None,
        asker: None,
        ground_level: None,
        command_level: None,
    }
}

fn kept(check: &Check) -> CheckRecord {
    CheckRecord {
        subject: check.subject.clone(),
        expected: check.expected.clone(),
        found: check.found.clone(),
        passed: check.passed,
        level: check.level.as_ref().map(ToString::to_string),
    }
}
