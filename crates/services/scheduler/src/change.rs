//! Reading a job, working out its change, and writing that unless somebody else was quicker: then again.

use iam::{Permission, Permit};
use names::JobName;
use store::{ApplyError, Expectation, JobRecord, JobState, Plan, Record, RecordKey, Work};

use crate::{Job, Scheduler, StoreFailed};

/// How a change fails, whatever it changes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    #[error("{0} is being changed by too many at once")]
    Contended(JobName),
    #[error("{0} does not exist")]
    NotFound(JobName),
    #[error(transparent)]
    StoreFailed(#[from] StoreFailed),
}

/// Lets an error of a use case that changes a job say how a change fails.
macro_rules! fails_as_a_change {
    ($error:ident) => {
        impl From<crate::change::ChangeError> for $error {
            fn from(error: crate::change::ChangeError) -> Self {
                match error {
                    crate::change::ChangeError::Contended(name) => Self::Contended(name),
                    crate::change::ChangeError::NotFound(name) => Self::NotFound(name),
                    crate::change::ChangeError::StoreFailed(error) => Self::StoreFailed(error),
                }
            }
        }
    };
}
pub(crate) use fails_as_a_change;

/// A job as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Current {
    pub(crate) record: JobRecord,
    pub(crate) state: JobState,
}

/// A job as it is to be, and what else is to hold and to be written.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) record: JobRecord,
    pub(crate) state: JobState,
    pub(crate) plan: Plan,
}

impl Scheduler {
    /// Changes the permit's job. `change` may be asked again when the job or its state changed after it was read.
    pub(crate) async fn change<P, E>(
        &self,
        permit: &Permit<P>,
        mut change: impl FnMut(Current) -> Result<Changed, E>,
    ) -> Result<Job, E>
    where
        P: Permission<Resource = JobName>,
        E: From<ChangeError>,
    {
        let name = permit.name();
        let failed = |error: StoreFailed| E::from(ChangeError::StoreFailed(error));
        for _ in 0..MOST_TRIES {
            let found = self.read(name, permit.uid()).await.map_err(|error| failed(error.into()))?;
            let Some((stored, state)) = found else { return Err(ChangeError::NotFound(name.clone()).into()) };
            let expected = state.as_ref().map(|state| state.version);
            let idle = || JobState::idle(stored.record.name.clone(), stored.record.uid.clone());
            let state = state.unwrap_or_else(idle);
            let Changed { record, state, plan } = change(Current { record: stored.record, state })?;
            let plan = plan
                .expect(Expectation::At(name.clone().into(), stored.revision))
                .put(Record::Job(record.clone()))
                .work(Work::PutJobState { state: Box::new(state.clone()), expected });
            match self.parts.store.apply(plan).await {
                Ok(_) => {
                    self.wake();
                    return Ok(Job::of(record, Some(state)));
                }
                // The account that was proven is not there any more: no further try finds it.
                Err(
                    ApplyError::Conflict(RecordKey::Account(_)) | ApplyError::NotFound(RecordKey::Account(_)),
                ) => break,
                Err(ApplyError::AlreadyExists(_) | ApplyError::Conflict(_) | ApplyError::NotFound(_)) => {}
                Err(
                    error @ (ApplyError::Full(_) | ApplyError::LeaseLost(_) | ApplyError::Unavailable(_)),
                ) => {
                    return Err(failed(error.into()));
                }
            }
        }
        Err(ChangeError::Contended(name.clone()).into())
    }
}

/// Each failed try means that somebody else got on, and attempts at once are bounded.
const MOST_TRIES: u32 = 128;
