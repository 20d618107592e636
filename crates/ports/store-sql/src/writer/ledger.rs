//! What one transaction knows: its changes, numbered; which records stand where; and what it writes at its end.

use std::collections::BTreeMap;

use jiff::Timestamp;
use names::Revision;
use sqlx::AnyConnection;
use store::{ApplyError, Change, RecordKey};

use crate::fault::Failure;
use crate::tables::{changes, logs, records};

/// Numbers the changes of a transaction that holds the revision, and keeps them for the followers.
pub(crate) struct Ledger {
    began: Revision,
    now: Timestamp,
    revision: Revision,
    changes: Vec<Change>,
    /// Records that were looked up together, and that this transaction has not changed since.
    standings: BTreeMap<RecordKey, records::Standing>,
    /// Log entries that are written together.
    logs: Vec<logs::Row>,
}

/// A place in a ledger to come back to.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    revision: Revision,
    changes: usize,
}

impl Ledger {
    /// A ledger whose first change comes right after `revision`, which every follower of this process has reached.
    pub fn after(revision: Revision, now: Timestamp) -> Self {
        let (changes, standings, logs) = (Vec::new(), BTreeMap::new(), Vec::new());
        Self { began: revision, now, revision, changes, standings, logs }
    }

    /// Looks up, in one statement for each kind, what will be asked about. Nobody else changes it, once the transaction
    /// holds the revision.
    pub async fn look_up(
        &mut self,
        connection: &mut AnyConnection,
        keys: Vec<RecordKey>,
    ) -> Result<(), Failure> {
        self.standings = records::standings(connection, keys).await?;
        Ok(())
    }

    /// Which record has a key, and when it was written.
    pub async fn standing(
        &self,
        connection: &mut AnyConnection,
        key: &RecordKey,
    ) -> Result<records::Standing, Failure> {
        match self.standings.get(key) {
            Some(standing) => Ok(standing.clone()),
            None => records::standing(connection, key).await,
        }
    }

    /// Adds log entries, to be written when the ledger is settled, or as soon as they are many.
    pub async fn log(&mut self, connection: &mut AnyConnection, rows: Vec<logs::Row>) -> Result<(), Failure> {
        self.logs.extend(rows);
        if self.logs.len() >= MOST_LOGS { self.settle(connection).await } else { Ok(()) }
    }

    /// Writes what was kept to be written together.
    pub async fn settle(&mut self, connection: &mut AnyConnection) -> Result<(), Failure> {
        logs::append(connection, &std::mem::take(&mut self.logs)).await
    }

    /// What every follower of this process has reached.
    pub fn followed(&self) -> Revision {
        self.began
    }

    /// The revision of the last change.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The changes so far, in order.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { revision: self.revision, changes: self.changes.len() }
    }

    /// Forgets what came after a mark, at which the ledger was settled: its savepoint was rolled back.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.revision = mark.revision;
        self.changes.truncate(mark.changes);
        self.logs.clear();
    }

    /// Makes a change, and the one that follows from it: a resource takes its policy along.
    pub async fn make(&mut self, connection: &mut AnyConnection, change: &Change) -> Result<(), Failure> {
        match change {
            Change::Delete(key) => {
                let Some((uid, _)) = self.standing(connection, key).await? else {
                    return Err(ApplyError::NotFound(key.clone()).into());
                };
                records::delete(connection, key).await?;
                self.enter(connection, change.clone()).await?;
                self.remove_policy(connection, key, &uid).await
            }
            Change::Put(record) => {
                let key = record.key();
                let before = self.standing(connection, &key).await?;
                records::put(connection, record, self.revision.next()).await?;
                self.enter(connection, change.clone()).await?;
                match before {
                    Some((uid, _)) if uid != record.uid().as_str() => {
                        self.remove_policy(connection, &key, &uid).await
                    }
                    _ => Ok(()),
                }
            }
        }
    }

    /// Removes the policy of a uid whose record `key` is no longer there.
    async fn remove_policy(
        &mut self,
        connection: &mut AnyConnection,
        key: &RecordKey,
        uid: &str,
    ) -> Result<(), Failure> {
        if matches!(key, RecordKey::Policy(_)) {
            return Ok(());
        }
        let Some(policy) = records::policy_of(uid) else { return Ok(()) };
        if records::delete(connection, &policy).await? {
            self.enter(connection, Change::Delete(policy)).await?;
        }
        Ok(())
    }

    async fn enter(&mut self, connection: &mut AnyConnection, change: Change) -> Result<(), Failure> {
        self.standings.remove(&match &change {
            Change::Delete(key) => key.clone(),
            Change::Put(record) => record.key(),
        });
        self.revision = self.revision.next();
        changes::append(connection, self.revision, &change, self.now).await?;
        self.changes.push(change);
        Ok(())
    }
}

/// How many log entries wait to be written: as many as one statement writes.
const MOST_LOGS: usize = 64;
