//! The loop that fires due jobs.

use std::collections::BTreeMap;
use std::time::Duration;

use context::Context;
use jiff::Timestamp;
use names::{JobName, Uid};
use store::{ApplyError, Expectation, JobRecord, JobState, Plan, ReadError, Stored, Work};
use supervise::Task;
use tracing::{error, warn};

use crate::Scheduler;
use crate::execution::{self, Asked, Begun, Execution, Unfireable, draw_uid};
use crate::firing::{self, Clockwork};

/// Why due jobs were not fired.
#[derive(Debug, thiserror::Error)]
enum FireError {
    #[error("the state of jobs could not be read")]
    NotRead(#[from] ReadError),
    #[error("a firing could not be written")]
    NotWritten(#[source] ApplyError),
}

/// A job to be fired.
struct Due<'a> {
    state: &'a JobState,
    /// `None`: the job is gone.
    stored: Option<&'a Stored<JobRecord>>,
}

impl Scheduler {
    /// Starts firing. The loop ends with the drain; what it fired is in the store, and goes on with `delivery`.
    pub fn start(&self) -> Task {
        let scheduler = self.clone();
        self.parts.tasks.spawn_loop("due jobs", move || scheduler.clone().fire_for_good())
    }

    async fn fire_for_good(self) {
        let (drain, timer) = (self.parts.tasks.drain(), self.parts.tasks.timer().clone());
        let mut pause = FIRST_PAUSE;
        while !drain.is_draining() {
            let wait_until = match self.fire_due().await {
                Ok(wait_until) => {
                    pause = FIRST_PAUSE;
                    wait_until
                }
                Err(error) => {
                    error!(
                        error = &error as &dyn std::error::Error,
                        "due jobs could not be fired; trying again"
                    );
                    let wait_until = later(timer.now(), pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    wait_until
                }
            };
            let waiting = timer.timeout_at(wait_until, self.woken.notified());
            let _ended_or_woken = drain.unless_draining(waiting).await;
        }
    }

    /// Fires every due job once. Gives the instant to look again at.
    async fn fire_due(&self) -> Result<Timestamp, FireError> {
        let timer = self.parts.tasks.timer();
        let backend = self.parts.store.backend();
        while !self.parts.tasks.drain().is_draining() {
            let asked_at = timer.now();
            let due = backend.due_job_states(asked_at, MOST_AT_A_TIME).await?;
            let all = due.len() < MOST_AT_A_TIME as usize;
            self.fire_each(&due).await?;
            if all {
                let next = backend.next_job_due().await?.unwrap_or(Timestamp::MAX);
                let now = timer.now();
                if next > now {
                    return Ok(next.min(later(now, LONGEST_WAIT)));
                }
                // What became due meanwhile is fired at once; what was due before and still is cannot be fired now.
                if next <= asked_at {
                    return Ok(later(now, SHORTEST_WAIT));
                }
            }
        }
        Ok(timer.now())
    }

    /// Fires the jobs of these states, those that are still due: for each the delivery and the state that waits for it
    /// are one write, and the writes of all share their commits. One job that cannot be fired does not keep the others
    /// waiting.
    async fn fire_each(&self, due: &[JobState]) -> Result<(), FireError> {
        let names: Vec<JobName> = due.iter().map(|state| state.job.clone()).collect();
        let (mut jobs, mut failed) = (BTreeMap::<Uid, Stored<JobRecord>>::new(), None);
        for found in self.parts.store.find_each::<JobRecord>(&names).await? {
            match found {
                Ok(stored) => drop(jobs.insert(stored.record.uid.clone(), stored)),
                Err(error) => failed = Some(error),
            }
        }
        if let Some(error) = failed {
            // Which one that is, only a look at each by itself can tell.
            error!(
                error = &error as &dyn std::error::Error,
                "a job that is due cannot be read and is not fired"
            );
            return self.fire_one_by_one(due).await;
        }
        let context = self.own_context();
        let due = due.iter().map(|state| Due { state, stored: jobs.get(&state.job_uid) });
        self.write_each(due.filter_map(|due| self.plan(&context, due)).collect()).await
    }

    async fn fire_one_by_one(&self, due: &[JobState]) -> Result<(), FireError> {
        let context = self.own_context();
        for state in due {
            let stored = match self.parts.store.find::<JobRecord>(&state.job).await {
                Ok(stored) => stored.filter(|stored| stored.record.uid == state.job_uid),
                Err(ReadError::Corrupt { .. }) => {
                    let disabled = put(firing::disable(state.clone(), context.now()));
                    self.write_each(vec![(state.job.clone(), disabled)]).await?;
                    continue;
                }
                Err(error @ ReadError::Unavailable(_)) => return Err(error.into()),
            };
            let plan = self.plan(&context, Due { state, stored: stored.as_ref() });
            self.write_each(plan.into_iter().collect()).await?;
        }
        Ok(())
    }

    async fn write_each(&self, plans: Vec<(JobName, Plan)>) -> Result<(), FireError> {
        let (names, plans): (Vec<_>, Vec<_>) = plans.into_iter().unzip();
        let mut not_written = None;
        for (job, outcome) in names.iter().zip(self.parts.store.apply_each(plans).await) {
            match outcome {
                // Whoever changed the job or its state since has written a newer state, which is read in its turn.
                Ok(_)
                | Err(ApplyError::AlreadyExists(_) | ApplyError::Conflict(_) | ApplyError::NotFound(_)) => {}
                Err(
                    error @ (ApplyError::Full(_) | ApplyError::LeaseLost(_) | ApplyError::Unavailable(_)),
                ) => {
                    warn!(%job, error = &error as &dyn std::error::Error, "not fired yet");
                    not_written = Some(error);
                }
            }
        }
        if !names.is_empty() {
            self.parts.deliveries.wake();
        }
        not_written.map_or(Ok(()), |error| Err(FireError::NotWritten(error)))
    }

    /// What firing a job writes; `None` if nothing is due. Of a project that is marked for deletion, what is due is missed.
    fn plan(&self, context: &Context, due: Due<'_>) -> Option<(JobName, Plan)> {
        let Due { state, stored } = due;
        let Some(stored) = stored else {
            return Some((state.job.clone(), Plan::new().work(Work::DeleteJobState(state.job_uid.clone()))));
        };
        let deleted = self.parts.access.is_deleted(&state.job.project);
        let planned = if deleted {
            skipping_plan(context, &stored.record, state)
        } else {
            firing_plan(context, &stored.record, state)
        };
        let plan = match planned {
            Ok(plan) => plan?,
            Err(error) => {
                error!(
                    job = %state.job, error = &error as &dyn std::error::Error,
                    "the job is disabled until it is written anew",
                );
                put(firing::disable(state.clone(), context.now()))
            }
        };
        let is_unchanged = Expectation::At(stored.record.name.clone().into(), stored.revision);
        Some((state.job.clone(), plan.expect(is_unchanged)))
    }

    fn own_context(&self) -> Context {
        let clock = std::sync::Arc::new(self.parts.tasks.timer().clone());
        Context::for_doorward_itself(clock, self.parts.randomness.clone())
    }
}

/// The schedule goes on without what is due now.
fn skipping_plan(context: &Context, job: &JobRecord, state: &JobState) -> Result<Option<Plan>, Unfireable> {
    Ok(Some(put(firing::restart(state.clone(), &Clockwork::of(job)?, context.now()))))
}

fn firing_plan(context: &Context, job: &JobRecord, state: &JobState) -> Result<Option<Plan>, Unfireable> {
    let clockwork = Clockwork::of(job)?;
    let (now, uid) = (context.now(), draw_uid(context));
    let Some(fired) = firing::fire(state, &clockwork, now, uid.clone()) else { return Ok(None) };
    let execution =
        Execution { uid: uid.clone(), asked: Asked::BySchedule, schedule_time: fired.schedule_time };
    Ok(Some(match execution::begin(context, job, &clockwork, execution)? {
        Begun::Sends(delivery) => put(fired.state).work(Work::PutDelivery(delivery)),
        Begun::Refused { status, entries } => {
            let state = firing::end(fired.state, &uid, Some(&clockwork), now);
            put(status.after_attempt(state, now)).work(Work::AppendLogs(entries))
        }
    }))
}

fn put(state: JobState) -> Plan {
    let expected = Some(state.version);
    Plan::new().work(Work::PutJobState { state: Box::new(state), expected })
}

fn later(instant: Timestamp, duration: Duration) -> Timestamp {
    instant.checked_add(duration).unwrap_or(Timestamp::MAX)
}

/// As many as share a commit.
const MOST_AT_A_TIME: u32 = 256;
const SHORTEST_WAIT: Duration = Duration::from_millis(200);
/// The slow poll that is the truth when a wake-up was lost or meant for another process.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
