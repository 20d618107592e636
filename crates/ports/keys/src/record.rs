//! A key as it rests: a plain value that a store can hold.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ring {
    /// Seals access tokens.
    AccessTokens,
    /// Signs what the gate tells a service about its caller.
    Assertions,
    /// Signs ID tokens.
    IdTokens,
}

/// The rings whose keys sign, and whose public keys are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SigningRing {
    /// Signs what the gate tells a service about its caller.
    Assertions,
    /// Signs ID tokens.
    IdTokens,
}

/// What a key is for, by the names of RFC 7518.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyAlgorithm {
    /// AES-256-GCM.
    #[serde(rename = "A256GCM")]
    A256Gcm,
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, 2048 bits.
    #[serde(rename = "RS256")]
    Rs256,
}

/// A key at rest, and its life: made, published, signing, handed over, gone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SealedKey {
    /// The ring it belongs to.
    pub ring: Ring,
    /// Its name, unique in the ring: 40 hexadecimal digits for signing keys, 32 for the others.
    pub key_id: String,
    /// What it is for.
    pub algorithm: KeyAlgorithm,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when verifiers see it.
    pub publish_at: Timestamp,
    /// From when on it signs or seals, until a later key does.
    pub sign_from: Timestamp,
    /// When its successor takes over; unknown while it has none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retire_at: Option<Timestamp>,
    /// When its last token has ended and nobody needs it any more; unknown while it has no successor.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expire_at: Option<Timestamp>,
    /// The private material: version, fingerprint of the master key, nonce, ciphertext, tag.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub sealed: Vec<u8>,
}

impl Ring {
    /// All rings.
    pub const ALL: [Self; 3] = [Self::AccessTokens, Self::Assertions, Self::IdTokens];

    /// The ring's name in records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessTokens => "access-tokens",
            Self::Assertions => "assertions",
            Self::IdTokens => "id-tokens",
        }
    }

    /// What its keys are for.
    #[must_use]
    pub fn algorithm(self) -> KeyAlgorithm {
        match self {
            Self::AccessTokens => KeyAlgorithm::A256Gcm,
            Self::Assertions => KeyAlgorithm::Es256,
            Self::IdTokens => KeyAlgorithm::Rs256,
        }
    }
}

impl From<SigningRing> for Ring {
    fn from(ring: SigningRing) -> Self {
        match ring {
            SigningRing::Assertions => Self::Assertions,
            SigningRing::IdTokens => Self::IdTokens,
        }
    }
}

impl KeyAlgorithm {
    /// The name in records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A256Gcm => "A256GCM",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

impl SealedKey {
    /// Whether verifiers see the key at `now`. One that is recorded is published: a clock that was set back hides none.
    #[must_use]
    pub fn is_published(&self, now: Timestamp) -> bool {
        self.expire_at.is_none_or(|expire_at| now < expire_at)
    }
}

impl fmt::Display for Ring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Without the sealed bytes: they would only fill the log.
impl fmt::Debug for SealedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SealedKey")
            .field("ring", &self.ring)
            .field("key_id", &self.key_id)
            .field("publish_at", &self.publish_at)
            .field("sign_from", &self.sign_from)
            .field("retire_at", &self.retire_at)
            .field("expire_at", &self.expire_at)
            .finish_non_exhaustive()
    }
}

fn to_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(text).map_err(|_| de::Error::custom("sealed is not base64"))
}
