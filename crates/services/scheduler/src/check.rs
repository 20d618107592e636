//! What a caller wrote, checked: a job's configuration, or every reason why it is none.

mod invalid;
mod target;

use std::time::Duration;

use jiff::SignedDuration;
use names::{Email, ProjectId, Universe};
use schedule::{Schedule, Zone};
use store::{JobTarget, RetryRecord, TokenKind};

use crate::fields::{JobFields, NamedIdentity, RetryFields, TargetFields};

pub use invalid::InvalidJob;

/// A job's configuration, well formed. The account it names is not looked up yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CheckedJob {
    pub(crate) description: String,
    pub(crate) schedule: Schedule,
    pub(crate) zone: Zone,
    pub(crate) retry: RetryRecord,
    pub(crate) attempt_deadline: Duration,
    /// As it is stored, but without an identity.
    pub(crate) target: JobTarget,
    /// The identity that an HTTP target carries.
    pub(crate) identity: Option<(Email, TokenKind)>,
}

/// What a configuration is checked against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings<'a> {
    /// The job's project.
    pub(crate) project: &'a ProjectId,
    /// Which hosts are Google's APIs.
    pub(crate) universe: &'a Universe,
}

/// Checks every field (facts §7.2); the first wrong one is told.
pub(crate) fn check(
    fields: JobFields<NamedIdentity>,
    surroundings: Surroundings<'_>,
) -> Result<CheckedJob, InvalidJob> {
    let characters = fields.description.chars().count();
    if characters > DESCRIPTION_CHARACTERS {
        return Err(InvalidJob::DescriptionTooLong { found: characters });
    }
    let wanted = fields.target.ok_or(InvalidJob::TargetMissing)?;
    let attempt_deadline = check_deadline(&wanted, fields.attempt_deadline)?;
    let (target, identity) = match wanted {
        TargetFields::AppEngine(wanted) => (JobTarget::AppEngine(target::app_engine(wanted)?), None),
        TargetFields::Http(wanted) => {
            let (http, identity) = target::http(wanted, surroundings.universe)?;
            (JobTarget::Http(http), identity)
        }
        TargetFields::Pubsub(wanted) => {
            (JobTarget::Pubsub(target::pubsub(wanted, surroundings.project)?), None)
        }
    };
    let schedule = Schedule::parse(&fields.schedule).map_err(InvalidJob::Schedule)?;
    let zone = match fields.time_zone.as_str() {
        "" => Zone::utc(),
        name => Zone::parse(name).map_err(InvalidJob::Zone)?,
    };
    let retry = check_retry(fields.retry.unwrap_or_default())?;
    let description = fields.description;
    Ok(CheckedJob { description, schedule, zone, retry, attempt_deadline, target, identity })
}

fn check_retry(fields: RetryFields) -> Result<RetryRecord, InvalidJob> {
    let default = pace::RetryFields::default();
    let checked = pace::RetryConfig::new(pace::RetryFields {
        retry_count: fields.retry_count,
        max_retry_duration: fields.max_retry_duration.unwrap_or(default.max_retry_duration),
        min_backoff: fields.min_backoff.unwrap_or(default.min_backoff),
        max_backoff: fields.max_backoff.unwrap_or(default.max_backoff),
        max_doublings: if fields.max_doublings == 0 { default.max_doublings } else { fields.max_doublings },
    })
    .map_err(InvalidJob::Retry)?;
    Ok(RetryRecord {
        retry_count: checked.retry_count(),
        max_retry_duration: checked.max_retry_duration(),
        min_backoff: checked.min_backoff(),
        max_backoff: checked.max_backoff(),
        max_doublings: checked.max_doublings(),
    })
}

/// Each kind of target has bounds of its own; Pub/Sub, which has none, ignores the deadline (facts §7.2).
fn check_deadline(
    target: &TargetFields<NamedIdentity>,
    given: Option<SignedDuration>,
) -> Result<Duration, InvalidJob> {
    let (default, longest) = match target {
        TargetFields::AppEngine(_) => (Duration::ZERO, LONGEST_APP_ENGINE_DEADLINE),
        TargetFields::Http(_) => (DEFAULT_ATTEMPT_DEADLINE, LONGEST_ATTEMPT_DEADLINE),
        TargetFields::Pubsub(_) => {
            let given = given.and_then(|given| Duration::try_from(given).ok());
            return Ok(given.unwrap_or(DEFAULT_ATTEMPT_DEADLINE));
        }
    };
    let Some(found) = given else { return Ok(default) };
    Duration::try_from(found)
        .ok()
        .filter(|deadline| *deadline == default || (SHORTEST_ATTEMPT_DEADLINE..=longest).contains(deadline))
        .ok_or(InvalidJob::AttemptDeadline { found, longest })
}

const DESCRIPTION_CHARACTERS: usize = 500;
const DEFAULT_ATTEMPT_DEADLINE: Duration = Duration::from_secs(180);
const SHORTEST_ATTEMPT_DEADLINE: Duration = Duration::from_secs(15);
const LONGEST_ATTEMPT_DEADLINE: Duration = Duration::from_secs(30 * 60);
const LONGEST_APP_ENGINE_DEADLINE: Duration = Duration::from_secs(24 * 60 * 60 + 15);

#[cfg(test)]
mod tests;
