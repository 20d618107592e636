//! Records as messages.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use names::ResourceName;
use projects::{OrganizationRecord, ProjectRecord, ProjectState, Stored};
use prost_types::Any;
use wire::any::pack;
use wire::google::cloud::resourcemanager::{v1, v3};
use wire::google::longrunning::{Operation, operation};
use wire::time;

pub(super) fn project_v1(record: &ProjectRecord) -> v1::Project {
    let state = match record.state {
        ProjectState::Active => v1::LifecycleState::Active,
        ProjectState::DeleteRequested => v1::LifecycleState::DeleteRequested,
    };
    let id = record.parent.to_string().rsplit('/').next().unwrap_or_default().to_owned();
    v1::Project {
        create_time: Some(time::timestamp(record.create_time)),
        labels: record.labels.clone().into_iter().collect(),
        lifecycle_state: state.into(),
        name: record.display_name.clone(),
        parent: Some(v1::ResourceId { id, r#type: kind(&record.parent).to_owned() }),
        project_id: record.id.to_string(),
        project_number: i64::try_from(record.number.get()).unwrap_or(i64::MAX),
        ..v1::Project::default()
    }
}

pub(super) fn project_v3(stored: &Stored<ProjectRecord>) -> v3::Project {
    let record = &stored.record;
    let state = match record.state {
        ProjectState::Active => v3::project::State::Active,
        ProjectState::DeleteRequested => v3::project::State::DeleteRequested,
    };
    v3::Project {
        name: format!("projects/{}", record.number),
        parent: record.parent.to_string(),
        project_id: record.id.to_string(),
        state: state.into(),
        display_name: record.display_name.clone(),
        create_time: Some(time::timestamp(record.create_time)),
        update_time: Some(time::timestamp(record.update_time)),
        delete_time: record.deleted_at.map(time::timestamp),
        etag: STANDARD.encode(stored.revision.0.to_be_bytes()),
        labels: record.labels.clone().into_iter().collect(),
    }
}

pub(super) fn organization_v1(stored: &Stored<OrganizationRecord>) -> v1::Organization {
    let record = &stored.record;
    v1::Organization {
        creation_time: Some(time::timestamp(record.create_time)),
        display_name: record.display_name.clone(),
        lifecycle_state: v1::LifecycleState::Active.into(),
        name: format!("organizations/{}", record.id),
        owner: None,
    }
}

pub(super) fn organization_v3(stored: &Stored<OrganizationRecord>) -> v3::Organization {
    let record = &stored.record;
    v3::Organization {
        name: format!("organizations/{}", record.id),
        display_name: record.display_name.clone(),
        state: v3::organization::State::Active.into(),
        create_time: Some(time::timestamp(record.create_time)),
        update_time: Some(time::timestamp(record.create_time)),
        etag: STANDARD.encode(stored.revision.0.to_be_bytes()),
        ..v3::Organization::default()
    }
}

/// What was done to a project. Every change is made before it is answered, so that an operation is over when it is
/// handed out; its name says what it was and of which project, and nothing of it needs to be kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Done {
    Created,
    /// By version 1, whose answers are its own messages.
    CreatedInV1,
    Deleted,
    Undeleted,
    Updated,
}

impl Done {
    const ALL: [Self; 5] = [Self::Created, Self::CreatedInV1, Self::Deleted, Self::Undeleted, Self::Updated];

    fn prefix(self) -> &'static str {
        match self {
            Self::Created => "operations/cp.",
            Self::CreatedInV1 => "operations/pc.",
            Self::Deleted => "operations/dp.",
            Self::Undeleted => "operations/ud.",
            Self::Updated => "operations/up.",
        }
    }

    /// What an operation of this name did, and the number of the project.
    pub(super) fn named(name: &str) -> Option<(Self, &str)> {
        Self::ALL.into_iter().find_map(|done| Some((done, name.strip_prefix(done.prefix())?)))
    }

    /// The operation, with the project as it is.
    pub(super) fn operation(self, stored: &Stored<ProjectRecord>) -> Operation {
        let create_time = Some(time::timestamp(stored.record.create_time));
        let (metadata, response): (Any, Any) = match self {
            Self::Created => (
                pack(&v3::CreateProjectMetadata { create_time, gettable: true, ready: true }),
                pack(&project_v3(stored)),
            ),
            Self::CreatedInV1 => (
                pack(&v1::ProjectCreationStatus { create_time, gettable: true, ready: true }),
                pack(&project_v1(&stored.record)),
            ),
            Self::Deleted => (pack(&v3::DeleteProjectMetadata {}), pack(&project_v3(stored))),
            Self::Undeleted => (pack(&v3::UndeleteProjectMetadata {}), pack(&project_v3(stored))),
            Self::Updated => (pack(&v3::UpdateProjectMetadata {}), pack(&project_v3(stored))),
        };
        Operation {
            name: format!("{}{}", self.prefix(), stored.record.number),
            metadata: Some(metadata),
            done: true,
            result: Some(operation::Result::Response(response)),
        }
    }
}

/// What version 1 calls the kind of a parent.
pub(super) fn kind(parent: &ResourceName) -> &'static str {
    parent.kind()
}
