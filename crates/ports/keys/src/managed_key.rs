//! Keys that sign for one service account each. Doorward keeps the private half, sealed, and hands it to nobody.
//!
//! Each account has its own: were one ring to sign for all, who may have something signed for one account could have
//! it signed in the name of every other.

use std::fmt;

use jiff::{Timestamp, ToSpan};
use jose::{Algorithm, Signer as _};
use names::{KeyId, UniqueId};

use crate::{CertificateError, KeyRings, SigningKey, master::EnvelopeError};

/// A new key of an account, as it is to be stored.
pub struct ManagedKeyPair {
    /// The key's name: 40 hexadecimal digits.
    pub key_id: KeyId,
    /// `SubjectPublicKeyInfo` in PEM (`PUBLIC KEY`).
    pub public_key_pem: String,
    /// A certificate for the account's e-mail address, signed by the key itself. It says ten years: how long the key
    /// counts is decided by when it is published, which the certificate cannot know.
    pub certificate_pem: String,
    /// The private half: opens under this master key, for this account and under this name only.
    pub sealed: Vec<u8>,
}

/// Why there is no key of an account.
#[derive(Debug, thiserror::Error)]
pub enum ManagedKeyError {
    /// The certificate could not be made.
    #[error("a certificate could not be made")]
    Certificate(#[from] CertificateError),
    /// The library could not make a key.
    #[error("a key could not be made")]
    Generation,
    /// What was sealed was changed, or was sealed for another account or under another name.
    #[error("the key is not what was sealed under that name")]
    Tampered,
    /// It was sealed under another master key.
    #[error("the key was sealed under another master key")]
    WrongMasterKey,
}

impl KeyRings {
    /// Makes an RSA-2048 key that signs for an account. Takes some hundred milliseconds of computing.
    ///
    /// # Errors
    /// [`ManagedKeyError::Certificate`] and [`ManagedKeyError::Generation`].
    pub fn make_managed_key(
        &self,
        account: &UniqueId,
        email: &str,
        now: Timestamp,
    ) -> Result<ManagedKeyPair, ManagedKeyError> {
        let (key, pkcs8) = SigningKey::generate(Algorithm::Rs256).map_err(|_| ManagedKeyError::Generation)?;
        let key_id = KeyId::parse(key.key_id().as_str()).map_err(|_| ManagedKeyError::Generation)?;
        let not_after = now.checked_add(TEN_YEARS_HOURS.hours()).unwrap_or(Timestamp::MAX);
        let sealed = self.master_at_rest().seal(&about(account, &key_id), &pkcs8);
        Ok(ManagedKeyPair {
            public_key_pem: key.verifying_key().to_pem(),
            certificate_pem: key.certificate_pem(email, now, not_after)?,
            sealed: sealed.map_err(|_| ManagedKeyError::Generation)?,
            key_id,
        })
    }

    /// Unseals a key of an account. Costs some tens of microseconds, so nothing unsealed needs to be kept.
    ///
    /// # Errors
    /// [`ManagedKeyError::Tampered`] and [`ManagedKeyError::WrongMasterKey`].
    pub fn open_managed_key(
        &self,
        account: &UniqueId,
        key_id: &KeyId,
        sealed: &[u8],
    ) -> Result<SigningKey, ManagedKeyError> {
        let private = self.master_at_rest().open(&about(account, key_id), sealed);
        let private = private.map_err(|error| match error {
            EnvelopeError::Tampered => ManagedKeyError::Tampered,
            EnvelopeError::WrongMasterKey => ManagedKeyError::WrongMasterKey,
        })?;
        let key =
            SigningKey::from_pkcs8(Algorithm::Rs256, &private).map_err(|_| ManagedKeyError::Tampered)?;
        if key.key_id().as_str() == key_id.as_str() { Ok(key) } else { Err(ManagedKeyError::Tampered) }
    }
}

impl fmt::Debug for ManagedKeyPair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ManagedKeyPair").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// What a key's seal is about, beside the key itself: it opens in its own place only.
fn about(account: &UniqueId, key_id: &KeyId) -> Vec<u8> {
    ["doorward account key 1", account.as_str(), key_id.as_str()].join("\0").into_bytes()
}

const TEN_YEARS_HOURS: i64 = 10 * 8760;
