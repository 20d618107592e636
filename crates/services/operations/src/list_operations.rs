//! The operations of a project in one region.

use iam::Permit;
use iam::permission::RunOperationsList;
use names::{Location, ParentName};
use store::{Operation, Page, ReadError};

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
    /// Where the next page starts; `None` on the last one.
    pub next: Option<String>,
}

impl Operations {
    /// A page of the operations of the permit's project in this region, newest first; at most 500.
    pub async fn list(
        &self,
        permit: &Permit<RunOperationsList>,
        location: &Location,
        page: &Page,
    ) -> Result<OperationListing, ListOperationsError> {
        let parent = ParentName { project: permit.name().clone(), location: location.clone() }.to_string();
        let limit = page.limit.clamp(1, LARGEST_PAGE);
        let one_more = Page { after: page.after.clone(), limit: limit + 1 };
        let mut operations = self
            .store
            .backend()
            .operations(&parent, &one_more)
            .await
            .map_err(ListOperationsError::StoreFailed)?;
        let more = operations.len() > limit as usize;
        operations.truncate(limit as usize);
        let next = operations.last().filter(|_| more).map(|last| last.name.to_string());
        Ok(OperationListing { operations, next })
    }
}

const LARGEST_PAGE: u32 = 500;
