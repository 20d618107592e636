//! What a condition is asked about: the instant, and the resource in Google's words.

use std::cell::OnceCell;

use jiff::Timestamp;
use names::ResourceName;

/// One request on one resource. The name is written out only when a condition reads it.
pub(crate) struct Circumstances<'a> {
    pub(super) time: Timestamp,
    resource: &'a ResourceName,
    name: OnceCell<String>,
}

impl<'a> Circumstances<'a> {
    /// At this instant, about this resource.
    pub(crate) fn of(time: Timestamp, resource: &'a ResourceName) -> Self {
        Self { time, resource, name: OnceCell::new() }
    }

    /// The relative resource name, as the API has it.
    pub(super) fn resource_name(&self) -> &str {
        self.name.get_or_init(|| self.resource.to_string())
    }

    /// The API's host name.
    pub(super) fn resource_service(&self) -> &'static str {
        kind(self.resource).split('/').next().unwrap_or_default()
    }

    /// The API's host name and the kind.
    pub(super) fn resource_type(&self) -> &'static str {
        kind(self.resource)
    }
}

/// The type in Google's catalogue of resource types.
fn kind(resource: &ResourceName) -> &'static str {
    match resource {
        ResourceName::DomainMapping(_) => "run.googleapis.com/DomainMapping",
        ResourceName::Folder(_) => "cloudresourcemanager.googleapis.com/Folder",
        ResourceName::Function(_) => "cloudfunctions.googleapis.com/Function",
        ResourceName::Job(_) => "cloudscheduler.googleapis.com/Job",
        ResourceName::Organization(_) => "cloudresourcemanager.googleapis.com/Organization",
        ResourceName::Project(_) => "cloudresourcemanager.googleapis.com/Project",
        ResourceName::Role(_) => "iam.googleapis.com/Role",
        ResourceName::Service(_) => "run.googleapis.com/Service",
        ResourceName::ServiceAccount(_) => "iam.googleapis.com/ServiceAccount",
    }
}
