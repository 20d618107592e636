//! AES-256-GCM with a random nonce, in one place.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};

/// A key that seals: `nonce ‖ ciphertext ‖ tag`.
pub(crate) struct SealingKey(RandomizedNonceKey);

/// The library refused: a wrong length, or bytes that this key did not seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

impl SealingKey {
    pub(crate) fn new(bytes: &[u8]) -> Result<Self, Refused> {
        RandomizedNonceKey::new(&AES_256_GCM, bytes).map(Self).map_err(|_| Refused)
    }

    /// Appends the sealed form of `plain` to `out`. What `about` says must be said again to open it.
    pub(crate) fn seal(&self, about: &[u8], plain: &[u8], out: &mut Vec<u8>) -> Result<(), Refused> {
        let mut body = plain.to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(about), &mut body).map_err(|_| Refused)?;
        out.extend_from_slice(nonce.as_ref());
        out.extend_from_slice(&body);
        Ok(())
    }

    /// Opens in place.
    pub(crate) fn open<'a>(&self, about: &[u8], sealed: &'a mut [u8]) -> Result<&'a mut [u8], Refused> {
        let (nonce, body) = sealed.split_at_mut_checked(NONCE_LEN).ok_or(Refused)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Refused)?;
        self.0.open_in_place(nonce, Aad::from(about), body).map_err(|_| Refused)
    }
}

/// The length of a key in bytes.
pub(crate) const KEY_BYTES: usize = 32;
