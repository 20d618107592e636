//! One transaction for all that waited: one sync to disk, and an answer each.

use sqlx::{AnyConnection, Connection};
use tracing::warn;

use crate::dialect::{Dialect, Remedy};
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

impl Aborted {
    /// Nothing was committed.
    fn before_commit(dialect: Dialect, failure: Failure) -> Self {
        let remedy = remedy(dialect, &failure);
        Self { failure, remedy }
    }
}

fn remedy(dialect: Dialect, failure: &Failure) -> Remedy {
    match failure {
        Failure::Broken(error) => dialect.remedy(error),
        Failure::Corrupt { .. } | Failure::Refused(_) => Remedy::GiveUp,
    }
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
            None => {
                let dialect = self.origin.dialect;
                let broken = |error: sqlx::Error| Aborted::before_commit(dialect, error.into());
                self.origin.writer().await.map_err(broken)?
            }
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
        let begin = dialect.begin_write();
        let broken = |error: sqlx::Error| Aborted::before_commit(dialect, error.into());
        let mut transaction = connection.begin_with(begin).await.map_err(broken)?;
        // Nearly always everything fits. Only where something does not, all is done once more, each by itself.
        let done = match self.together(&mut transaction, group).await {
            Ok(ledger) => Ok((ledger, group.len() as u64)),
            Err(failure) if remedy(dialect, &failure) == Remedy::Again => Err(failure),
            Err(_) => {
                transaction.rollback().await.map_err(broken)?;
                transaction = connection.begin_with(begin).await.map_err(broken)?;
                self.apart(&mut transaction, group).await
            }
        };
        let (ledger, done) = done.map_err(|failure| Aborted::before_commit(dialect, failure))?;
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

    /// Does everything but the commit, and gives up with the first that fails.
    async fn together(
        &mut self,
        transaction: &mut AnyConnection,
        group: &mut [Box<dyn Queued>],
    ) -> Result<Ledger, Failure> {
        let dialect = self.origin.dialect;
        let mut ledger = self.ledger(transaction, group).await?;
        for queued in group {
            queued.run(transaction, dialect, &mut ledger).await?;
        }
        ledger.settle(transaction).await?;
        self.number(transaction, &ledger).await?;
        Ok(ledger)
    }

    /// Does everything but the commit, each under a savepoint of its own: what fails harms none of the others. Says how
    /// many succeeded.
    async fn apart(
        &mut self,
        transaction: &mut AnyConnection,
        group: &mut [Box<dyn Queued>],
    ) -> Result<(Ledger, u64), Failure> {
        let dialect = self.origin.dialect;
        let mut ledger = self.ledger(transaction, group).await?;
        let mut done = 0;
        for queued in group {
            let mark = ledger.mark();
            let mut savepoint = transaction.begin().await?;
            let mut ran = queued.run(&mut savepoint, dialect, &mut ledger).await;
            if ran.is_ok() {
                ran = ledger.settle(&mut savepoint).await;
            }
            match ran {
                Ok(()) => {
                    savepoint.commit().await?;
                    done += 1;
                }
                Err(failure) if remedy(dialect, &failure) == Remedy::Again => return Err(failure),
                Err(failure) => {
                    savepoint.rollback().await?;
                    ledger.back_to(mark);
                    queued.fail(failure.into_apply(dialect));
                }
            }
        }
        self.number(transaction, &ledger).await?;
        Ok((ledger, done))
    }

    /// The ledger of a transaction that has just begun.
    async fn ledger(
        &mut self,
        transaction: &mut AnyConnection,
        group: &mut [Box<dyn Queued>],
    ) -> Result<Ledger, Failure> {
        let in_order = group.iter().any(|queued| queued.in_order());
        if in_order {
            // From here on no other node takes a revision; what they took before is committed and can be read.
            let revision = counters::lock_revision(transaction).await?;
            let followed = self.followers.followed();
            if revision != followed {
                let missed = changes::between(transaction, followed, revision).await?;
                self.followers.hand_over(revision, &missed);
            }
        }
        let mut ledger = Ledger::after(self.followers.followed(), self.timer.now());
        if in_order {
            ledger
                .look_up(transaction, group.iter().flat_map(|queued| queued.asks_about()).collect())
                .await?;
        }
        Ok(ledger)
    }

    /// Writes the revision that the changes reached, where there are any.
    async fn number(&mut self, transaction: &mut AnyConnection, ledger: &Ledger) -> Result<(), Failure> {
        if !ledger.changes().is_empty() {
            counters::set_revision(transaction, ledger.revision()).await?;
            self.origin.dialect.notify(transaction).await?;
        }
        Ok(())
    }
}

/// How often a transaction is tried that others are in the way of.
const ATTEMPTS: u32 = 5;
