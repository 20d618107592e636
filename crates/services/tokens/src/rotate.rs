//! Turning the rings: what is due is worked out, stored in one plan, and seen by everybody who follows.

use std::collections::BTreeMap;

use audit::entry_of_system;
use context::Context;
use iam::SystemAct;
use keys::{Change, KeyRings, Ring, RingError};
use names::Uid;
use serde_json::json;
use store::{
    ApplyError, AuditEntry, Expectation, Plan, ReadError, Record, RingKeyKey, RingKeyRecord, Stored,
};

use crate::Tokens;
use crate::ring_records::{self, RecordError, head_key, record_key};

/// Why the rings were not turned. What they held before still counts.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// Other processes turned the rings every time this one tried.
    #[error("other processes keep changing the keys")]
    Contended,
    /// The work that makes keys broke off.
    #[error("making keys broke off")]
    Interrupted(#[source] supervise::Blocked),
    /// A stored key is not readable.
    #[error("a stored key is not readable")]
    Record(#[from] RecordError),
    /// A key could not be made or opened.
    #[error("a key could not be made or opened")]
    Ring(#[from] RingError),
    /// The store could not be read.
    #[error("the keys could not be read")]
    StoreFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the keys could not be stored")]
    WriteFailed(#[source] ApplyError),
}

/// What was stored when the rings were read.
pub(crate) struct Found {
    head: Option<Stored<RingKeyRecord>>,
    records: Vec<Stored<RingKeyRecord>>,
    /// The rings as they are stored, whether or not this process's picture has got there.
    pub(crate) rings: KeyRings,
}

/// How a try to store changes ended.
pub(crate) enum Turned {
    /// They are stored, and the picture has them.
    Done,
    /// Somebody else was first: look again.
    Overtaken,
}

impl Tokens {
    /// Does what is due at once, on this thread: at the start, when nothing else runs yet.
    pub(crate) async fn rotate(&self, context: &Context) -> Result<(), RotateError> {
        for _ in 0..ATTEMPTS {
            let found = self.find_rings().await?;
            let changes = found.rings.plan_rotation(context.now())?;
            if let Turned::Done = self.store_changes(context, &found, &changes).await? {
                return Ok(());
            }
        }
        Err(RotateError::Contended)
    }

    /// Reads the rings from the store itself. The head comes first: whatever changes after it was read is found out
    /// when the changes are stored.
    pub(crate) async fn find_rings(&self) -> Result<Found, RotateError> {
        let store = &self.within.store;
        let head = store.find::<RingKeyRecord>(&head_key()).await.map_err(RotateError::StoreFailed)?;
        let records = store.all::<RingKeyRecord>("").await.map_err(RotateError::StoreFailed)?;
        let rings = &self.within.picture.load().rings;
        let rings = rings.apply(&ring_records::difference(rings, &records)?)?;
        Ok(Found { head, records, rings })
    }

    /// Stores changes of the rings, if nobody changed them since they were found.
    pub(crate) async fn store_changes(
        &self,
        context: &Context,
        found: &Found,
        changes: &[Change],
    ) -> Result<Turned, RotateError> {
        if changes.is_empty() {
            return Ok(Turned::Done);
        }
        match self.within.store.apply(plan(context, found, changes)).await {
            Ok(_) => Ok(Turned::Done),
            Err(ApplyError::AlreadyExists(_) | ApplyError::Conflict(_) | ApplyError::NotFound(_)) => {
                Ok(Turned::Overtaken)
            }
            Err(error) => Err(RotateError::WriteFailed(error)),
        }
    }
}

fn plan(context: &Context, found: &Found, changes: &[Change]) -> Plan {
    let uids: BTreeMap<&RingKeyKey, &Uid> =
        found.records.iter().map(|stored| (&stored.record.key, &stored.record.uid)).collect();
    let record = |key: RingKeyKey, sealed| {
        let uid = uids
            .get(&key)
            .map_or_else(|| Uid::draw(|buffer| context.randomness().fill(buffer)), |uid| Uid::clone(uid));
        Record::RingKey(RingKeyRecord { key, uid, sealed })
    };
    let mut plan = Plan::new().expect(match &found.head {
        None => Expectation::Absent(head_key().into()),
        Some(head) => Expectation::At(head_key().into(), head.revision),
    });
    plan = plan.put(record(head_key(), json!({ "changedAt": context.now() })));
    for change in changes {
        plan = match change {
            Change::Add(sealed) | Change::Replace(sealed) => {
                let key = record_key(sealed.ring, &sealed.key_id);
                let value = serde_json::to_value(sealed).expect("a sealed key is plain JSON");
                plan.put(record(key, value))
            }
            Change::Remove { ring, key_id } => plan.delete(record_key(*ring, key_id)),
        };
    }
    for ring in Ring::ALL {
        if let Some(entry) = entry(context, ring, changes) {
            plan = plan.audit(entry);
        }
    }
    plan
}

/// What the audit log says about one ring; nothing where nothing came or went.
fn entry(context: &Context, ring: Ring, changes: &[Change]) -> Option<AuditEntry> {
    let ids = |wanted: fn(&Change) -> Option<(Ring, &str)>| {
        changes.iter().filter_map(wanted).filter(|(of, _)| *of == ring).map(|(_, id)| id).collect::<Vec<_>>()
    };
    let added = ids(|change| match change {
        Change::Add(sealed) => Some((sealed.ring, sealed.key_id.as_str())),
        Change::Remove { .. } | Change::Replace(_) => None,
    });
    let removed = ids(|change| match change {
        Change::Remove { ring, key_id } => Some((*ring, key_id.as_str())),
        Change::Add(_) | Change::Replace(_) => None,
    });
    if added.is_empty() && removed.is_empty() {
        return None;
    }
    let detail = json!({ "added": added, "removed": removed });
    Some(entry_of_system(context, SystemAct::RotateKeys, format!("keyRings/{ring}"), None, detail))
}

/// Each failed try means that another process succeeded.
pub(crate) const ATTEMPTS: usize = 5;
