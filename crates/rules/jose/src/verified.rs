//! The proof that somebody's key signed something.

use serde::de::DeserializeOwned;

use crate::{ClaimsError, Compact, KeyId};

/// A value that stood under a signature which verified. Only a verification makes one.
///
/// It says who signed, not that the claims are true now: time and audience are checked on the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T> {
    value: T,
    key_id: KeyId,
}

impl<T> Verified<T> {
    pub(crate) fn new(value: T, key_id: KeyId) -> Self {
        Self { value, key_id }
    }

    /// The key that verified it. For a token without `kid`, the one that was found by trying.
    #[must_use]
    pub fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// Gives up the proof and keeps the value.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl Verified<Compact<'_>> {
    /// Reads the claims of the token.
    ///
    /// # Errors
    /// [`ClaimsError::Types`] when one is missing, has the wrong type, or occurs twice.
    pub fn claims<C: DeserializeOwned>(&self) -> Result<Verified<C>, ClaimsError> {
        Ok(Verified::new(self.value.payload_object()?, self.key_id.clone()))
    }
}

impl<T> std::ops::Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
