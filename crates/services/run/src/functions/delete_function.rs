//! The end of a function.

use context::Context;
use iam::Permit;
use iam::permission::CloudfunctionsFunctionsDelete;
use store::{
    ApplyError, Expectation, FunctionGeneration, FunctionRecord, Operation, OperationKind, Plan, ReadError,
    RecordKey, ServiceRecord, Stored, Work,
};

use crate::operation::finished;
use crate::{DeleteFunctionError, Run};

impl Run {
    /// Deletes the function, and with it its policy and the service that it owns. Its URLs answer 404 from then on.
    pub async fn delete_function(
        &self,
        context: &Context,
        permit: Permit<CloudfunctionsFunctionsDelete>,
    ) -> Result<Operation, DeleteFunctionError> {
        let name = permit.name().clone();
        for _ in 0..MOST_TRIES {
            let stored = self
                .store
                .find::<FunctionRecord>(&name)
                .await?
                .filter(|stored| stored.record.uid == *permit.uid())
                .ok_or_else(|| DeleteFunctionError::NotFound(name.clone()))?;
            let operation = finished(context, OperationKind::DeleteFunction, &name, &stored.record);
            let entry =
                audit::entry(context, &permit, name.clone(), Some(permit.uid()), serde_json::json!({}));
            let plan = self
                .end_of_owned(Plan::new(), &stored)
                .await?
                .expect(Expectation::At(name.clone().into(), stored.revision))
                .delete(name.clone())
                .work(Work::PutOperation(Box::new(operation.clone())))
                .audit(entry);
            match self.store.apply(plan).await {
                Ok(_) => return Ok(operation),
                Err(ApplyError::NotFound(RecordKey::Function(_))) => {
                    return Err(DeleteFunctionError::NotFound(name));
                }
                // The function, its service or one of its revisions was changed between the two.
                Err(ApplyError::Conflict(_) | ApplyError::NotFound(_)) => {}
                Err(error) => return Err(DeleteFunctionError::StoreFailed(error)),
            }
        }
        Err(DeleteFunctionError::Contended(name))
    }

    /// Takes the service with it that is still the function's own.
    async fn end_of_owned(&self, plan: Plan, stored: &Stored<FunctionRecord>) -> Result<Plan, ReadError> {
        let FunctionGeneration::Second { service, service_uid } = &stored.record.generation else {
            return Ok(plan);
        };
        let found = self.store.find::<ServiceRecord>(service).await?;
        match found.filter(|found| found.record.uid == *service_uid) {
            Some(found) => self.end_of(plan, &found).await,
            None => Ok(plan),
        }
    }
}

/// How often it is tried when somebody else writes at the same instant.
const MOST_TRIES: usize = 20;
