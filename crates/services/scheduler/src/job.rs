//! A job as users see it.

use jiff::Timestamp;
use names::{JobName, Uid};
use store::{JobRecord, JobState, ReadError, StatusRecord, Stored};

use crate::Scheduler;

/// A job: what its user configured, and how it is getting on.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// What its user configured.
    pub record: JobRecord,
    /// Whether the schedule runs.
    pub standing: Standing,
    /// When it is sent next on its own: the retry of an execution that failed, or else the next firing. `None` while it
    /// is paused, or when its schedule names no instant any more.
    pub schedule_time: Option<Timestamp>,
    /// When the last attempt began.
    pub last_attempt_time: Option<Timestamp>,
    /// How the last attempt went; code 0 is success. `None` before the first.
    pub status: Option<StatusRecord>,
}

/// Whether a job's schedule runs (`Job.State`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The system holds it back: it could not be fired as it is stored, and waits to be written anew.
    Disabled,
    /// It runs.
    Enabled,
    /// Its user holds it back.
    Paused,
}

impl std::fmt::Display for Standing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Disabled => "DISABLED",
            Self::Enabled => "ENABLED",
            Self::Paused => "PAUSED",
        })
    }
}

impl Standing {
    pub(crate) fn of(record: &JobRecord, state: Option<&JobState>) -> Self {
        match state {
            _ if record.paused_at.is_some() => Self::Paused,
            Some(state) if state.disabled_at.is_some() => Self::Disabled,
            Some(_) | None => Self::Enabled,
        }
    }
}

impl Job {
    pub(crate) fn of(record: JobRecord, state: Option<JobState>) -> Self {
        let standing = Standing::of(&record, state.as_ref());
        let (schedule_time, last_attempt_time, status) = match state {
            Some(state) => (state.retry_at.or(state.schedule_time), state.last_attempt_time, state.status),
            None => (None, None, None),
        };
        Self { record, standing, schedule_time, last_attempt_time, status }
    }
}

impl Scheduler {
    /// The job of this name and uid, and its state.
    pub(crate) async fn read(
        &self,
        name: &JobName,
        uid: &Uid,
    ) -> Result<Option<(Stored<JobRecord>, Option<JobState>)>, ReadError> {
        let found = self.parts.store.find_job(name).await?;
        Ok(found.filter(|(stored, _)| stored.record.uid == *uid))
    }
}
