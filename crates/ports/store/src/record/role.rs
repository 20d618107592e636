//! Custom roles.

use iam::RoleDefinition;
use jiff::Timestamp;
use names::{CustomRoleName, ResourceName, Uid};

use super::Recorded;

/// A custom role.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct RoleRecord {
    /// Its canonical name.
    pub name: CustomRoleName,
    /// What it is.
    pub uid: Uid,
    /// What it is called and what it grants.
    pub definition: RoleDefinition,
    /// Set while it is marked for deletion: bindings of it stay and grant nothing.
    pub deleted_at: Option<Timestamp>,
    /// When it was made.
    pub create_time: Timestamp,
    /// When it was last changed.
    pub update_time: Timestamp,
}

impl Recorded for RoleRecord {
    const KIND: &'static str = "role";
    type Key = CustomRoleName;

    fn key(&self) -> CustomRoleName {
        self.name.clone()
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    fn resource(&self) -> Option<ResourceName> {
        Some(self.name.clone().into())
    }
}
