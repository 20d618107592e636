//! The end of a service.

use context::Context;
use iam::Permit;
use iam::permission::RunServicesDelete;
use store::{
    ApplyError, Expectation, Operation, OperationKind, Plan, ReadError, RecordKey, ServiceRecord, Stored,
    Work,
};

use crate::operation::{Mode, finished};
use crate::view::etag;
use crate::{DeleteError, Run};

/// How the service of the permit is to be deleted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Deletion {
    /// The etag that the service must still have.
    pub etag: Option<String>,
    /// Whether it is deleted or only checked.
    pub mode: Mode,
}

impl Run {
    /// Deletes the service, and with it its revisions and the policy that hangs on it. Its host name answers 404 from then on.
    pub async fn delete(
        &self,
        context: &Context,
        permit: Permit<RunServicesDelete>,
        deletion: Deletion,
    ) -> Result<Operation, DeleteError> {
        let name = permit.name().clone();
        for _ in 0..MOST_TRIES {
            let stored = self
                .store
                .find::<ServiceRecord>(&name)
                .await?
                .filter(|stored| stored.record.uid == *permit.uid())
                .ok_or_else(|| DeleteError::NotFound(name.clone()))?;
            let expected = deletion.etag.as_ref().filter(|expected| !expected.is_empty());
            if expected.is_some_and(|expected| *expected != etag(&stored.record)) {
                return Err(DeleteError::EtagMismatch { name });
            }
            let operation = finished(context, OperationKind::DeleteService, &name, &stored.record);
            if deletion.mode == Mode::ValidateOnly {
                return Ok(operation);
            }
            let entry =
                audit::entry(context, &permit, name.clone(), Some(permit.uid()), serde_json::json!({}));
            let work = Work::PutOperation(Box::new(operation.clone()));
            let plan = self.end_of(Plan::new(), &stored).await?.work(work).audit(entry);
            match self.store.apply(plan).await {
                Ok(_) => return Ok(operation),
                Err(ApplyError::NotFound(RecordKey::Service(_))) => return Err(DeleteError::NotFound(name)),
                // The service was changed, or one of its revisions went away, between the two.
                Err(ApplyError::Conflict(_) | ApplyError::NotFound(_)) => {}
                Err(error) => return Err(DeleteError::StoreFailed(error)),
            }
        }
        Err(DeleteError::Contended(name))
    }

    /// Adds the end of the service as it was read, with the revisions that it has now.
    pub(crate) async fn end_of(&self, plan: Plan, stored: &Stored<ServiceRecord>) -> Result<Plan, ReadError> {
        let name = &stored.record.name;
        let mut plan = plan.expect(Expectation::At(name.clone().into(), stored.revision));
        // Whoever adds a revision writes the service, which is expected to be as it was read.
        for (revision, _) in self.revisions_of(name).await? {
            plan = plan.delete(revision);
        }
        Ok(plan.delete(name.clone()))
    }
}

/// How often it is tried when somebody else writes the service or deletes a revision at the same instant.
const MOST_TRIES: usize = 20;
