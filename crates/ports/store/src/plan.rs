//! A write as a value.

use jiff::Timestamp;
use names::{Revision, Uid};

use crate::{Record, RecordKey, Recorded, Stored, Work};

/// What must hold, what changes, and what the audit log says about it.
#[derive(Clone, Debug, Default)]
#[must_use = "a plan does nothing until it is applied"]
pub struct Plan {
    /// What must hold for the plan to be applied.
    pub expectations: Vec<Expectation>,
    /// Changes to configuration, in order.
    pub changes: Vec<Change>,
    /// Changes to work, in order.
    pub work: Vec<Work>,
    /// Entries of the audit log.
    pub audit: Vec<AuditEntry>,
}

/// What must hold for a plan to be applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expectation {
    /// There is no record of this key.
    Absent(RecordKey),
    /// The record was last written at this revision.
    At(RecordKey, Revision),
    /// The record exists and is this one, not another of the same name.
    Is(RecordKey, Uid),
    /// Records that belong together are those that were read.
    Unchanged(Gathering),
}

/// All records of a kind whose keys begin alike, as they were read: how many, and when the latest of them was written.
/// Since every write has a later revision than all before it, both are the same only if none came, went or changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gathering {
    /// What they belong to: named where they have changed.
    pub owner: RecordKey,
    /// Their kind.
    pub kind: &'static str,
    /// What their keys begin with.
    pub prefix: String,
    /// How many they are.
    pub count: usize,
    /// The latest revision of any of them; `None` where there are none.
    pub latest: Option<Revision>,
}

impl Gathering {
    /// What was read with [`crate::Store::all`] and this prefix.
    pub fn of<R: Recorded>(owner: impl Into<RecordKey>, prefix: &str, found: &[Stored<R>]) -> Self {
        Self {
            owner: owner.into(),
            kind: R::KIND,
            prefix: prefix.to_owned(),
            count: found.len(),
            latest: found.iter().map(|stored| stored.revision).max(),
        }
    }
}

/// A change to configuration.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// Removes a record, which must be there. Removing a resource, or writing another uid under its name, also
    /// removes the policy that hangs on its uid; followers see that as a change of its own, right after this one.
    Delete(RecordKey),
    /// Writes a record, new or not.
    Put(Box<Record>),
}

/// One line of the audit log: who did what to which resource.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub struct AuditEntry {
    /// When.
    pub time: Timestamp,
    /// Under which request.
    pub request_id: String,
    /// Who, as `Principal` prints.
    pub principal: String,
    /// The permission that it was done with.
    pub permission: String,
    /// The resource, by canonical name.
    pub resource: String,
    /// The resource, by uid.
    pub uid: Option<Uid>,
    /// What changed, for people and programs; never a secret.
    pub detail: serde_json::Value,
}

impl Plan {
    /// A plan that does nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds something that must hold.
    pub fn expect(mut self, expectation: Expectation) -> Self {
        self.expectations.push(expectation);
        self
    }

    /// Adds a change to configuration.
    pub fn change(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    /// Adds a record to write.
    pub fn put(self, record: Record) -> Self {
        self.change(Change::Put(Box::new(record)))
    }

    /// Adds a record to remove.
    pub fn delete(self, key: impl Into<RecordKey>) -> Self {
        self.change(Change::Delete(key.into()))
    }

    /// Adds a change to work.
    pub fn work(mut self, work: Work) -> Self {
        self.work.push(work);
        self
    }

    /// Adds an audit entry.
    pub fn audit(mut self, entry: AuditEntry) -> Self {
        self.audit.push(entry);
        self
    }
}
