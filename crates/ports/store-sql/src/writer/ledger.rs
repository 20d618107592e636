//! The changes of one transaction, numbered.

use jiff::Timestamp;
use names::Revision;
use sqlx::AnyConnection;
use store::{ApplyError, Change, RecordKey};

use crate::fault::Failure;
use crate::tables::{changes, records};

/// Numbers the changes of a transaction that holds the revision, and keeps them for the followers.
pub(crate) struct Ledger {
    began: Revision,
    now: Timestamp,
    revision: Revision,
    changes: Vec<Change>,
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
        Self { began: revision, now, revision, changes: Vec::new() }
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

    /// Forgets what came after a mark: its savepoint was rolled back.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.revision = mark.revision;
        self.changes.truncate(mark.changes);
    }

    /// Makes a change, and the one that follows from it: a resource takes its policy along.
    pub async fn make(&mut self, connection: &mut AnyConnection, change: &Change) -> Result<(), Failure> {
        match change {
            Change::Delete(key) => {
                let Some((uid, _)) = records::standing(connection, key).await? else {
                    return Err(ApplyError::NotFound(key.clone()).into());
                };
                records::delete(connection, key).await?;
                self.enter(connection, change.clone()).await?;
                self.remove_policy(connection, key, &uid).await
            }
            Change::Put(record) => {
                let key = record.key();
                let before = records::standing(connection, &key).await?;
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
        self.revision = self.revision.next();
        changes::append(connection, self.revision, &change, self.now).await?;
        self.changes.push(change);
        Ok(())
    }
}
