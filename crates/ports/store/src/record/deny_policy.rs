//! Deny policies.

use std::collections::BTreeMap;

use iam::DenyRule;
use jiff::Timestamp;
use names::{DenyPolicyName, ResourceName, Uid};

use super::Recorded;

/// A deny policy.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct DenyPolicyRecord {
    /// Its canonical name.
    pub name: DenyPolicyName,
    /// What it is.
    pub uid: Uid,
    /// What it is attached to, by what that is: something made anew under the name inherits nothing.
    pub attached_to: Uid,
    /// Shown to people; at most 63 characters.
    pub display_name: String,
    /// Whatever callers keep with it.
    pub annotations: BTreeMap<String, String>,
    /// Who may not do what.
    pub rules: Vec<DenyRule>,
    /// When it was made.
    pub create_time: Timestamp,
    /// When it was last changed.
    pub update_time: Timestamp,
}

impl Recorded for DenyPolicyRecord {
    const KIND: &'static str = "denyPolicy";
    type Key = DenyPolicyName;

    fn key(&self) -> DenyPolicyName {
        self.name.clone()
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    fn resource(&self) -> Option<ResourceName> {
        None
    }
}
