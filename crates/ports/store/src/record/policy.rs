//! Policies.

use iam::Policy;
use names::{ResourceName, Uid};

use super::{PolicyKey, Recorded};

/// The policy of one resource.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct PolicyRecord {
    /// The resource, by the name it has.
    pub resource: ResourceName,
    /// The resource, by what it is.
    pub uid: Uid,
    /// Who has which role.
    pub policy: Policy,
    /// Counts the writes, from 1: its etag.
    pub version: u64,
}

impl Recorded for PolicyRecord {
    const KIND: &'static str = "policy";
    type Key = PolicyKey;

    fn key(&self) -> PolicyKey {
        PolicyKey(self.uid.clone())
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    fn resource(&self) -> Option<ResourceName> {
        None
    }
}
