//! Holding a job's schedule back.

use context::Context;
use iam::Permit;
use iam::permission::CloudschedulerJobsPause;
use names::JobName;
use serde_json::json;
use store::Plan;

use crate::change::{Changed, fails_as_a_change};
use crate::{Job, Scheduler, Standing, StoreFailed, firing};

/// Why a job was not paused.
#[derive(Debug, thiserror::Error)]
pub enum PauseError {
    /// It was being changed by others all the while; the caller may try again.
    #[error("{0} was changed by somebody else")]
    Contended(JobName),
    /// It is gone.
    #[error("Job not found.")]
    NotFound(JobName),
    /// The store failed.
    #[error("the job could not be changed")]
    StoreFailed(#[source] StoreFailed),
    /// It is not running: only a job that is enabled can be paused.
    #[error("{job} is {standing}; only an ENABLED job can be paused")]
    WrongState {
        /// Which job.
        job: JobName,
        /// How it stands.
        standing: Standing,
    },
}

impl Scheduler {
    /// Holds the schedule of the permit's job back. An attempt under way ends by itself and is not repeated; what a
    /// user asked for with `run` is sent all the same.
    pub async fn pause(
        &self,
        context: &Context,
        permit: Permit<CloudschedulerJobsPause>,
    ) -> Result<Job, PauseError> {
        let now = context.now();
        self.change(&permit, |current| {
            let mut record = current.record;
            let standing = Standing::of(&record, Some(&current.state));
            if standing != Standing::Enabled {
                return Err(PauseError::WrongState { job: record.name, standing });
            }
            record.paused_at = Some(now);
            record.user_update_time = now;
            let detail = json!({ "state": "PAUSED" });
            let entry = audit::entry(context, &permit, record.name.clone(), Some(&record.uid), detail);
            Ok(Changed { record, state: firing::pause(current.state), plan: Plan::new().audit(entry) })
        })
        .await
    }
}

fails_as_a_change!(PauseError);
