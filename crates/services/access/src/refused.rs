//! A refusal, with its explanation.

use iam::{Cause, Denial, Explanation};
use names::{Principal, ResourceName, Revision};

/// Why a use case may not go on.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The caller does not hold the permission, or the resource does not exist and the caller may not know.
    #[error(transparent)]
    Denied(Box<Denied>),
    /// The resource does not exist, and the caller may know.
    #[error("{resource} does not exist")]
    NotFound {
        /// What there is not.
        resource: ResourceName,
        /// The configuration in which it was not.
        revision: Revision,
    },
}

/// A denial and how it came about.
#[derive(Debug, thiserror::Error)]
#[error("{denial}")]
pub struct Denied {
    /// The decision.
    pub denial: Denial,
    /// Its checks. For those who may see policies; the edge shows the rest only the repair.
    pub explanation: Explanation,
    /// The configuration on which it was decided.
    pub revision: Revision,
}

impl Denied {
    /// A denial about something that is not there, for a caller who may not know that.
    pub(crate) fn of_the_unknown(
        principal: &Principal,
        permission: &'static str,
        resource: ResourceName,
        revision: Revision,
    ) -> Self {
        let cause = if *principal == Principal::Anonymous { Cause::Anonymous } else { Cause::NoBinding };
        Self {
            denial: Denial { principal: principal.clone(), permission, resource, cause },
            explanation: Explanation { outcome: Err(cause), checks: Vec::new(), repair: None },
            revision,
        }
    }
}
