//! Letting a job's schedule run again.

use context::Context;
use iam::Permit;
use iam::permission::CloudschedulerJobsEnable;
use names::JobName;
use serde_json::json;
use store::Plan;

use crate::change::{Changed, fails_as_a_change};
use crate::firing::{self, Clockwork};
use crate::{Job, Scheduler, Standing, StoreFailed};

/// Why a job was not resumed.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// It was being changed by others all the while; the caller may try again.
    #[error("{0} was changed by somebody else")]
    Contended(JobName),
    /// It is gone.
    #[error("Job not found.")]
    NotFound(JobName),
    /// The store failed.
    #[error("the job could not be changed")]
    StoreFailed(#[source] StoreFailed),
    /// Its stored schedule cannot be read by this version; an update with a new one helps.
    #[error("the stored schedule of {job} cannot be read; write a new one")]
    Unreadable {
        /// Which job.
        job: JobName,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It is running: only a job that is paused can be resumed.
    #[error("{job} is {standing}; only a PAUSED job can be resumed")]
    WrongState {
        /// Which job.
        job: JobName,
        /// How it stands.
        standing: Standing,
    },
}

impl Scheduler {
    /// Lets the schedule of the permit's job run again, from the first due instant after now: what was due while it
    /// was paused is not made up for.
    pub async fn resume(
        &self,
        context: &Context,
        permit: Permit<CloudschedulerJobsEnable>,
    ) -> Result<Job, ResumeError> {
        let now = context.now();
        self.change(&permit, |current| {
            let mut record = current.record;
            let standing = Standing::of(&record, Some(&current.state));
            if standing != Standing::Paused {
                return Err(ResumeError::WrongState { job: record.name, standing });
            }
            let clockwork = Clockwork::of(&record).map_err(|error| ResumeError::Unreadable {
                job: record.name.clone(),
                source: error.into(),
            })?;
            record.paused_at = None;
            record.user_update_time = now;
            let detail = json!({ "state": "ENABLED" });
            let entry = audit::entry(context, &permit, record.name.clone(), Some(&record.uid), detail);
            let state = firing::restart(current.state, &clockwork, now);
            Ok(Changed { record, state, plan: Plan::new().audit(entry) })
        })
        .await
    }
}

fails_as_a_change!(ResumeError);
