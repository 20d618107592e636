//! The kinds of writes, each done whole or not at all.

use async_trait::async_trait;
use names::{ProjectId, Revision};
use sqlx::AnyConnection;
use store::{ApplyError, Decision, Delivery, Expectation, Expired, Gathering, Lease, Plan, RecordKey, Work};
use tokio::sync::oneshot;

use crate::dialect::Dialect;
use crate::fault::{Failure, Fault};
use crate::tables::counters::Bytes;
use crate::tables::deliveries::Claim;
use crate::tables::{
    audit, bounded, changes, decisions, deliveries, job_states, logs, nodes, operations, records,
};

use super::ledger::Ledger;

/// A write. May be done several times, until its transaction is committed.
#[async_trait]
pub(crate) trait Step: Send + Sync + 'static {
    /// What it answers.
    type Output: Send + 'static;

    /// Whether it reads or changes configuration, or counts, and so has to stand in one order with all that do.
    fn in_order(&self) -> bool {
        false
    }

    /// The records that it asks about before it changes anything: those of all that share a transaction are looked up
    /// together.
    fn asks_about(&self) -> Vec<RecordKey> {
        Vec::new()
    }

    /// Does it.
    async fn run(
        &self,
        connection: &mut AnyConnection,
        dialect: Dialect,
        ledger: &mut Ledger,
    ) -> Result<Self::Output, Failure>;
}

/// A write that waits in the queue, whatever its answer is.
#[async_trait]
pub(super) trait Queued: Send {
    /// See [`Step::in_order`].
    fn in_order(&self) -> bool;
    /// See [`Step::asks_about`].
    fn asks_about(&self) -> Vec<RecordKey>;
    /// Does it and keeps the answer.
    async fn run(
        &mut self,
        connection: &mut AnyConnection,
        dialect: Dialect,
        ledger: &mut Ledger,
    ) -> Result<(), Failure>;
    /// Keeps an error as the answer.
    fn fail(&mut self, error: ApplyError);
    /// Gives the answer that was kept.
    fn answer(self: Box<Self>);
}

/// A step, its answer once there is one, and who waits for it.
pub(super) struct Pending<S: Step> {
    step: S,
    outcome: Result<S::Output, ApplyError>,
    reply: oneshot::Sender<Result<S::Output, ApplyError>>,
}

impl<S: Step> Pending<S> {
    pub fn new(step: S, reply: oneshot::Sender<Result<S::Output, ApplyError>>) -> Self {
        Self { step, outcome: Err(Fault::Closed.into_apply()), reply }
    }
}

#[async_trait]
impl<S: Step> Queued for Pending<S> {
    fn in_order(&self) -> bool {
        self.step.in_order()
    }

    fn asks_about(&self) -> Vec<RecordKey> {
        self.step.asks_about()
    }

    async fn run(
        &mut self,
        connection: &mut AnyConnection,
        dialect: Dialect,
        ledger: &mut Ledger,
    ) -> Result<(), Failure> {
        self.outcome = Ok(self.step.run(connection, dialect, ledger).await?);
        Ok(())
    }

    fn fail(&mut self, error: ApplyError) {
        self.outcome = Err(error);
    }

    fn answer(self: Box<Self>) {
        // Whoever asked may have stopped waiting; it is done all the same.
        let _unheard = self.reply.send(self.outcome);
    }
}

/// Applies a plan.
pub(crate) struct Apply(pub Plan);

/// Writes decisions.
pub(crate) struct Decide(pub Vec<Decision>);

/// Deletes entries of a log.
pub(crate) struct DeleteLog {
    pub project: ProjectId,
    pub log_id: String,
    pub limit: u32,
}

/// Forgets what has been kept long enough.
pub(crate) struct Forget {
    pub expired: Expired,
    pub limit: u32,
}

/// Gives back the leases of a holder.
pub(crate) struct Release(pub String);

#[async_trait]
impl Step for Apply {
    type Output = Revision;

    fn in_order(&self) -> bool {
        let Plan { expectations, changes, work, .. } = &self.0;
        let counts = |piece: &Work| matches!(piece, Work::PutDeliveryWithin { .. });
        !changes.is_empty() || !expectations.is_empty() || work.iter().any(counts)
    }

    fn asks_about(&self) -> Vec<RecordKey> {
        self.0.expectations.iter().filter_map(about).cloned().collect()
    }

    async fn run(
        &self,
        connection: &mut AnyConnection,
        _: Dialect,
        ledger: &mut Ledger,
    ) -> Result<Revision, Failure> {
        let Plan { expectations, changes, work, audit } = &self.0;
        for expectation in expectations {
            check(connection, ledger, expectation).await?;
        }
        for change in changes {
            ledger.make(connection, change).await?;
        }
        for piece in work {
            do_work(connection, ledger, piece).await?;
        }
        audit::append(connection, audit).await?;
        Ok(ledger.revision())
    }
}

#[async_trait]
impl Step for Claim {
    type Output = Vec<(Lease, Delivery)>;

    async fn run(
        &self,
        connection: &mut AnyConnection,
        dialect: Dialect,
        _: &mut Ledger,
    ) -> Result<Self::Output, Failure> {
        deliveries::claim(connection, dialect, self).await
    }
}

#[async_trait]
impl Step for Decide {
    type Output = ();

