//! The loop that fires due jobs.

use std::time::Duration;

use context::Context;
use jiff::Timestamp;
use store::{ApplyError, Expectation, JobRecord, JobState, Plan, ReadError, Work};
use supervise::Task;
use tracing::{error, warn};

use crate::Scheduler;
use crate::execution::{self, Asked, Execution, draw_uid};
use crate::firing::{self, Clockwork, Unreadable};
use crate::uri::UriError;

/// Why a due job was not fired.
#[derive(Debug, thiserror::Error)]
enum FireError {
    #[error("the state of jobs could not be read")]
    NotRead(#[from] ReadError),
    #[error("the firing could not be written")]
    NotWritten(#[source] ApplyError),
}

/// Why a job cannot be fired although it could be written.
#[derive(Debug, thiserror::Error)]
enum Unfireable {
    #[error(transparent)]
    Clockwork(#[from] Unreadable),
    #[error("the stored URI cannot be called")]
    Uri(#[from] UriError),
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
        loop {
            let due = backend.due_job_states(timer.now(), MOST_AT_A_TIME).await?;
            let all = due.len() < MOST_AT_A_TIME as usize;
            let (mut fired, mut not_fired) = (0, None);
            for state in due {
                // One job that cannot be fired must not keep the others waiting.
                match self.fire(&state).await {
                    Ok(()) => fired += 1,
                    Err(error) => {
                        warn!(job = %state.job, error = &error as &dyn std::error::Error, "not fired yet");
                        not_fired = Some(error);
                    }
                }
            }
            if fired > 0 {
                self.parts.deliveries.wake();
            }
            if let Some(error) = not_fired {
                return Err(error);
            }
            if all {
                let next = backend.next_job_due().await?.unwrap_or(Timestamp::MAX);
                let now = timer.now();
                let wait_until = if next > now { next } else { later(now, SHORTEST_WAIT) };
                return Ok(wait_until.min(later(now, LONGEST_WAIT)));
            }
        }
    }

    /// Fires one job, if it is still due: the delivery and the state that waits for it are one write.
    async fn fire(&self, state: &JobState) -> Result<(), FireError> {
        let context = self.own_context();
        let stored = self.parts.store.find::<JobRecord>(&state.job).await?;
        let Some(stored) = stored.filter(|stored| stored.record.uid == state.job_uid) else {
            let orphan = Plan::new().work(Work::DeleteJobState(state.job_uid.clone()));
            return self.write(orphan).await;
        };
        let plan = match plan(&context, &stored.record, state) {
            Ok(Some(plan)) => plan,
            Ok(None) => return Ok(()),
            Err(error) => {
                error!(
                    job = %state.job, error = &error as &dyn std::error::Error,
                    "the job stands still until it is written anew",
                );
                put(firing::pause(state.clone()))
            }
        };
        self.write(plan.expect(Expectation::At(stored.record.name.into(), stored.revision))).await
    }

    async fn write(&self, plan: Plan) -> Result<(), FireError> {
        match self.parts.store.apply(plan).await {
            // Whoever changed the job or its state since has written a newer state, which is read in its turn.
            Ok(_) | Err(ApplyError::AlreadyExists(_) | ApplyError::Conflict(_) | ApplyError::NotFound(_)) => {
                Ok(())
            }
            Err(error @ (ApplyError::LeaseLost(_) | ApplyError::Unavailable(_))) => {
                Err(FireError::NotWritten(error))
            }
        }
    }

    fn own_context(&self) -> Context {
        let clock = std::sync::Arc::new(self.parts.tasks.timer().clone());
        Context::for_doorward_itself(clock, self.parts.randomness.clone())
    }
}

/// What firing writes; `None` if nothing is due.
fn plan(context: &Context, job: &JobRecord, state: &JobState) -> Result<Option<Plan>, Unfireable> {
    let clockwork = Clockwork::of(job)?;
    let uid = draw_uid(context);
    let Some(fired) = firing::fire(state, &clockwork, context.now(), uid.clone()) else { return Ok(None) };
    let execution = Execution { uid, asked: Asked::BySchedule, schedule_time: fired.schedule_time };
    let delivery = execution::delivery(context, job, &clockwork.zone, execution)?;
    Ok(Some(put(fired.state).work(Work::PutDelivery(Box::new(delivery)))))
}

fn put(state: JobState) -> Plan {
    let expected = Some(state.version);
    Plan::new().work(Work::PutJobState { state: Box::new(state), expected })
}

fn later(instant: Timestamp, duration: Duration) -> Timestamp {
    instant.checked_add(duration).unwrap_or(Timestamp::MAX)
}

const MOST_AT_A_TIME: u32 = 100;
const SHORTEST_WAIT: Duration = Duration::from_millis(200);
/// The slow poll that is the truth when a wake-up was lost or meant for another process.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
