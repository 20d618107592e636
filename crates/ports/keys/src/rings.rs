//! The rings in memory: unsealed, ready to use, cheap to replace.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::{Timestamp, ToSpan};
use jose::{Algorithm, KeySet, Signer as _};
use zeroize::Zeroizing;

use crate::{
    CertificateError, Change, MasterKey, Policy, Ring, SealedKey, SigningKey, SigningRing,
    material::{Entry, Material, new_record, unseal},
    sealing::SealingKey,
};

/// All rings of one installation. A snapshot: a change gives new rings, which share what did not change.
#[derive(Clone)]
pub struct KeyRings {
    entries: Vec<Arc<Entry>>,
    origin: Origin,
    policy: Policy,
}

/// Keys that are the same each time, for tests: nothing that they protect is protected.
#[derive(Clone, Copy)]
pub struct FixedKeys<'a> {
    /// P-256 in PKCS #8 PEM.
    pub assertions: &'a str,
    /// RSA in PKCS #8 PEM.
    pub id_tokens: &'a str,
    /// The key that seals access tokens.
    pub access_tokens: &'a [u8; 32],
}

/// Why there are no rings, or not the ones that were asked for.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// A record's algorithm is not its ring's.
    #[error("key {key_id} of ring {ring} has an algorithm that is not the ring's")]
    Algorithm {
        /// The ring.
        ring: Ring,
        /// The key's name.
        key_id: String,
    },
    /// A certificate could not be made.
    #[error("a certificate could not be made")]
    Certificate(#[from] CertificateError),
    /// Two records have the same name, or a new key has the name of another.
    #[error("ring {ring} has two keys named {key_id}")]
    Duplicate {
        /// The ring.
        ring: Ring,
        /// The key's name.
        key_id: String,
    },
    /// Fixed rings do not turn.
    #[error("fixed keys do not change")]
    Fixed,
    /// The library could not make a key.
    #[error("a key could not be made")]
    Generation,
    /// The ring has no key: a plan was not applied.
    #[error("ring {0} has no key")]
    NoKey(Ring),
    /// A record was changed, or moved from another place.
    #[error("key {key_id} of ring {ring} is not what was sealed under that name")]
    Tampered {
        /// The ring.
        ring: Ring,
        /// The key's name.
        key_id: String,
    },
    /// No key has this name.
    #[error("no key has this name")]
    Unknown,
    /// The record was sealed under another master key.
    #[error("key {key_id} of ring {ring} was sealed under another master key")]
    WrongMasterKey {
        /// The ring.
        ring: Ring,
        /// The key's name.
        key_id: String,
    },
}

impl KeyRings {
    /// Unseals records. Without any, the rings are empty and the first [`KeyRings::plan_rotation`] fills them.
    ///
    /// # Errors
    /// [`RingError::Algorithm`], [`RingError::Duplicate`], [`RingError::Tampered`] and [`RingError::WrongMasterKey`].
    pub fn open(
        records: impl IntoIterator<Item = SealedKey>,
        master: MasterKey,
        policy: Policy,
    ) -> Result<Self, RingError> {
        let mut rings = Self { entries: Vec::new(), origin: Origin::Sealed(Arc::new(master)), policy };
        for record in records {
            rings.insert(record)?;
        }
        Ok(rings)
    }

    /// Rings with known keys, which never turn and have no records. For tests only: whoever has the source has the
    /// keys.
    ///
    /// # Errors
    /// [`RingError::Generation`] when a key cannot be read.
    pub fn dangerous_fixed(keys: FixedKeys<'_>) -> Result<Self, RingError> {
        let signing = |algorithm, text: &str| {
            let der = jose::pem::decode("PRIVATE KEY", text).map_err(|_| RingError::Generation)?;
            let key = SigningKey::from_pkcs8(algorithm, &Zeroizing::new(der));
            key.map(|key| Material::Signing(Arc::new(key))).map_err(|_| RingError::Generation)
        };
        let key = SealingKey::new(keys.access_tokens).map_err(|_| RingError::Generation)?;
        let master = MasterKey::derive(keys.access_tokens).map_err(|_| RingError::Generation)?;
        let materials = [
            (Ring::AccessTokens, Material::Sealing { id: *b"fixed-access-key", key: Arc::new(key) }),
            (Ring::Assertions, signing(Algorithm::Es256, keys.assertions)?),
            (Ring::IdTokens, signing(Algorithm::Rs256, keys.id_tokens)?),
        ];
        let entries = materials.into_iter().map(|(ring, material)| {
            let always = Timestamp::UNIX_EPOCH;
            let record = new_record(ring, material.name(), always, always, Vec::new());
            Arc::new(Entry { record, material })
        });
        Ok(Self {
            entries: entries.collect(),
            origin: Origin::Fixed(Arc::new(master)),
            policy: Policy::default(),
        })
    }

