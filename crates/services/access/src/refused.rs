//! A refusal, with its explanation.

use iam::{Cause, Denial, Explanation, Repair};
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
    /// What was decided `above` counts only where nothing but a deny policy, a disabled API or the deletion of the project stands
    /// in the way there:
    /// what is there and what is not are then denied alike.
    pub(crate) fn of_the_unknown(
        principal: &Principal,
        permission: &'static str,
        resource: ResourceName,
        above: Option<Explanation>,
        revision: Revision,
    ) -> Self {
        let unbound = if *principal == Principal::Anonymous { Cause::Anonymous } else { Cause::NoBinding };
        let told = above.filter(|explanation| {
            explanation.despite.is_some()
                || matches!(explanation.outcome, Err(Cause::ApiDisabled | Cause::ProjectDeleted))
        });
        let cause = match &told {
            Some(Explanation { outcome: Err(cause), .. }) => *cause,
            _ => unbound,
        };
        let explanation = told.unwrap_or_else(|| Explanation {
            outcome: Err(cause),
            checks: Vec::new(),
            repair: None,
            despite: None,
        });
        Self {
            denial: Denial { principal: principal.clone(), permission, resource, cause },
            explanation,
            revision,
        }
    }

    /// Whether a deny policy alone stands in the way, so that who is refused may know: a binding would let them in.
    pub fn is_overridden(&self) -> bool {
        self.explanation.despite.is_some()
    }

    /// What may be told to whoever was refused of how to be let in.
    pub fn told(&self) -> Option<Repair> {
        let Denial { principal, permission, resource, .. } = &self.denial;
        self.explanation.told(principal, permission, resource)
    }
}
