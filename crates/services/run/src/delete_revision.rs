//! The end of a revision.

use context::Context;
use iam::Permit;
use iam::permission::RunRevisionsDelete;
use names::{RevisionId, RevisionName};
use store::{
    ApplyError, Expectation, Operation, OperationKind, Plan, RevisionRecord, ServiceRecord, Stored, Work,
};

use crate::make_revision::is_used;
use crate::operation::{Mode, finished};
use crate::view::etag_of_revision;
use crate::{DeleteRevisionError, Run};

/// Which revision of the permit's service is to be deleted, and how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RevisionDeletion {
    /// Its short ID.
    pub revision: RevisionId,
    /// The etag that it must have.
    pub etag: Option<String>,
    /// Whether it is deleted or only checked.
    pub mode: Mode,
}

impl Run {
    /// Deletes a revision that requests are not sent to and that is not the latest.
    pub async fn delete_revision(
        &self,
        context: &Context,
        permit: Permit<RunRevisionsDelete>,
        deletion: RevisionDeletion,
    ) -> Result<Operation, DeleteRevisionError> {
        let service = permit.name().clone();
        let name = RevisionName { service: service.clone(), revision: deletion.revision };
        let found = self.store.find::<ServiceRecord>(&service).await?;
        let found = found.filter(|stored| stored.record.uid == *permit.uid());
        let revision = self.store.find::<RevisionRecord>(&name).await?;
        let (Some(Stored { record, revision: read_at }), Some(revision)) = (found, revision) else {
            return Err(DeleteRevisionError::NotFound(name));
        };
        let expected = deletion.etag.filter(|etag| !etag.is_empty());
        if expected.is_some_and(|expected| expected != etag_of_revision(&revision.record)) {
            return Err(DeleteRevisionError::EtagMismatch { name });
        }
        if is_used(&record, &name.revision) {
            return Err(DeleteRevisionError::Serving(name));
        }
        if record.latest_revision == name.revision {
            return Err(DeleteRevisionError::Latest(name));
        }
        let operation = finished(context, OperationKind::DeleteRevision, &service, &revision.record);
        if deletion.mode == Mode::ValidateOnly {
            return Ok(operation);
        }
        let detail = serde_json::json!({ "revision": name.revision });
        let entry = audit::entry(context, &permit, service.clone(), Some(permit.uid()), detail);
        let plan = Plan::new()
            // Whoever sends requests to it writes the service.
            .expect(Expectation::At(service.into(), read_at))
            .delete(name.clone())
            .work(Work::PutOperation(Box::new(operation.clone())))
            .audit(entry);
        match self.store.apply(plan).await {
            Ok(_) => Ok(operation),
            Err(ApplyError::Conflict(_)) => Err(DeleteRevisionError::EtagMismatch { name }),
            Err(ApplyError::NotFound(_)) => Err(DeleteRevisionError::NotFound(name)),
            Err(error) => Err(DeleteRevisionError::StoreFailed(error)),
        }
    }
}
