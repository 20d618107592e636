//! Removing a job.

use context::Context;
use iam::Permit;
use iam::permission::CloudschedulerJobsDelete;
use names::JobName;
use store::{ApplyError, Expectation, Plan, Work};

use crate::create_job::detail;
use crate::{Scheduler, StoreFailed};

/// Why a job was not removed.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// It was being changed by others all the while; the caller may try again.
    #[error("{0} was changed by somebody else")]
    Contended(JobName),
    /// It is gone.
    #[error("Job not found.")]
    NotFound(JobName),
    /// The store failed.
    #[error("the job could not be deleted")]
    StoreFailed(#[source] StoreFailed),
}

impl Scheduler {
    /// Removes the permit's job with everything it was about to send, accepted runs included. An attempt under way
    /// ends by itself; its outcome is logged and not repeated.
    pub async fn delete(
        &self,
        context: &Context,
        permit: Permit<CloudschedulerJobsDelete>,
    ) -> Result<(), DeleteError> {
        let name = permit.name();
        let failed = |error: StoreFailed| DeleteError::StoreFailed(error);
        for _ in 0..MOST_TRIES {
            let found = self.read(name, permit.uid()).await.map_err(|error| failed(error.into()))?;
            let (stored, _) = found.ok_or_else(|| DeleteError::NotFound(name.clone()))?;
            let uid = &stored.record.uid;
            let entry = audit::entry(context, &permit, name.clone(), Some(uid), detail(&stored.record));
            let plan = Plan::new()
                .expect(Expectation::At(name.clone().into(), stored.revision))
                .delete(name.clone())
                .work(Work::DeleteJobState(uid.clone()))
                .work(Work::CancelDeliveries { owner: uid.clone() })
                .audit(entry);
            match self.parts.store.apply(plan).await {
                Ok(_) => return Ok(()),
                Err(ApplyError::AlreadyExists(_) | ApplyError::Conflict(_) | ApplyError::NotFound(_)) => {}
                Err(
                    error @ (ApplyError::Full(_) | ApplyError::LeaseLost(_) | ApplyError::Unavailable(_)),
                ) => {
                    return Err(failed(error.into()));
                }
            }
        }
        Err(DeleteError::Contended(name.clone()))
    }
}

const MOST_TRIES: u32 = 16;
