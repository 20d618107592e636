//! Whether to try again.

use std::num::NonZeroU32;
use std::time::Duration;

use jiff::Timestamp;

use crate::RetryConfig;

/// What happened so far to one execution of a job, at the moment when an attempt has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// How many attempts were made, the one that just failed included.
    pub made: NonZeroU32,
    /// When the first one began.
    pub first_attempt_at: Timestamp,
    /// Now.
    pub now: Timestamp,
    /// When the schedule starts the next execution; `None` when it does not, for a paused job.
    pub next_scheduled_start: Option<Timestamp>,
}

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This execution is over; the schedule goes on.
    GiveUp,
    /// Try again at this instant.
    RetryAt(Timestamp),
}

/// Judges a failed attempt (Cloud Scheduler v1, `RetryConfig`).
///
/// A `retry_count` of zero never retries. Otherwise retries go on while the count allows one more, or, where
/// `max_retry_duration` is set, while the retry would still begin within it: both limits must be reached to end
/// them. Between an attempt and the next lies a second at least. A retry that would begin at or after the next scheduled start gives way to it.
pub fn verdict(config: &RetryConfig, attempts: &Attempts) -> Verdict {
    let delay = config.backoff(attempts.made).max(SHORTEST_DELAY);
    let Ok(retry_at) = attempts.now.checked_add(delay) else { return Verdict::GiveUp };
    let gives_way = attempts.next_scheduled_start.is_some_and(|start| retry_at >= start);
    if gives_way || config.retry_count() == 0 {
        return Verdict::GiveUp;
    }
    let retries_made = attempts.made.get() - 1;
    let count_is_left = retries_made < config.retry_count();
    if count_is_left || time_is_left(config, attempts.first_attempt_at, retry_at) {
        Verdict::RetryAt(retry_at)
    } else {
        Verdict::GiveUp
    }
}

/// Whatever a job asks for: a target that fails is not asked more than once a second for one job, and neither is the store.
const SHORTEST_DELAY: Duration = Duration::from_secs(1);

/// Whether `max_retry_duration` is set and a retry at this instant lies within it.
fn time_is_left(config: &RetryConfig, first_attempt_at: Timestamp, retry_at: Timestamp) -> bool {
    let limit = config.max_retry_duration();
    // A limit beyond the end of time leaves time.
    !limit.is_zero() && first_attempt_at.checked_add(limit).map_or(true, |end| retry_at <= end)
}
