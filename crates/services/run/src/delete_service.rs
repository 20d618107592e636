use context::Context;
use iam::Permit;
use iam::permission::RunServicesDelete;
use store::{ApplyError, Expectation, Operation, OperationKind, Plan, ServiceRecord, Work};

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
        let stored = self
            .store
            .find::<ServiceRecord>(&name)
            .await?
            .filter(|stored| stored.record.uid == *permit.uid())
            .ok_or_else(|| DeleteError::NotFound(name.clone()))?;
        if deletion.etag.is_some_and(|expected| !expected.is_empty() && expected != etag(&stored.record)) {
            return Err(DeleteError::EtagMismatch { name });
        }
        let operation = finished(context, OperationKind::DeleteService, &name, &stored.record);
        if deletion.mode == Mode::ValidateOnly {
            return Ok(operation);
        }
        let entry = audit::entry(context, &permit, name.clone(), Some(permit.uid()), serde_json::json!({}));
        let mut plan = Plan::new().expect(Expectation::At(name.clone().into(), stored.revision));
        // Whoever adds a revision writes the service, which is expected to be as it was read.
        for revision in self.revisions_of(&name).await? {
            plan = plan.delete(revision.name);
        }
        let plan =
            plan.delete(name.clone()).work(Work::PutOperation(Box::new(operation.clone()))).audit(entry);
        match self.store.apply(plan).await {
            Ok(_) => Ok(operation),
            Err(ApplyError::Conflict(_)) => Err(DeleteError::EtagMismatch { name }),
            Err(ApplyError::NotFound(_)) => Err(DeleteError::NotFound(name)),
            Err(error) => Err(DeleteError::StoreFailed(error)),
        }
    }
}
