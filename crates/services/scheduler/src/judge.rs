//! Whether an execution goes on. Pure: the job and its state as read, the attempt as made.

use std::num::NonZeroU32;

use delivery::Verdict;
use jiff::{SignedDuration, Timestamp};
use pace::{Attempts, RetryConfig};
use store::{Delivery, JobRecord, JobState, RetryRecord};

use crate::status::Status;

/// What is known of a delivery's job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    /// The job and its state, if the job that asked for the delivery is still there.
    pub(crate) job: Option<(&'a JobRecord, &'a JobState)>,
    /// The delivery, the present attempt counted.
    pub(crate) delivery: &'a Delivery,
}

impl Scene<'_> {
    /// Whether somebody still wants the attempt that is about to begin. What a user asked for with `run` is wanted
    /// as long as the job exists. An execution of the schedule is not wanted while the job is paused, and a retry
    /// gives way when the next execution has become due.
    pub(crate) fn is_wanted(&self, now: Timestamp) -> bool {
        let Some((job, state)) = self.job else { return false };
        if self.delivery.forced {
            return true;
        }
        let is_retry = self.delivery.attempts > 1;
        let next_is_due = state.schedule_time.is_some_and(|next| next <= now);
        job.paused_at.is_none() && !(is_retry && next_is_due)
    }

    /// What follows from an attempt that ended like this (facts §7.3).
    pub(crate) fn verdict(&self, status: &Status, finished_at: Timestamp) -> Verdict {
        let Some((job, state)) = self.job else { return Verdict::Done };
        let is_held_back = job.paused_at.is_some() && !self.delivery.forced;
        if status.failure.is_none() || is_held_back {
            return Verdict::Done;
        }
        // Retries that were allowed when the job was written; what cannot be read any more is not retried.
        let Ok(config) = retry_config(&job.retry) else { return Verdict::Done };
        let attempts = Attempts {
            made: NonZeroU32::new(self.delivery.attempts).unwrap_or(NonZeroU32::MIN),
            first_attempt_at: self.delivery.first_attempt_at.unwrap_or(finished_at),
            now: finished_at,
            next_scheduled_start: state.schedule_time,
        };
        match pace::verdict(&config, &attempts) {
            pace::Verdict::GiveUp => Verdict::Done,
            pace::Verdict::RetryAt(instant) => Verdict::RetryAt(instant),
        }
    }
}

fn retry_config(record: &RetryRecord) -> Result<RetryConfig, pace::Error> {
    let signed = |duration| SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
    RetryConfig::new(pace::RetryFields {
        retry_count: i32::try_from(record.retry_count).unwrap_or(i32::MAX),
        max_retry_duration: signed(record.max_retry_duration),
        min_backoff: signed(record.min_backoff),
        max_backoff: signed(record.max_backoff),
        max_doublings: i32::try_from(record.max_doublings).unwrap_or(i32::MAX),
    })
}

#[cfg(test)]
mod tests;
