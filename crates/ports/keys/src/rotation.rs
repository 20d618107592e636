//! When keys come and go.
//!
//! ```text
//! key 1   publish = sign ──────────────────── retire ─── expire
//! key 2   publish ─────── (at least overlap) ─ sign ──────────────────── retire ─── expire
//! key 3                                        publish ───────────────── sign ──────────
//! ```
//!
//! A successor is made as soon as a key begins to sign, and takes over after `period`. If the plan comes late, for
//! example because the machine slept, the old key signs on until the successor has been published for `overlap`. So
//! whoever fetched the published keys at most `overlap` ago has the key of every token it meets.

use std::time::Duration;

use jiff::Timestamp;

use crate::{KeyRings, MasterKey, Ring, RingError, SealedKey, material::seal_new};

/// How one ring turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// How long a key signs.
    pub period: Duration,
    /// How long a key is published before it signs, at least; so long may verifiers remember what was published.
    pub overlap: Duration,
    /// How long its longest-lived token lives.
    pub token_lifetime: Duration,
}

/// How the rings turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The ring that seals access tokens. Its period bounds how many tokens one key seals: AES-GCM with random
    /// nonces stays safe up to 2³² of them.
    pub access_tokens: Rotation,
    /// The ring that signs assertions.
    pub assertions: Rotation,
    /// The ring that signs ID tokens.
    pub id_tokens: Rotation,
}

/// One change of the records. All changes of a plan are applied together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new key.
    Add(SealedKey),
    /// A key that nobody needs any more.
    Remove {
        /// Its ring.
        ring: Ring,
        /// Its name.
        key_id: String,
    },
    /// The same key with other instants.
    Replace(SealedKey),
}

impl Policy {
    /// How one ring turns.
    #[must_use]
    pub fn of(&self, ring: Ring) -> Rotation {
        match ring {
            Ring::AccessTokens => self.access_tokens,
            Ring::Assertions => self.assertions,
            Ring::IdTokens => self.id_tokens,
        }
    }
}

/// ID tokens weekly, as Google does (facts §3.1); assertions weekly; access tokens daily.
impl Default for Policy {
    fn default() -> Self {
        Self {
            access_tokens: Rotation { period: DAY, overlap: HOUR, token_lifetime: 12 * HOUR },
            assertions: Rotation { period: 7 * DAY, overlap: 6 * HOUR, token_lifetime: HOUR },
            id_tokens: Rotation { period: 7 * DAY, overlap: 6 * HOUR, token_lifetime: HOUR },
        }
    }
}

impl KeyRings {
    /// What should change at `now` so that every ring has a key and a successor, and none that nobody needs. Empty
    /// when all is well. Making an RSA key takes some hundred milliseconds of computing.
    ///
    /// Fixed rings do not turn.
    ///
    /// # Errors
    /// [`RingError::Generation`].
    pub fn plan_rotation(&self, now: Timestamp) -> Result<Vec<Change>, RingError> {
        let Some(master) = self.master() else { return Ok(Vec::new()) };
        let mut changes = Vec::new();
        for ring in Ring::ALL {
            changes.extend(self.plan_ring(ring, master, now)?);
        }
        Ok(changes)
    }

    fn plan_ring(&self, ring: Ring, master: &MasterKey, now: Timestamp) -> Result<Vec<Change>, RingError> {
        let (mut keys, removed): (Vec<_>, Vec<_>) =
            self.entries(ring).map(|entry| entry.record.clone()).partition(|key| key.is_published(now));
        keys.sort_by_key(|key| key.sign_from);

        // The first key of a ring signs at once: nobody can have looked before it was there. And when the key in use
        // was taken out of the store, a successor that verifiers may not have seen is better than none.
        if keys.is_empty() {
            keys.push(seal_new(ring, now, now, master)?);
        } else if now < keys[0].sign_from {
            keys[0].sign_from = now;
        }
        let current = keys.iter().rposition(|key| key.sign_from <= now).unwrap_or(0);
        if current + 1 == keys.len() {
            let rotation = self.policy().of(ring);
            let sign_from = later(now, rotation.overlap).max(later(keys[current].sign_from, rotation.period));
            keys[current].retire_at = Some(sign_from);
            keys[current].expire_at = Some(later(later(sign_from, rotation.token_lifetime), SKEW));
            keys.push(seal_new(ring, now, sign_from, master)?);
        }

        let removals = removed.into_iter().map(|key| Change::Remove { ring, key_id: key.key_id });
        let changes = keys.into_iter().filter_map(|key| {
            match self.entries(ring).find(|entry| entry.record.key_id == key.key_id) {
                None => Some(Change::Add(key)),
                Some(entry) if entry.record == key => None,
                Some(_) => Some(Change::Replace(key)),
            }
        });
        Ok(removals.chain(changes).collect())
    }
}

/// The instant after a while, or the last one there is.
fn later(instant: Timestamp, duration: Duration) -> Timestamp {
    instant.checked_add(duration).unwrap_or(Timestamp::MAX)
}

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Clocks of verifiers may be behind; a key outlives its last token by this.
const SKEW: Duration = Duration::from_secs(10 * 60);
