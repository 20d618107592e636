//! One operation by name.

use iam::Permit;
use names::OperationName;
use store::{Operation, ReadError};

use crate::{Operations, OperationsOf, ReadsOperations};

/// Why no operation was given.
#[derive(Debug, thiserror::Error)]
pub enum GetOperationError {
    /// There is none of that name in the project that the permit is for.
    #[error("operation {0} does not exist")]
    NotFound(OperationName),
    /// The store failed.
    #[error("the operation could not be read")]
    StoreFailed(#[source] ReadError),
}

impl Operations {
    /// The operation of this name. A name outside the permit's project, or of another API than the permit is for, is not
    /// found, whether it exists or not.
    pub async fn get<P: ReadsOperations>(
        &self,
        permit: &Permit<P>,
        name: &OperationName,
    ) -> Result<Operation, GetOperationError> {
        if name.project != *permit.name() || OperationsOf::of(&name.operation) != P::OF {
            return Err(GetOperationError::NotFound(name.clone()));
        }
        self.store
            .backend()
            .operation(name)
            .await
            .map_err(GetOperationError::StoreFailed)?
            .ok_or_else(|| GetOperationError::NotFound(name.clone()))
    }
}
