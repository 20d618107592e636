//! Forgetting an operation.

use iam::Permit;
use iam::permission::RunOperationsDelete;
use names::OperationName;
use store::{ApplyError, Plan, ReadError, Work};

use crate::{Operations, OperationsOf};

/// Why an operation was not forgotten.
#[derive(Debug, thiserror::Error)]
pub enum DeleteOperationError {
    /// There is none of that name in the project that the permit is for.
    #[error("operation {0} does not exist")]
    NotFound(OperationName),
    /// The store could not be read.
    #[error("the operation could not be read")]
    ReadFailed(#[source] ReadError),
    /// The store could not be written.
    #[error("the operation could not be deleted")]
    StoreFailed(#[source] ApplyError),
}

impl Operations {
    /// Forgets the operation. What it did, or is doing, goes on. Operations are work and not configuration, so that
    /// the audit log has no entry of this (architecture §6).
    pub async fn delete(
        &self,
        permit: Permit<RunOperationsDelete>,
        name: &OperationName,
    ) -> Result<(), DeleteOperationError> {
        let not_found = || DeleteOperationError::NotFound(name.clone());
        if name.project != *permit.name() || OperationsOf::of(&name.operation) != OperationsOf::Run {
            return Err(not_found());
        }
        let found = self.store.backend().operation(name).await.map_err(DeleteOperationError::ReadFailed)?;
        found.ok_or_else(not_found)?;
        let plan = Plan::new().work(Work::DeleteOperation(name.clone()));
        self.store.apply(plan).await.map_err(DeleteOperationError::StoreFailed)?;
        Ok(())
    }
}
