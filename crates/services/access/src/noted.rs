//! What is written down of a decision.

use audit::{CheckRecord, PermissionDecision};
use iam::{Permission, Permit};

use crate::Refused;

/// The decision about `P` on a resource, as it is kept for explanations.
pub fn noted<P: Permission>(
    resource: &P::Resource,
    decided: &Result<Permit<P>, Refused>,
) -> PermissionDecision {
    let (revision, ground, checks, repair) = match decided {
        Ok(permit) => (permit.revision(), Some(permit.ground().to_string()), Vec::new(), None),
        Err(Refused::Denied(denied)) => {
            let explanation = &denied.explanation;
            let checks = explanation.checks.iter().map(|check| CheckRecord {
                subject: check.subject.clone(),
                expected: check.expected.clone(),
                found: check.found.clone(),
                passed: check.passed,
            });
            (denied.revision, None, checks.collect(), explanation.repair.as_ref())
        }
        Err(Refused::NotFound { resource, revision }) => {
            let missing = CheckRecord {
                subject: resource.to_string(),
                expected: "to exist".to_owned(),
                found: "no such resource".to_owned(),
                passed: false,
            };
            (*revision, None, vec![missing], None)
        }
    };
    PermissionDecision {
        permission: P::NAME.to_owned(),
        resource: resource.clone().into().to_string(),
        revision,
        ground,
        checks,
        command: repair.map(ToString::to_string),
    }
}
