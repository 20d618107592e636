//! Keys by name, and the one place where a token meets a key.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::{Compact, Header, Jwk, Jwks, KeyId, ParseError, Verified, VerifyingKey};

/// The keys of one signer: one issuer, or one service account.
///
/// A token is bound to a signer by the set that verified it, never by what its `iss` says alone.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: BTreeMap<KeyId, Arc<VerifyingKey>>,
}

/// The key that one header selects, remembered so that tokens with the same header need no decoding of it.
#[derive(Clone)]
pub struct SelectedKey {
    header_segment: Box<str>,
    key_id: KeyId,
    key: Arc<VerifyingKey>,
}

/// Why keys cannot stand in one set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Two keys have the same name.
    #[error("two keys are named {0}")]
    Duplicate(KeyId),
    /// More keys than [`KeySet::MAX_KEYS`].
    #[error("a set holds at most {} keys", KeySet::MAX_KEYS)]
    TooMany,
}

/// Why a token is not believed.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The token claims another algorithm than the key has; `none` and every symmetric one end here.
    #[error("the token's algorithm is not its key's")]
    Algorithm,
    /// The token names no key, and the set was not asked to try them all.
    #[error("the token names no key")]
    NoKeyId,
    /// The token's header is not the one that the remembered key was selected by.
    #[error("the token has another header than the one remembered")]
    OtherHeader,
    /// The text is not a token.
    #[error("the token cannot be read")]
    Parse(#[from] ParseError),
    /// The signature is not the key's.
    #[error("the signature does not verify")]
    Signature,
    /// Too many keys to try them all.
    #[error("a token without a key id is tried against at most {MAX_TRIED_KEYS} keys")]
    TooManyKeys,
    /// No key has the name that the token gives.
    #[error("the token's key is not known")]
    UnknownKey,
}

impl KeySet {
    /// The most keys that one set holds.
    pub const MAX_KEYS: usize = 128;

    /// Makes a set of named keys.
    ///
    /// # Errors
    /// See [`KeySetError`].
    pub fn new(keys: impl IntoIterator<Item = (KeyId, VerifyingKey)>) -> Result<Self, KeySetError> {
        let mut set = Self::default();
        for (key_id, key) in keys {
            if set.keys.contains_key(&key_id) {
                return Err(KeySetError::Duplicate(key_id));
            }
            if set.keys.len() == Self::MAX_KEYS {
                return Err(KeySetError::TooMany);
            }
            set.keys.insert(key_id, Arc::new(key));
        }
        Ok(set)
    }

    /// The key with this name.
    #[must_use]
    pub fn get(&self, key_id: &KeyId) -> Option<&VerifyingKey> {
        self.keys.get(key_id).map(AsRef::as_ref)
    }

    /// The keys in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&KeyId, &VerifyingKey)> {
        self.keys.iter().map(|(key_id, key)| (key_id, key.as_ref()))
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none: such a set believes nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Verifies a token with the key that it names.
    ///
    /// # Errors
    /// Any [`VerifyError`] but [`VerifyError::OtherHeader`] and [`VerifyError::TooManyKeys`].
    pub fn verify<'a>(&self, compact: Compact<'a>) -> Result<Verified<Compact<'a>>, VerifyError> {
        let (key_id, key) = self.named_key(&compact.header()?)?;
        verify_with(key_id, key, compact)
    }

    /// Verifies a token with the key that it names or, when it names none, with every key in turn: some clients of
    /// the token endpoint leave `kid` out.
    ///
    /// # Errors
    /// Any [`VerifyError`] but [`VerifyError::OtherHeader`] and [`VerifyError::NoKeyId`].
    pub fn verify_any<'a>(&self, compact: Compact<'a>) -> Result<Verified<Compact<'a>>, VerifyError> {
        let header = compact.header()?;
        if header.key_id().is_some() {
            let (key_id, key) = self.named_key(&header)?;
            return verify_with(key_id, key, compact);
        }
        if self.keys.len() > MAX_TRIED_KEYS {
            return Err(VerifyError::TooManyKeys);
        }
        let mut refusal = VerifyError::UnknownKey;
        for (key_id, key) in &self.keys {
            refusal = match check_algorithm(&header, key).and_then(|()| verify_with(key_id, key, compact)) {
                Ok(verified) => return Ok(verified),
                Err(error) => error,
            };
        }
        Err(refusal)
    }

    /// Selects the key for a token without verifying the token. Remember the answer under
    /// [`Compact::header_segment`]: the next token with the same header is verified by [`SelectedKey::verify`] alone.
    /// Forget it when the set changes.
    ///
    /// # Errors
    /// [`VerifyError::Algorithm`], [`VerifyError::NoKeyId`], [`VerifyError::Parse`] and [`VerifyError::UnknownKey`].
    pub fn select(&self, compact: &Compact<'_>) -> Result<SelectedKey, VerifyError> {
        let (key_id, key) = self.named_key(&compact.header()?)?;
        Ok(SelectedKey {
            header_segment: compact.header_segment().into(),
            key_id: key_id.clone(),
            key: Arc::clone(key),
        })
    }

    /// The set as it is published.
    #[must_use]
    pub fn to_jwks(&self) -> Jwks {
        Jwks::new(self.iter().map(|(key_id, key)| Jwk::new(key_id.clone(), key.clone())))
    }

    fn named_key(&self, header: &Header) -> Result<(&KeyId, &Arc<VerifyingKey>), VerifyError> {
        let wanted = header.key_id().ok_or(VerifyError::NoKeyId)?;
        let (key_id, key) = self.keys.get_key_value(wanted).ok_or(VerifyError::UnknownKey)?;
        check_algorithm(header, key)?;
        Ok((key_id, key))
    }
}

impl SelectedKey {
    /// Verifies a token that has the remembered header.
    ///
    /// # Errors
    /// [`VerifyError::OtherHeader`], [`VerifyError::Parse`] and [`VerifyError::Signature`].
    pub fn verify<'a>(&self, compact: Compact<'a>) -> Result<Verified<Compact<'a>>, VerifyError> {
        if compact.header_segment() != &*self.header_segment {
            return Err(VerifyError::OtherHeader);
        }
        verify_with(&self.key_id, &self.key, compact)
    }
}

impl TryFrom<&Jwks> for KeySet {
    type Error = KeySetError;

    fn try_from(published: &Jwks) -> Result<Self, KeySetError> {
        Self::new(published.keys().iter().map(|jwk| (jwk.key_id().clone(), jwk.key().clone())))
    }
}

impl fmt::Debug for SelectedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SelectedKey").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

fn check_algorithm(header: &Header, key: &VerifyingKey) -> Result<(), VerifyError> {
    if header.algorithm() == Some(key.algorithm()) { Ok(()) } else { Err(VerifyError::Algorithm) }
}

/// The caller has compared the algorithms, now or when it selected the key.
fn verify_with<'a>(
    key_id: &KeyId,
    key: &VerifyingKey,
    compact: Compact<'a>,
) -> Result<Verified<Compact<'a>>, VerifyError> {
    let signature = compact.signature()?;
    if key.verifies(compact.signed_text().as_bytes(), signature.as_bytes()) {
        Ok(Verified::new(compact, key_id.clone()))
    } else {
        Err(VerifyError::Signature)
    }
}

/// An account has at most ten keys of its own and a few managed ones.
const MAX_TRIED_KEYS: usize = 16;
