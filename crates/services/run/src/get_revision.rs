//! One revision.

use context::Context;
use iam::Permit;
use iam::permission::RunRevisionsGet;
use names::{RevisionId, RevisionName};
use store::{RevisionRecord, ServiceRecord};

use crate::view::RevisionView;
use crate::{GetRevisionError, Run};

impl Run {
    /// A revision of the service that the permit is for.
    pub async fn get_revision(
        &self,
        _context: &Context,
        permit: &Permit<RunRevisionsGet>,
        revision: &RevisionId,
    ) -> Result<RevisionView, GetRevisionError> {
        let name = RevisionName { service: permit.name().clone(), revision: revision.clone() };
        let service = self.store.find::<ServiceRecord>(permit.name()).await?;
        let service = service.filter(|stored| stored.record.uid == *permit.uid());
        match (service, self.store.find::<RevisionRecord>(&name).await?) {
            (Some(service), Some(stored)) => Ok(RevisionView::of(stored.record, &service.record)),
            _ => Err(GetRevisionError::NotFound(name)),
        }
    }
}
