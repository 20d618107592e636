//! Records as messages.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use names::ResourceName;
use projects::{ProjectRecord, ProjectState, Stored};
use wire::google::cloud::resourcemanager::{v1, v3};
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
        etag: STANDARD.encode(stored.revision.0.to_be_bytes()),
        labels: record.labels.clone().into_iter().collect(),
        ..v3::Project::default()
    }
}

/// What version 1 calls the kind of a parent.
fn kind(parent: &ResourceName) -> &'static str {
    parent.kind()
}
