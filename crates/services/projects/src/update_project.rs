//! Changing what people see of a project.

use std::collections::BTreeMap;

use audit::entry;
use context::Context;
use iam::Permit;
use iam::permission::ResourcemanagerProjectsUpdate;
use names::ProjectId;
use serde_json::json;
use store::{ApplyError, Expectation, Plan, ProjectRecord, ReadError, Record, Stored};

use crate::Projects;
use crate::texts::{self, TextError};

/// What is to be changed; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct ProjectChanges {
    /// Shown to people.
    pub display_name: Option<String>,
    /// User's labels, all of them.
    pub labels: Option<BTreeMap<String, String>>,
}

/// Why a project was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
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
    /// Its name or its labels cannot be as they are asked for.
    #[error(transparent)]
    Text(#[from] TextError),
}

impl Projects {
    /// Changes the project of the permit.
    pub async fn update(
        &self,
        context: &Context,
        permit: Permit<ResourcemanagerProjectsUpdate>,
        changes: ProjectChanges,
    ) -> Result<Stored<ProjectRecord>, UpdateError> {
        let id = permit.name().clone();
        let found = self.now(&permit).await.map_err(UpdateError::ReadFailed)?;
        let Stored { record: old, revision } = found.ok_or_else(|| UpdateError::NotFound(id.clone()))?;
        let mut record = old.clone();
        if let Some(name) = changes.display_name.filter(|name| *name != old.display_name) {
            record.display_name = texts::display_name(name)?;
        }
        if let Some(labels) = changes.labels {
            record.labels = texts::labels(labels)?;
        }
        if record == old {
            return Ok(Stored { record, revision });
        }
        record.update_time = context.now();
        let detail = json!({
            "old": { "displayName": old.display_name, "labels": old.labels },
            "new": { "displayName": record.display_name, "labels": record.labels },
        });
        let plan = Plan::new()
            .expect(Expectation::At(id.clone().into(), revision))
            .put(Record::Project(record.clone()))
            .audit(entry(context, &permit, id.clone(), Some(permit.uid()), detail));
        match self.store.apply(plan).await {
            Ok(revision) => Ok(Stored { record, revision }),
            Err(ApplyError::Conflict(_)) => Err(UpdateError::Contended),
            Err(ApplyError::NotFound(_)) => Err(UpdateError::NotFound(id)),
            Err(error) => Err(UpdateError::StoreFailed(error)),
        }
    }
}
