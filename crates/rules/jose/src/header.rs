//! The header of a token: which algorithm it claims and which key it names.

use std::{borrow::Borrow, fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{JsonError, ParseError, Segment, json};

/// The algorithms that keys can have. All are asymmetric: whoever verifies cannot sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256, signature as `r ‖ s` (RFC 7518 §3.4).
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3).
    #[serde(rename = "RS256")]
    Rs256,
}

/// The decoded header of a token. Of all its members only `alg`, `kid` and `crit` mean anything here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    algorithm: Option<Algorithm>,
    key_id: Option<KeyId>,
}

/// Why a header is not acceptable.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// `alg` is absent or not a string.
    #[error("alg must be a string")]
    Algorithm,
    /// `crit` is present: it asks for understanding of extensions, and there are none (RFC 7515 §4.1.11).
    #[error("crit is not supported")]
    Critical,
    /// Not a JSON object with unique members.
    #[error("not a JSON object with unique members")]
    Json(#[source] JsonError),
    /// `kid` is present but not a usable name.
    #[error("kid is not usable")]
    KeyId(#[source] KeyIdError),
    /// `typ` is present but not a string.
    #[error("typ must be a string")]
    Type,
}

/// The name of a key (`kid`): 1 to 256 bytes without control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(Arc<str>);

/// Why a text is not the name of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyIdError {
    /// It contains a control character.
    #[error("a key id has no control characters")]
    Control,
    /// It is empty or longer than 256 bytes.
    #[error("a key id is 1 to {MAX_KEY_ID_BYTES} bytes long")]
    Length,
    /// It is not a JSON string.
    #[error("a key id is a string")]
    NotText,
}

impl Algorithm {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "ES256" => Some(Self::Es256),
            "RS256" => Some(Self::Rs256),
            _ => None,
        }
    }
}

impl Header {
    /// The algorithm that the token claims, if it is one that exists here. `none`, `HS256` and all others are `None`
    /// and agree with no key.
    #[must_use]
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm
    }

    /// The key that the token names, if it names one.
    #[must_use]
    pub fn key_id(&self) -> Option<&KeyId> {
        self.key_id.as_ref()
    }

    pub(crate) fn from_segment(segment: &str) -> Result<Self, ParseError> {
        // Ordinary headers are below 200 bytes; only an extraordinary one costs an allocation.
        let mut on_stack = [0; 512];
        let on_heap;
        let bytes = if segment.len() <= on_stack.len() {
            let length = URL_SAFE_NO_PAD
                .decode_slice(segment, &mut on_stack)
                .map_err(|_| ParseError::Encoding(Segment::Header))?;
            &on_stack[..length]
        } else {
            on_heap = URL_SAFE_NO_PAD.decode(segment).map_err(|_| ParseError::Encoding(Segment::Header))?;
            on_heap.as_slice()
        };
        Ok(Self::from_json(bytes)?)
    }

    fn from_json(bytes: &[u8]) -> Result<Self, HeaderError> {
        let members: Members = json::object(bytes).map_err(HeaderError::Json)?;
        if members.crit.is_some() {
            return Err(HeaderError::Critical);
        }
        let Some(Value::String(algorithm)) = members.alg else { return Err(HeaderError::Algorithm) };
        match members.typ {
            None | Some(Value::String(_)) => {}
            Some(_) => return Err(HeaderError::Type),
        }
        let key_id = match members.kid {
            None => None,
            Some(Value::String(text)) => Some(KeyId::new(&text).map_err(HeaderError::KeyId)?),
            Some(_) => return Err(HeaderError::KeyId(KeyIdError::NotText)),
        };
        Ok(Self { algorithm: Algorithm::parse(&algorithm), key_id })
    }
}

impl KeyId {
    /// Takes a text as the name of a key.
    ///
    /// # Errors
    /// See [`KeyIdError`].
    pub fn new(text: &str) -> Result<Self, KeyIdError> {
        if text.is_empty() || text.len() > MAX_KEY_ID_BYTES {
            return Err(KeyIdError::Length);
        }
        if text.chars().any(char::is_control) {
            return Err(KeyIdError::Control);
        }
        Ok(Self(text.into()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyId({:?})", &*self.0)
    }
}

impl Borrow<str> for KeyId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for KeyId {
    type Err = KeyIdError;

    fn from_str(text: &str) -> Result<Self, KeyIdError> {
        Self::new(text)
    }
}

impl TryFrom<String> for KeyId {
    type Error = KeyIdError;

    fn try_from(text: String) -> Result<Self, KeyIdError> {
        Self::new(&text)
    }
}

impl From<KeyId> for String {
    fn from(key_id: KeyId) -> Self {
        key_id.as_str().to_owned()
    }
}

/// The members that are looked at. Each is told apart from an absent one even when it is `null`.
#[derive(Deserialize)]
struct Members {
    #[serde(default, deserialize_with = "json::present")]
    alg: Option<Value>,
    #[serde(default, deserialize_with = "json::present")]
    crit: Option<Value>,
    #[serde(default, deserialize_with = "json::present")]
    kid: Option<Value>,
    #[serde(default, deserialize_with = "json::present")]
    typ: Option<Value>,
}

const MAX_KEY_ID_BYTES: usize = 256;