    async fn run(&self, connection: &mut AnyConnection, _: Dialect, _: &mut Ledger) -> Result<(), Failure> {
        decisions::append(connection, &self.0).await
    }
}

#[async_trait]
impl Step for DeleteLog {
    type Output = u64;

    async fn run(
        &self,
        connection: &mut AnyConnection,
        _: Dialect,
        ledger: &mut Ledger,
    ) -> Result<u64, Failure> {
        ledger.settle(connection).await?;
        logs::delete(connection, &self.project, &self.log_id, self.limit).await
    }
}

#[async_trait]
impl Step for Forget {
    type Output = u64;

    async fn run(
        &self,
        connection: &mut AnyConnection,
        _: Dialect,
        ledger: &mut Ledger,
    ) -> Result<u64, Failure> {
        ledger.settle(connection).await?;
        let limit = self.limit;
        match &self.expired {
            Expired::Audit { before, most_bytes } => {
                bounded::forget(connection, Bytes::Audit, *before, *most_bytes, limit).await
            }
            Expired::Changes { before, node, now } => {
                nodes::saw(connection, node, ledger.followed(), *now).await?;
                let upto = nodes::slowest(connection, *before).await?;
                changes::forget(connection, upto, *before, limit).await
            }
            Expired::Decisions { before, most_bytes } => {
                bounded::forget(connection, Bytes::Decisions, *before, *most_bytes, limit).await
            }
            Expired::Logs { before, most_bytes } => {
                bounded::forget(connection, Bytes::Logs, *before, *most_bytes, limit).await
            }
            Expired::OfProject(project) => {
                let entries = logs::forget(connection, project, limit).await?;
                // Both are within the limit together, so that fewer than that means that there is nothing left.
                let left = limit.saturating_sub(u32::try_from(entries).unwrap_or(u32::MAX));
                Ok(entries + operations::forget(connection, project, left).await?)
            }
            Expired::Operations { before, most_bytes } => {
                bounded::forget(connection, Bytes::Operations, *before, *most_bytes, limit).await
            }
        }
    }
}

#[async_trait]
impl Step for Release {
    type Output = u64;

    async fn run(&self, connection: &mut AnyConnection, _: Dialect, _: &mut Ledger) -> Result<u64, Failure> {
        deliveries::release(connection, &self.0).await
    }
}

/// The one record that an expectation is about.
fn about(expectation: &Expectation) -> Option<&RecordKey> {
    match expectation {
        Expectation::Absent(key) | Expectation::At(key, _) | Expectation::Is(key, _) => Some(key),
        Expectation::Unchanged(_) => None,
    }
}

async fn check(
    connection: &mut AnyConnection,
    ledger: &Ledger,
    expectation: &Expectation,
) -> Result<(), Failure> {
    let key = match expectation {
        Expectation::Absent(key) | Expectation::At(key, _) | Expectation::Is(key, _) => key,
        Expectation::Unchanged(gathering) => return unchanged(connection, gathering).await,
    };
    let standing = ledger.standing(connection, key).await?;
    match (expectation, standing) {
        (Expectation::Absent(_), None) => Ok(()),
        (Expectation::Absent(_), Some(_)) => Err(ApplyError::AlreadyExists(key.clone()).into()),
        (_, None) => Err(ApplyError::NotFound(key.clone()).into()),
        (Expectation::At(_, expected), Some((_, found))) if *expected == found => Ok(()),
        (Expectation::Is(_, expected), Some((found, _))) if expected.as_str() == found => Ok(()),
        (_, Some(_)) => Err(ApplyError::Conflict(key.clone()).into()),
    }
}

async fn unchanged(connection: &mut AnyConnection, gathering: &Gathering) -> Result<(), Failure> {
    let found = records::gathered(connection, gathering.kind, &gathering.prefix).await?;
    if found == (gathering.count, gathering.latest) {
        Ok(())
    } else {
        Err(ApplyError::Conflict(gathering.owner.clone()).into())
    }
}

async fn do_work(connection: &mut AnyConnection, ledger: &mut Ledger, work: &Work) -> Result<(), Failure> {
    match work {
        Work::AppendLogs(entries) => ledger.log(connection, logs::rows(entries)?).await,
        Work::CancelDeliveries { owner } => deliveries::cancel(connection, owner).await,
        Work::DeleteJobState(job) => job_states::delete(connection, job).await,
        Work::DeleteOperation(name) => operations::delete(connection, name).await,
        Work::FinishDelivery(lease) => deliveries::finish(connection, lease).await,
        Work::PutDelivery(delivery) => deliveries::put(connection, delivery).await,
        Work::PutDeliveryWithin { delivery, most } => {
            deliveries::put_within(connection, delivery, *most).await
        }
        Work::PutJobState { state, expected } => job_states::put(connection, state, *expected).await,
        Work::PutOperation(operation) => operations::put(connection, operation).await,
        Work::PutPolicyOperation(operation) => operations::put_of_policy(connection, operation).await,
        Work::RescheduleDelivery { lease, delivery } => {
            deliveries::reschedule(connection, lease, delivery).await
        }
        Work::StartAttempt { lease, delivery, until } => {
            deliveries::start_attempt(connection, lease, delivery, *until).await
        }
    }
}
