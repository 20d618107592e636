//! Ring keys as the store holds them.

use keys::{Change, KeyRings, Ring, SealedKey};
use serde::Deserialize as _;
use store::{RingKeyKey, RingKeyRecord, Stored};

/// Why a stored key is not one.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The record is not that of a sealed key.
    #[error("the record {key} does not hold a sealed key")]
    Form {
        /// Which record.
        key: RingKeyKey,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The record stands under another name than its key has.
    #[error("the record {key} holds a key of another name")]
    Name {
        /// Which record.
        key: RingKeyKey,
    },
}

/// The record that every change of the rings rewrites: two processes that turn the rings at once both expect it as
/// they read it, and one of them finds that the other was first.
pub(crate) fn head_key() -> RingKeyKey {
    RingKeyKey { ring: "rings".to_owned(), key_id: "head".to_owned() }
}

/// Where a sealed key stands.
pub(crate) fn record_key(ring: Ring, key_id: &str) -> RingKeyKey {
    RingKeyKey { ring: ring.as_str().to_owned(), key_id: key_id.to_owned() }
}

/// Reads the sealed key in a record; `None` for the head.
pub(crate) fn sealed(record: &RingKeyRecord) -> Result<Option<SealedKey>, RecordError> {
    if record.key == head_key() {
        return Ok(None);
    }
    let sealed = SealedKey::deserialize(&record.sealed)
        .map_err(|source| RecordError::Form { key: record.key.clone(), source })?;
    if record_key(sealed.ring, &sealed.key_id) == record.key {
        Ok(Some(sealed))
    } else {
        Err(RecordError::Name { key: record.key.clone() })
    }
}

/// What must change for `rings` to hold exactly what is stored.
pub(crate) fn difference(
    rings: &KeyRings,
    stored: &[Stored<RingKeyRecord>],
) -> Result<Vec<Change>, RecordError> {
    let mut wanted = Vec::with_capacity(stored.len());
    for record in stored {
        wanted.extend(sealed(&record.record)?);
    }
    let same = |one: &SealedKey, other: &SealedKey| one.ring == other.ring && one.key_id == other.key_id;
    let gone = rings
        .records()
        .filter(|own| !wanted.iter().any(|wanted| same(own, wanted)))
        .map(|own| Change::Remove { ring: own.ring, key_id: own.key_id.clone() });
    let mut changes: Vec<Change> = gone.collect();
    changes.extend(wanted.into_iter().filter_map(|wanted| put(rings, wanted)));
    Ok(changes)
}

/// The change that brings one key into `rings`; `None` when it is there already.
pub(crate) fn put(rings: &KeyRings, wanted: SealedKey) -> Option<Change> {
    match rings.records().find(|own| own.ring == wanted.ring && own.key_id == wanted.key_id) {
        None => Some(Change::Add(wanted)),
        Some(own) if *own == wanted => None,
        Some(_) => Some(Change::Replace(wanted)),
    }
}
