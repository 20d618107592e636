//! Changing what people see of a project.

use std::collections::BTreeMap;

use context::Context;
use iam::Permit;
use iam::permission::ResourcemanagerProjectsUpdate;
use serde_json::json;
use store::{ProjectRecord, Stored};

use crate::Projects;
use crate::project_now::ChangeError;
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
    /// It was not read or not changed.
    #[error(transparent)]
    Change(#[from] ChangeError),
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
        let Stored { record: old, revision } = self.found(&permit).await?;
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
        Ok(self.change(context, &permit, revision, record, detail).await?)
    }
}
