//! The record of a permit's project.

use iam::{Permission, Permit};
use names::ProjectId;
use store::{ProjectRecord, ReadError, Stored};

use crate::Projects;

impl Projects {
    /// The project of the permit as it is now; `None` where it went away meanwhile, whatever has its name.
    pub(crate) async fn now<P: Permission<Resource = ProjectId>>(
        &self,
        permit: &Permit<P>,
    ) -> Result<Option<Stored<ProjectRecord>>, ReadError> {
        let found = self.store.find::<ProjectRecord>(permit.name()).await?;
        Ok(found.filter(|stored| stored.record.uid == *permit.uid()))
    }
}
