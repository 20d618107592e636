//! The operations of a project in one region.

use iam::Permit;
use iam::permission::RunOperationsList;
use names::{Location, ParentName};
use store::{Operation, OperationPlace, ReadError};

use crate::Operations;

/// Why no operations were listed.
#[derive(Debug, thiserror::Error)]
pub enum ListOperationsError {
    /// The store failed.
    #[error("the operations could not be read")]
    StoreFailed(#[source] ReadError),
}

/// One page of operations, newest first.
#[derive(Clone, PartialEq, Debug)]
pub struct OperationListing {
    /// The operations.
    pub operations: Vec<Operation>,
    /// After which place the next page starts; `None` on the last one.
    pub next: Option<OperationPlace>,
}

impl Operations {
    /// A page of the operations of the permit's project in this region, newest first; at most 500. Where one was
    /// forgotten after the page that ended with it, the next one begins in its place.
    pub async fn list(
        &self,
        permit: &Permit<RunOperationsList>,
        location: &Location,
        after: Option<&OperationPlace>,
        limit: u32,
    ) -> Result<OperationListing, ListOperationsError> {
        let parent = ParentName { project: permit.name().clone(), location: location.clone() }.to_string();
        let limit = limit.clamp(1, LARGEST_PAGE);
        let mut operations = self
            .store
            .backend()
            .operations(&parent, after, limit + 1)
            .await
            .map_err(ListOperationsError::StoreFailed)?;
        let more = operations.len() > limit as usize;
        operations.truncate(limit as usize);
        let next = operations.last().filter(|_| more).map(Operation::place);
        Ok(OperationListing { operations, next })
    }
}

const LARGEST_PAGE: u32 = 500;