    /// The rings after changes. Keys that stay are not unsealed again.
    ///
    /// # Errors
    /// As [`KeyRings::open`], and [`RingError::Unknown`].
    pub fn apply(&self, changes: &[Change]) -> Result<Self, RingError> {
        let mut rings = self.clone();
        for change in changes {
            match change {
                Change::Add(record) => rings.insert(record.clone())?,
                Change::Remove { ring, key_id } => {
                    rings.remove(*ring, key_id)?;
                }
                Change::Replace(record) => {
                    let old = rings.remove(record.ring, &record.key_id)?;
                    if old.record.sealed == record.sealed && old.record.algorithm == record.algorithm {
                        let material = old.material.clone();
                        rings.entries.push(Arc::new(Entry { record: record.clone(), material }));
                    } else {
                        rings.insert(record.clone())?;
                    }
                }
            }
        }
        Ok(rings)
    }

    /// The records as the store should hold them. Fixed rings have none.
    pub fn records(&self) -> impl Iterator<Item = &SealedKey> {
        let sealed = self.master().is_some();
        self.entries.iter().filter(move |_| sealed).map(|entry| &entry.record)
    }

    /// The key that signs at `now`.
    ///
    /// # Errors
    /// [`RingError::NoKey`].
    pub fn signer(&self, ring: SigningRing, now: Timestamp) -> Result<Arc<SigningKey>, RingError> {
        let ring = Ring::from(ring);
        match self.current(ring, now).map(|entry| &entry.material) {
            Some(Material::Signing(key)) => Ok(Arc::clone(key)),
            Some(Material::Sealing { .. }) | None => Err(RingError::NoKey(ring)),
        }
    }

    /// The public keys that verify at `now`: the key in use, its successor, and those whose tokens have not all ended.
    #[must_use]
    pub fn published(&self, ring: SigningRing, now: Timestamp) -> KeySet {
        let keys = self.published_keys(ring, now);
        KeySet::new(keys.map(|(_, key)| (key.key_id().clone(), key.verifying_key().clone())))
            .expect("names are unique in a ring, and a ring that turns holds a handful")
    }

    /// The same keys as certificates for `subject`, by key name (facts §3.1: the x509 map). Costs one signature for
    /// each; remember the answer until the rings change.
    ///
    /// # Errors
    /// [`RingError::Certificate`]: assertions have none.
    pub fn certificates(
        &self,
        ring: SigningRing,
        subject: &str,
        now: Timestamp,
    ) -> Result<BTreeMap<String, String>, RingError> {
        self.published_keys(ring, now)
            .map(|(record, key)| {
                // A key without a successor yet has no known end; the certificate must name one.
                let end = record.sign_from.checked_add((10 * 8760).hours()).unwrap_or(Timestamp::MAX);
                let not_after = record.expire_at.unwrap_or(end);
                let pem = key.certificate_pem(subject, record.publish_at, not_after)?;
                Ok((record.key_id.clone(), pem))
            })
            .collect()
    }

    /// How long verifiers may remember what is published: every key is published at least so long before it signs.
    #[must_use]
    pub fn max_age(&self, ring: SigningRing) -> Duration {
        self.policy.of(ring.into()).overlap
    }

    /// The latest key that has begun. If the clock was set back to before the first, the first.
    pub(crate) fn current(&self, ring: Ring, now: Timestamp) -> Option<&Entry> {
        let begun = self.entries(ring).filter(|entry| entry.record.sign_from <= now);
        begun
            .max_by_key(|entry| entry.record.sign_from)
            .or_else(|| self.entries(ring).min_by_key(|entry| entry.record.sign_from))
    }

    pub(crate) fn entries(&self, ring: Ring) -> impl Iterator<Item = &Entry> {
        self.entries.iter().map(AsRef::as_ref).filter(move |entry| entry.record.ring == ring)
    }

    pub(crate) fn master(&self) -> Option<&MasterKey> {
        match &self.origin {
            Origin::Fixed(_) => None,
            Origin::Sealed(master) => Some(master),
        }
    }

    /// The master key, that of fixed rings included: everybody knows it as they know those.
    pub(crate) fn master_at_rest(&self) -> &MasterKey {
        match &self.origin {
            Origin::Fixed(master) | Origin::Sealed(master) => master,
        }
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    fn published_keys(
        &self,
        ring: SigningRing,
        now: Timestamp,
    ) -> impl Iterator<Item = (&SealedKey, &SigningKey)> {
        self.entries(ring.into()).filter(move |entry| entry.record.is_published(now)).filter_map(|entry| {
            match &entry.material {
                Material::Sealing { .. } => None,
                Material::Signing(key) => Some((&entry.record, key.as_ref())),
            }
        })
    }

    fn insert(&mut self, record: SealedKey) -> Result<(), RingError> {
        let master = self.master().ok_or(RingError::Fixed)?;
        if self.entries(record.ring).any(|entry| entry.record.key_id == record.key_id) {
            return Err(RingError::Duplicate { ring: record.ring, key_id: record.key_id });
        }
        let material = unseal(&record, master)?;
        self.entries.push(Arc::new(Entry { record, material }));
        Ok(())
    }

    fn remove(&mut self, ring: Ring, key_id: &str) -> Result<Arc<Entry>, RingError> {
        let at =
            self.entries.iter().position(|entry| entry.record.ring == ring && entry.record.key_id == key_id);
        at.map(|at| self.entries.swap_remove(at)).ok_or(RingError::Unknown)
    }
}

#[derive(Clone)]
enum Origin {
    /// The master key seals the keys of accounts, which are made in tests too.
    Fixed(Arc<MasterKey>),
    Sealed(Arc<MasterKey>),
}
