//! What a record holds once it is unsealed, and the way there and back.

use std::sync::Arc;

use aws_lc_rs::rand;
use jiff::Timestamp;
use jose::{Algorithm, Signer as _};
use zeroize::Zeroizing;

use crate::{
    MasterKey, Ring, RingError, SealedKey, SigningKey,
    access_token::KEY_ID_BYTES,
    master::EnvelopeError,
    sealing::{KEY_BYTES, SealingKey},
    signing::{hex, unhex},
};

/// A record and what it holds.
pub(crate) struct Entry {
    pub(crate) record: SealedKey,
    pub(crate) material: Material,
}

#[derive(Clone)]
pub(crate) enum Material {
    Sealing { id: [u8; KEY_ID_BYTES], key: Arc<SealingKey> },
    Signing(Arc<SigningKey>),
}

impl Material {
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Sealing { id, .. } => hex(id),
            Self::Signing(key) => key.key_id().to_string(),
        }
    }

    /// The private bytes and the material that they make.
    fn generate(ring: Ring) -> Result<(Self, Zeroizing<Vec<u8>>), RingError> {
        let algorithm = match ring {
            Ring::AccessTokens => {
                let mut bytes = Zeroizing::new(vec![0; KEY_BYTES]);
                let mut id = [0; KEY_ID_BYTES];
                rand::fill(&mut bytes)
                    .and_then(|()| rand::fill(&mut id))
                    .map_err(|_| RingError::Generation)?;
                let key = SealingKey::new(&bytes).map_err(|_| RingError::Generation)?;
                return Ok((Self::Sealing { id, key: Arc::new(key) }, bytes));
            }
            Ring::Assertions => Algorithm::Es256,
            Ring::IdTokens => Algorithm::Rs256,
        };
        let (key, pkcs8) = SigningKey::generate(algorithm).map_err(|_| RingError::Generation)?;
        Ok((Self::Signing(Arc::new(key)), pkcs8))
    }
}

/// Makes a key and seals it.
pub(crate) fn seal_new(
    ring: Ring,
    now: Timestamp,
    sign_from: Timestamp,
    master: &MasterKey,
) -> Result<SealedKey, RingError> {
    let (material, private) = Material::generate(ring)?;
    let mut record = new_record(ring, material.name(), now, sign_from, Vec::new());
    record.sealed = master.seal(&about(&record), &private).map_err(|_| RingError::Generation)?;
    Ok(record)
}

/// Opens a record.
pub(crate) fn unseal(record: &SealedKey, master: &MasterKey) -> Result<Material, RingError> {
    let named = || (record.ring, record.key_id.clone());
    let tampered = || {
        let (ring, key_id) = named();
        RingError::Tampered { ring, key_id }
    };
    if record.algorithm != record.ring.algorithm() {
        let (ring, key_id) = named();
        return Err(RingError::Algorithm { ring, key_id });
    }
    let private = master.open(&about(record), &record.sealed).map_err(|error| match error {
        EnvelopeError::Tampered => tampered(),
        EnvelopeError::WrongMasterKey => {
            let (ring, key_id) = named();
            RingError::WrongMasterKey { ring, key_id }
        }
    })?;
    let signing = |algorithm| {
        SigningKey::from_pkcs8(algorithm, &private)
            .map(|key| Material::Signing(Arc::new(key)))
            .map_err(|_| tampered())
    };
    let material = match record.ring {
        Ring::AccessTokens => {
            let key = SealingKey::new(&private).map_err(|_| tampered())?;
            let id = unhex(&record.key_id).ok_or_else(tampered)?;
            Material::Sealing { id, key: Arc::new(key) }
        }
        Ring::Assertions => signing(Algorithm::Es256)?,
        Ring::IdTokens => signing(Algorithm::Rs256)?,
    };
    if material.name() == record.key_id { Ok(material) } else { Err(tampered()) }
}

/// What a record's seal is about, beside the key itself: it opens in its own place only.
fn about(record: &SealedKey) -> Vec<u8> {
    ["doorward ring key 1", record.ring.as_str(), &record.key_id, record.algorithm.as_str()]
        .join("\0")
        .into_bytes()
}

/// A record whose successor is not known yet.
pub(crate) fn new_record(
    ring: Ring,
    key_id: String,
    now: Timestamp,
    sign_from: Timestamp,
    sealed: Vec<u8>,
) -> SealedKey {
    SealedKey {
        ring,
        key_id,
        algorithm: ring.algorithm(),
        created_at: now,
        publish_at: now,
        sign_from,
        retire_at: None,
        expire_at: None,
        sealed,
    }
}
