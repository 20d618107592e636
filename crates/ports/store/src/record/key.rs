//! Doorward's own keys, sealed.

use std::fmt;

use names::{ResourceName, Uid};

use super::Recorded;

/// One key of one ring. What is inside is `keys`' affair; it is sealed before it comes here.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct RingKeyRecord {
    /// Which ring and which key.
    pub key: RingKeyKey,
    /// For the resource index.
    pub uid: Uid,
    /// `keys::SealedKey` as JSON.
    pub sealed: serde_json::Value,
}

/// A ring's name and a key's ID.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub struct RingKeyKey {
    /// The ring, such as `id-tokens`.
    pub ring: String,
    /// The key's ID.
    pub key_id: String,
}

impl fmt::Display for RingKeyKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.ring, self.key_id)
    }
}

impl Recorded for RingKeyRecord {
    const KIND: &'static str = "ringKey";
    type Key = RingKeyKey;

    fn key(&self) -> RingKeyKey {
        self.key.clone()
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    fn resource(&self) -> Option<ResourceName> {
        None
    }
}
