//! One job.

use iam::Permit;
use iam::permission::CloudschedulerJobsGet;
use names::JobName;

use crate::{Job, Scheduler, StoreFailed};

/// Why a job was not given.
#[derive(Debug, thiserror::Error)]
pub enum GetError {
    /// It is gone.
    #[error("Job not found.")]
    NotFound(JobName),
    /// The store failed.
    #[error("the job could not be read")]
    StoreFailed(#[source] StoreFailed),
}

impl Scheduler {
    /// The permit's job.
    pub async fn get(&self, permit: &Permit<CloudschedulerJobsGet>) -> Result<Job, GetError> {
        let found = self.read(permit.name(), permit.uid()).await;
        let found = found.map_err(|error| GetError::StoreFailed(error.into()))?;
        let (stored, state) = found.ok_or_else(|| GetError::NotFound(permit.name().clone()))?;
        Ok(Job::of(stored.record, state))
    }
}
