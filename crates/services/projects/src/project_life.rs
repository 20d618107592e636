//! Marking a project for deletion, and bringing it back.

use context::Context;
use iam::permission::{ResourcemanagerProjectsDelete, ResourcemanagerProjectsUndelete};
use iam::{Permission, Permit};
use names::ProjectId;
use retention::UNDELETE_WITHIN;
use serde_json::json;
use store::{ProjectRecord, ProjectState, Stored};

use crate::Projects;
use crate::project_now::ChangeError;

/// Why a project was neither marked nor brought back.
#[derive(Debug, thiserror::Error)]
pub enum LifeError {
    /// It was not read or not changed.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// It was marked for deletion too long ago to come back.
    #[error("Project {0} was deleted more than 30 days ago and cannot come back.")]
    Expired(ProjectId),
    /// It is not in the state that this needs.
    #[error("Project {project} is {}.", match state { ProjectState::Active => "not marked for deletion", ProjectState::DeleteRequested => "marked for deletion already" })]
    InState {
        /// Which project.
        project: ProjectId,
        /// The state that it is in.
        state: ProjectState,
    },
}

impl Projects {
    /// Marks the project of the permit for deletion. From then on nothing in it is reached: calls about it are refused, its
    /// services do not answer, its jobs do not run, and its accounts may not act. All of it stays for 30 days, and is
    /// as it was when the project comes back. Its ID and its number are never given again.
    pub async fn delete(
        &self,
        context: &Context,
        permit: Permit<ResourcemanagerProjectsDelete>,
    ) -> Result<Stored<ProjectRecord>, LifeError> {
        self.change_life(context, &permit, ProjectState::DeleteRequested).await
    }

    /// Brings the project of the permit back.
    pub async fn undelete(
        &self,
        context: &Context,
        permit: Permit<ResourcemanagerProjectsUndelete>,
    ) -> Result<Stored<ProjectRecord>, LifeError> {
        self.change_life(context, &permit, ProjectState::Active).await
    }

    async fn change_life<P: Permission<Resource = ProjectId>>(
        &self,
        context: &Context,
        permit: &Permit<P>,
        state: ProjectState,
    ) -> Result<Stored<ProjectRecord>, LifeError> {
        let id = permit.name().clone();
        let Stored { mut record, revision } = self.found(permit).await?;
        if record.state == state {
            return Err(LifeError::InState { project: id, state });
        }
        let now = context.now();
        let end = record.deleted_at.and_then(|deleted_at| deleted_at.checked_add(UNDELETE_WITHIN).ok());
        if end.is_some_and(|end| now >= end) {
            return Err(LifeError::Expired(id));
        }
        record.state = state;
        record.deleted_at = (state == ProjectState::DeleteRequested).then_some(now);
        record.update_time = now;
        Ok(self.change(context, permit, revision, record, json!({ "state": state })).await?)
    }
}
