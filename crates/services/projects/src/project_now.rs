//! The record of a permit's project: as it is now, and changed.

use audit::entry;
use context::Context;
use iam::{Permission, Permit};
use names::{ProjectId, Revision};
use serde_json::Value;
use store::{ApplyError, Expectation, Plan, ProjectRecord, ReadError, Record, Stored};

use crate::Projects;

/// Why a project was not read or not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// It was changed at the same time; the caller may try again.
    #[error("the project was changed by somebody else at the same time; read it again and repeat the call")]
    Contended,
    /// It went away meanwhile.
    #[error("project {0} does not exist")]
    NotFound(ProjectId),
    /// The store could not be read.
    #[error("the project could not be read")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the project could not be stored")]
    StoreFailed(#[source] ApplyError),
}

impl Projects {
    /// The project of the permit as it is now; `None` where it went away meanwhile, whatever has its name.
    pub(crate) async fn now<P: Permission<Resource = ProjectId>>(
        &self,
        permit: &Permit<P>,
    ) -> Result<Option<Stored<ProjectRecord>>, ReadError> {
        let found = self.store.find::<ProjectRecord>(permit.name()).await?;
        Ok(found.filter(|stored| stored.record.uid == *permit.uid()))
    }

    /// As [`Projects::now`], for whoever is going to change it.
    pub(crate) async fn found<P: Permission<Resource = ProjectId>>(
        &self,
        permit: &Permit<P>,
    ) -> Result<Stored<ProjectRecord>, ChangeError> {
        let found = self.now(permit).await.map_err(ChangeError::ReadFailed)?;
        found.ok_or_else(|| ChangeError::NotFound(permit.name().clone()))
    }

    /// Writes the permit's project as it is to be, where it still is as it was read; `detail` is for the audit log.
    pub(crate) async fn change<P: Permission<Resource = ProjectId>>(
        &self,
        context: &Context,
        permit: &Permit<P>,
        read_at: Revision,
        record: ProjectRecord,
        detail: Value,
    ) -> Result<Stored<ProjectRecord>, ChangeError> {
        let id = permit.name();
        let plan = Plan::new()
            .expect(Expectation::At(id.clone().into(), read_at))
            .put(Record::Project(record.clone()))
            .audit(entry(context, permit, id.clone(), Some(permit.uid()), detail));
        match self.store.apply(plan).await {
            Ok(revision) => Ok(Stored { record, revision }),
            Err(ApplyError::Conflict(_)) => Err(ChangeError::Contended),
            Err(ApplyError::NotFound(_)) => Err(ChangeError::NotFound(id.clone())),
            Err(error) => Err(ChangeError::StoreFailed(error)),
        }
    }
}
