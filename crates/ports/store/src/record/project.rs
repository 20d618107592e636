//! Organizations and projects.

use std::collections::BTreeMap;

use jiff::Timestamp;
use names::{ApiName, OrganizationId, ProjectId, ProjectNumber, ResourceName, Uid};

use super::{ErasedProjectKey, Recorded};

/// An organization.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct OrganizationRecord {
    /// Its number.
    pub id: OrganizationId,
    /// What it is.
    pub uid: Uid,
    /// Its domain, as shown.
    pub display_name: String,
    /// When it was made.
    pub create_time: Timestamp,
}

impl Recorded for OrganizationRecord {
    const KIND: &'static str = "organization";
    type Key = OrganizationId;

    fn key(&self) -> OrganizationId {
        self.id.clone()
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    fn resource(&self) -> Option<ResourceName> {
        Some(self.id.clone().into())
    }
}

/// A project.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct ProjectRecord {
    /// Its ID.
    pub id: ProjectId,
    /// Its number.
    pub number: ProjectNumber,
    /// What it is.
    pub uid: Uid,
    /// What it lives in: an organization or a folder.
    pub parent: ResourceName,
    /// Shown to people.
    pub display_name: String,
    /// User's labels.
    pub labels: BTreeMap<String, String>,
    /// Whether it is in use.
    pub state: ProjectState,
    /// When it was marked for deletion, while it is.
    #[serde(default)]
    pub deleted_at: Option<Timestamp>,
    /// When it was made.
    pub create_time: Timestamp,
    /// When it was last changed.
    pub update_time: Timestamp,
    /// APIs that somebody enabled or disabled; the others are as they are in a new project.
    #[serde(default)]
    pub apis: BTreeMap<ApiName, ApiSwitch>,
}

/// What somebody made of an API in a project.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ApiSwitch {
    /// Calls of it that are about the project are refused.
    Disabled,
    /// It can be called.
    Enabled,
}

/// Whether a project is in use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ProjectState {
    /// In use.
    Active,
    /// Marked for deletion.
    DeleteRequested,
}

/// What remains of a project that was erased: nobody gets its ID or its number again.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct ErasedProjectRecord {
    /// Its ID.
    pub id: ProjectId,
    /// What it was.
    pub uid: Uid,
    /// Its number.
    pub number: ProjectNumber,
    /// When it was erased.
    pub erased_at: Timestamp,
}

impl Recorded for ErasedProjectRecord {
    const KIND: &'static str = "erasedProject";
    type Key = ErasedProjectKey;

    fn key(&self) -> ErasedProjectKey {
        ErasedProjectKey(self.id.clone())
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    fn resource(&self) -> Option<ResourceName> {
        None
    }
}

impl Recorded for ProjectRecord {
    const KIND: &'static str = "project";
    type Key = ProjectId;

    fn key(&self) -> ProjectId {
        self.id.clone()
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    fn resource(&self) -> Option<ResourceName> {
        Some(self.id.clone().into())
    }
}
