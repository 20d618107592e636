//! Access tokens: `ya29.` and base64url of `key id ‖ nonce ‖ ciphertext ‖ tag`.
//!
//! To everybody else they are opaque, as OAuth wants them. Whoever holds the ring reads in them all that has to be
//! known, so that minting writes nothing and checking reads nothing but snapshots.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use names::Secret;

use crate::{
    AccessTokenBody, KeyRings, Ring,
    body::BodyError,
    material::{Entry, Material},
};

/// The longest access token in bytes. Clients store and send up to twice as many (facts §0.2).
pub const MAX_ACCESS_TOKEN_BYTES: usize = 1024;

/// Why there is no access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The ring has no key. A plan was not applied.
    #[error("there is no key that seals access tokens")]
    NoKey,
    /// The principal is nobody, or Doorward itself.
    #[error("only a person or a service account has access tokens")]
    Principal,
    /// The cipher refused.
    #[error("the access token could not be sealed")]
    Refused,
    /// The token would be longer than [`MAX_ACCESS_TOKEN_BYTES`]: too many scopes.
    #[error("the access token would be longer than {MAX_ACCESS_TOKEN_BYTES} bytes")]
    TooLong,
}

/// Why a text is not an access token that counts now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It has ended.
    #[error("the access token has expired")]
    Expired,
    /// It is not of the form that access tokens have.
    #[error("this is not an access token")]
    Form,
    /// The key that it names does not exist, or no longer.
    #[error("the access token's key is not known")]
    Key,
    /// It was not sealed by the key it names.
    #[error("the access token was changed")]
    Seal,
}

impl KeyRings {
    /// Makes an access token. Writes nothing and costs a few microseconds.
    ///
    /// # Errors
    /// See [`SealError`].
    pub fn seal_access_token(
        &self,
        body: &AccessTokenBody,
        now: Timestamp,
    ) -> Result<Secret<String>, SealError> {
        let body = body.encode().map_err(|error| match error {
            BodyError::Form => SealError::Refused,
            BodyError::Principal => SealError::Principal,
            BodyError::TooLong => SealError::TooLong,
        })?;
        let entry = self.current(Ring::AccessTokens, now).ok_or(SealError::NoKey)?;
        let Material::Sealing { id, key } = &entry.material else { return Err(SealError::NoKey) };
        if body.len() > MAX_RAW_BYTES - KEY_ID_BYTES - NONCE_AND_TAG_BYTES {
            return Err(SealError::TooLong);
        }
        let mut raw = Vec::with_capacity(MAX_RAW_BYTES);
        raw.extend_from_slice(id);
        key.seal(&about(id), &body, &mut raw).map_err(|_| SealError::Refused)?;
        let mut text = String::with_capacity(MAX_ACCESS_TOKEN_BYTES);
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(raw, &mut text);
        Ok(Secret::new(text))
    }

    /// Reads an access token that counts at `now`. Whether its account still has that generation, its key still
    /// exists and its scopes suffice is for the caller to ask.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open_access_token(&self, token: &str, now: Timestamp) -> Result<AccessTokenBody, OpenError> {
        if token.len() > MAX_ACCESS_TOKEN_BYTES {
            return Err(OpenError::Form);
        }
        let digits = token.strip_prefix(PREFIX).ok_or(OpenError::Form)?;
        let mut raw = [0; MAX_RAW_BYTES + 3];
        let length = URL_SAFE_NO_PAD.decode_slice(digits, &mut raw).map_err(|_| OpenError::Form)?;
        let (id, sealed) = raw[..length].split_first_chunk_mut().ok_or(OpenError::Form)?;
        if sealed.len() < NONCE_AND_TAG_BYTES {
            return Err(OpenError::Form);
        }
        let key = self
            .entries(Ring::AccessTokens)
            .filter(|entry| entry.record.is_published(now))
            .find_map(|entry| sealing_key(entry, id))
            .ok_or(OpenError::Key)?;
        let body = key.open(&about(id), sealed).map_err(|_| OpenError::Seal)?;
        let body = AccessTokenBody::decode(body).map_err(|_| OpenError::Form)?;
        if now < body.expires_at { Ok(body) } else { Err(OpenError::Expired) }
    }
}

fn sealing_key<'a>(entry: &'a Entry, wanted: &[u8; KEY_ID_BYTES]) -> Option<&'a crate::sealing::SealingKey> {
    match &entry.material {
        Material::Sealing { id, key } if id == wanted => Some(key),
        Material::Sealing { .. } | Material::Signing(_) => None,
    }
}

/// What a token's seal is about, beside its content: no other thing sealed by the same key passes for a token.
fn about(id: &[u8; KEY_ID_BYTES]) -> [u8; ABOUT.len() + KEY_ID_BYTES] {
    let mut about = [0; ABOUT.len() + KEY_ID_BYTES];
    about[..ABOUT.len()].copy_from_slice(ABOUT);
    about[ABOUT.len()..].copy_from_slice(id);
    about
}

pub(crate) const KEY_ID_BYTES: usize = 16;
const ABOUT: &[u8] = b"doorward access token 1";
/// What Google's access tokens begin with; clients and secret scanners know them by it.
const PREFIX: &str = "ya29.";
const NONCE_AND_TAG_BYTES: usize = 12 + 16;
/// As many bytes as fit into the longest token.
const MAX_RAW_BYTES: usize = (MAX_ACCESS_TOKEN_BYTES - PREFIX.len()) / 4 * 3;
