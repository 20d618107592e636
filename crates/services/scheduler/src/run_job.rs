//! Sending a job's request now, beside its schedule.

use context::Context;
use iam::Permit;
use iam::permission::CloudschedulerJobsRun;
use names::JobName;
use serde_json::json;
use store::{ApplyError, Expectation, JobRecord, JobState, Plan, Work};

use crate::execution::{self, Asked, Begun, Execution, Unfireable, draw_uid};
use crate::firing::{Clockwork, whole_second};
use crate::{Job, Scheduler, StoreFailed};

/// Why a job was not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It was being changed by others all the while; the caller may try again.
    #[error("{0} was changed by somebody else")]
    Contended(JobName),
    /// It is gone.
    #[error("Job not found.")]
    NotFound(JobName),
    /// The store failed.
    #[error("the run could not be accepted")]
    StoreFailed(#[source] StoreFailed),
    /// It has as many executions that are not finished as it may have.
    #[error("{job} has {limit} executions that are not finished; the limit is {limit}")]
    TooManyPending {
        /// Which job.
        job: JobName,
        /// How many it may have.
        limit: u32,
    },
    /// What is stored cannot be sent by this version; an update helps.
    #[error("{job} cannot be sent as it is stored; write it anew")]
    Unsendable {
        /// Which job.
        job: JobName,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Scheduler {
    /// Accepts one execution of the permit's job, now, whether the job is paused or one is under way already. When
    /// this returns it is on disk, and is attempted at least once. The schedule does not move.
    ///
    /// A job that has 100 executions that are not finished is not run: that is looked at in the transaction that accepts
    /// the run. Where the target is of a kind that is not called yet, the attempt that says so is the run.
    pub async fn run(
        &self,
        context: &Context,
        permit: Permit<CloudschedulerJobsRun>,
    ) -> Result<Job, RunError> {
        let name = permit.name();
        let failed = |error: StoreFailed| RunError::StoreFailed(error);
        for _ in 0..MOST_TRIES {
            let found = self.read(name, permit.uid()).await.map_err(|error| failed(error.into()))?;
            let (stored, state) = found.ok_or_else(|| RunError::NotFound(name.clone()))?;
            let execution = Execution {
                uid: draw_uid(context),
                asked: Asked::ByUser,
                schedule_time: whole_second(context.now()),
            };
            let detail = json!({ "execution": execution.uid });
            let begun = begin(context, &stored.record, execution)
                .map_err(|source| RunError::Unsendable { job: name.clone(), source: source.into() })?;
            let plan = Plan::new()
                .expect(Expectation::At(name.clone().into(), stored.revision))
                .audit(audit::entry(context, &permit, name.clone(), Some(&stored.record.uid), detail));
            let (plan, state) = match begun {
                Begun::Sends(delivery) => {
                    (plan.work(Work::PutDeliveryWithin { delivery, most: MOST_PENDING }), state)
                }
                Begun::Refused { status, entries } => {
                    let expected = state.as_ref().map(|state| state.version);
                    let idle = || JobState::idle(name.clone(), stored.record.uid.clone());
                    let state = status.after_attempt(state.unwrap_or_else(idle), context.now());
                    let written = Work::PutJobState { state: Box::new(state.clone()), expected };
                    (plan.work(written).work(Work::AppendLogs(entries)), Some(state))
                }
            };
            match self.parts.store.apply(plan).await {
                Ok(_) => {
                    self.parts.deliveries.wake();
                    return Ok(Job::of(stored.record, state));
                }
                // The job was changed in between, and is run as it is now.
                Err(ApplyError::AlreadyExists(_) | ApplyError::Conflict(_) | ApplyError::NotFound(_)) => {}
                Err(ApplyError::Full(_)) => {
                    return Err(RunError::TooManyPending { job: name.clone(), limit: MOST_PENDING });
                }
                Err(error @ (ApplyError::LeaseLost(_) | ApplyError::Unavailable(_))) => {
                    return Err(failed(error.into()));
                }
            }
        }
        Err(RunError::Contended(name.clone()))
    }
}

fn begin(context: &Context, job: &JobRecord, execution: Execution) -> Result<Begun, Unfireable> {
    execution::begin(context, job, &Clockwork::of(job)?, execution)
}

/// Doorward's own limit, since Google names none: what a job asks for is kept until it is sent, a body of 1 MiB with each,
/// and a target that answers nothing must not fill the disk.
const MOST_PENDING: u32 = 100;
const MOST_TRIES: u32 = 16;
