//! One transaction for all that waited: one sync to disk, a savepoint and an answer each.

use sqlx::{AnyConnection, Connection};
use tracing::warn;

use crate::dialect::Remedy;
use crate::fault::{Failure, Fault};
use crate::tables::{changes, counters};

use super::Writer;
use super::ledger::Ledger;
use super::step::Queued;

/// A transaction that came to nothing.
struct Aborted {
    failure: Failure,
    remedy: Remedy,
}

impl Writer {
    /// Does what waited, tells the followers, then answers.
    pub(super) async fn commit(&mut self, mut group: Vec<Box<dyn Queued>>) {
        if group.is_empty() {
            return;
        }
        let timer = self.timer.clone();
        timer.outside("the store writes", self.try_repeatedly(&mut group)).await;
        for queued in group {
            queued.answer();
        }
    }

    async fn try_repeatedly(&mut self, group: &mut [Box<dyn Queued>]) {
        for attempt in 1.. {
            let Err(aborted) = self.transact(group).await else { return };
            if aborted.remedy == Remedy::Again && attempt < ATTEMPTS {
                continue;
            }
            let dialect = self.origin.dialect;
            let fault = match &aborted.failure {
                Failure::Broken(error) => Fault::of(dialect, error),
                Failure::Corrupt { .. } | Failure::Refused(_) => {
                    Fault::Driver("the change feed cannot be read")
                }
            };
            warn!(%fault, attempt, "a transaction came to nothing");
            for queued in group {
                queued.fail(Fault::again(&fault).into_apply());
            }
            return;
        }
    }

    /// One attempt at the whole group. A connection on which it failed is not used again.
    async fn transact(&mut self, group: &mut [Box<dyn Queued>]) -> Result<(), Aborted> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.origin.writer().await.map_err(|error| self.before_commit(error.into()))?,
        };
        self.transact_on(&mut connection, group).await?;
        self.connection = Some(connection);
        Ok(())
    }

    async fn transact_on(
        &mut self,
        connection: &mut AnyConnection,
        group: &mut [Box<dyn Queued>],
    ) -> Result<(), Aborted> {
        let dialect = self.origin.dialect;
        let mut transaction = connection
            .begin_with(dialect.begin_write())
            .await
            .map_err(|error| self.before_commit(error.into()))?;
        let (ledger, done) = match self.fill(&mut transaction, group).await {
            Ok(filled) => filled,
            Err(failure) => return Err(self.before_commit(failure)),
        };
        transaction.commit().await.map_err(|error| {
            let remedy = dialect.remedy_at_commit(&error);
            Aborted { failure: error.into(), remedy }
        })?;
        if done > 0 {
            self.gauges.committed(done);
        }
        if !ledger.changes().is_empty() {
            self.followers.hand_over(ledger.revision(), ledger.changes());
        }
        Ok(())
    }

    /// Does everything but the commit. Gives the changes that were made, and how many steps succeeded.
    async fn fill(
        &mut self,
        transaction: &mut AnyConnection,
        group: &mut [Box<dyn Queued>],
    ) -> Result<(Ledger, u64), Failure> {
        let dialect = self.origin.dialect;
        if group.iter().any(|queued| queued.in_order()) {
            // From here on no other node takes a revision; what they took before is committed and can be read.
            let revision = counters::lock_revision(transaction).await?;
            let followed = self.followers.followed();
            if revision != followed {
                let missed = changes::between(transaction, followed, revision).await?;
                self.followers.hand_over(revision, &missed);
            }
        }
        let mut ledger = Ledger::after(self.followers.followed(), self.timer.now());
        let mut done = 0;
        for queued in group {
            let mark = ledger.mark();
            let mut savepoint = transaction.begin().await?;
            match queued.run(&mut savepoint, dialect, &mut ledger).await {
                Ok(()) => {
                    savepoint.commit().await?;
                    done += 1;
                }
                Err(Failure::Broken(error)) if dialect.remedy(&error) == Remedy::Again => {
                    return Err(Failure::Broken(error));
                }
                Err(failure) => {
                    savepoint.rollback().await?;
                    ledger.back_to(mark);
                    queued.fail(failure.into_apply(dialect));
                }
            }
        }
        if !ledger.changes().is_empty() {
            counters::set_revision(transaction, ledger.revision()).await?;
            dialect.notify(transaction).await?;
        }
        Ok((ledger, done))
    }

    fn before_commit(&self, failure: Failure) -> Aborted {
        let remedy = match &failure {
            Failure::Broken(error) => self.origin.dialect.remedy(error),
            Failure::Corrupt { .. } | Failure::Refused(_) => Remedy::GiveUp,
        };
        Aborted { failure, remedy }
    }
}

/// How often a transaction is tried that others are in the way of.
const ATTEMPTS: u32 = 5;
