//! One delivery under its lease: count an attempt, send it, have it judged, write that down.

use std::sync::Arc;
use std::time::Duration;

use context::Context;
use jiff::Timestamp;
use store::{ApplyError, Delivery, Lease, Plan, ReadError, Work};
use supervise::Timer;
use tracing::{error, warn};

use crate::engine::Bench;
use crate::noted::Noted;
use crate::{Attempt, DeliveryOwner, Judgement, Start, Verdict, identity, send};

/// Makes one attempt at a delivery that was claimed until `claimed_until`, and records it. Whatever goes wrong here
/// leaves the delivery in the store, to be claimed again when the lease ends.
pub(crate) async fn attempt(bench: &Bench, lease: Lease, delivery: Delivery, claimed_until: Timestamp) {
    let context = bench.context();
    let Some(owner) = bench.owner_of(&delivery) else {
        error!(delivery = %delivery.uid, owner = %delivery.owner, "nobody here judges deliveries of this kind");
        return postpone(bench, lease, delivery).await;
    };
    let timer = bench.parts.tasks.timer();
    let started_at = timer.now();
    let until = later(started_at, delivery.request.attempt_deadline.saturating_add(RECORDING));
    let counted = Delivery {
        attempts: delivery.attempts.saturating_add(1),
        first_attempt_at: delivery.first_attempt_at.or(Some(started_at)),
        ..delivery
    };

    let step = Step { bench, owner, context: &context, lease: &lease, delivery: &counted };
    match step.write(claimed_until, Asked::Start { until }).await {
        Some(Written::Goes) => {}
        Some(Written::Ended) => return owner.ended(&counted),
        Some(Written::Waits) | None => return,
    }

    let deadline = later(started_at, counted.request.attempt_deadline);
    let mut noted = Noted::default();
    let outcome = outcome(bench, owner, &context, &counted, &mut noted, deadline);
    let outcome = match timer.timeout_at(deadline, outcome).await {
        Ok(outcome) => outcome,
        Err(_elapsed) => crate::Outcome::Unsent(crate::Unsent::TimedOut),
    };
    let attempt = Attempt { started_at, finished_at: timer.now(), outcome };
    bench.parts.decisions.record(noted.of_attempt(&context, &counted, &attempt)).await;
    if let Some(Written::Ended) = step.write(until, Asked::Judge(&attempt)).await {
        owner.ended(&counted);
    }
}

async fn outcome(
    bench: &Bench,
    owner: &Arc<dyn DeliveryOwner>,
    context: &Context,
    delivery: &Delivery,
    noted: &mut Noted,
    deadline: Timestamp,
) -> crate::Outcome {
    let parts = &bench.parts;
    match identity::token(parts, context, owner.agent(), delivery, noted).await {
        Ok(token) => {
            let sent = send::send(&parts.client, owner.kind(), delivery, token, deadline).await;
            noted.answered_under = sent.answered_under;
            sent.outcome
        }
        Err(no_token) => crate::Outcome::NoToken(no_token),
    }
}

/// What the owner is asked.
#[derive(Clone, Copy)]
enum Asked<'a> {
    Judge(&'a Attempt),
    Start { until: Timestamp },
}

/// What was written.
enum Written {
    /// The delivery is over.
    Ended,
    /// The attempt begins.
    Goes,
    /// The delivery waits for its next attempt.
    Waits,
}

#[derive(Clone, Copy)]
struct Step<'a> {
    bench: &'a Bench,
    owner: &'a Arc<dyn DeliveryOwner>,
    context: &'a Context,
    lease: &'a Lease,
    delivery: &'a Delivery,
}

impl Step<'_> {
    /// Asks the owner and writes its answer, again and again until it is on disk or the lease is nearly over: what
    /// was read may have changed, and the store may be away. `None` when nothing was written.
    async fn write(self, lease_ends: Timestamp, asked: Asked<'_>) -> Option<Written> {
        let timer: &Timer = self.bench.parts.tasks.timer();
        let (mut pause, mut replans) = (FIRST_PAUSE, 0);
        loop {
            let failure: Box<dyn std::error::Error + Send + Sync> = match self.plan(asked).await {
                Ok((plan, written)) => match self.bench.parts.store.apply(plan).await {
                    Ok(_) => return Some(written),
                    Err(ApplyError::LeaseLost(delivery)) => {
                        warn!(%delivery, "the lease was lost; whoever has it now records the outcome");
                        return None;
                    }
                    // Somebody wrote between our reading and our writing, and got on. So will we.
                    Err(ApplyError::AlreadyExists(_) | ApplyError::Conflict(_) | ApplyError::NotFound(_))
                        if replans < MOST_REPLANS =>
                    {
                        replans += 1;
                        continue;
                    }
                    Err(error) => error.into(),
                },
                Err(error) => error.into(),
            };
            if later(timer.now(), pause) >= lease_ends {
                error!(
                    delivery = %self.delivery.uid, error = &*failure as &dyn std::error::Error,
                    "an attempt could not be recorded before its lease ended; it will be made again",
                );
                return None;
            }
            warn!(
                delivery = %self.delivery.uid, error = &*failure as &dyn std::error::Error,
                "an attempt could not be recorded; trying again",
            );
            timer.sleep(pause).await;
            (pause, replans) = ((pause * 2).min(LONGEST_PAUSE), 0);
        }
    }

    async fn plan(self, asked: Asked<'_>) -> Result<(Plan, Written), ReadError> {
        let (lease, delivery) = (self.lease.clone(), Box::new(self.delivery.clone()));
        Ok(match asked {
            Asked::Start { until } => match self.owner.start(self.context, self.delivery).await? {
                Start::Go(plan) => (plan.work(Work::StartAttempt { lease, delivery, until }), Written::Goes),
                Start::Withdraw(plan) => (plan.work(Work::FinishDelivery(lease)), Written::Ended),
            },
            Asked::Judge(attempt) => {
                let Judgement { plan, verdict } =
                    self.owner.judge(self.context, self.delivery, attempt).await?;
                match verdict {
                    Verdict::Done => (plan.work(Work::FinishDelivery(lease)), Written::Ended),
                    Verdict::RetryAt(due_at) => {
                        let delivery = Box::new(Delivery { due_at, ..*delivery });
                        (plan.work(Work::RescheduleDelivery { lease, delivery }), Written::Waits)
                    }
                }
            }
        })
    }
}

/// Sets a delivery aside that another version of the program accepted: it must not be lost, nor claimed in a circle.
async fn postpone(bench: &Bench, lease: Lease, delivery: Delivery) {
    let due_at = later(bench.parts.tasks.timer().now(), SET_ASIDE);
    let uid = delivery.uid.clone();
    let delivery = Box::new(Delivery { due_at, ..delivery });
    let plan = Plan::new().work(Work::RescheduleDelivery { lease, delivery });
    if let Err(error) = bench.parts.store.apply(plan).await {
        warn!(delivery = %uid, error = &error as &dyn std::error::Error, "not set aside; its lease will end");
    }
}

pub(crate) fn later(instant: Timestamp, duration: Duration) -> Timestamp {
    instant.checked_add(duration).unwrap_or(Timestamp::MAX)
}

/// How long after its deadline an attempt may still be recorded.
const RECORDING: Duration = Duration::from_secs(60);
const SET_ASIDE: Duration = Duration::from_secs(60 * 60);
/// Attempts at once bound how many can write between our reading and our writing.
const MOST_REPLANS: u32 = 128;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
