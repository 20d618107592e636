//! Keys that are handed to their owners.

use std::fmt;

use jiff::Timestamp;
use jose::{Algorithm, Signer as _};
use names::{KeyId, Secret};

use crate::{RingError, SigningKey};

/// A new key of a service account. The private half is in this value and nowhere else.
pub struct AccountKeyPair {
    /// The key's name: 40 hexadecimal digits.
    pub key_id: KeyId,
    /// PKCS #8 in PEM (`PRIVATE KEY`), for the key file.
    pub private_key_pem: Secret<String>,
    /// `SubjectPublicKeyInfo` in PEM (`PUBLIC KEY`), for the record.
    pub public_key_pem: String,
    /// A certificate for the account's e-mail address, signed by the key itself. It cannot be made later.
    pub certificate_pem: String,
}

/// Makes an RSA-2048 key for a service account. Takes some hundred milliseconds of computing.
///
/// `subject` is the account's e-mail address, the instants bound the certificate.
///
/// # Errors
/// [`RingError::Certificate`] and [`RingError::Generation`].
pub fn generate_account_key(
    subject: &str,
    not_before: Timestamp,
    not_after: Timestamp,
) -> Result<AccountKeyPair, RingError> {
    let (key, pkcs8) = SigningKey::generate(Algorithm::Rs256).map_err(|_| RingError::Generation)?;
    Ok(AccountKeyPair {
        key_id: KeyId::parse(key.key_id().as_str()).map_err(|_| RingError::Generation)?,
        private_key_pem: Secret::new(jose::pem::encode("PRIVATE KEY", &pkcs8)),
        public_key_pem: key.verifying_key().to_pem(),
        certificate_pem: key.certificate_pem(subject, not_before, not_after)?,
    })
}

impl fmt::Debug for AccountKeyPair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AccountKeyPair").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}
