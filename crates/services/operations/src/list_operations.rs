//! The operations of a project in one region.

use iam::Permit;
use names::{Location, ParentName};
use store::{Operation, OperationPlace, ReadError};

use crate::{ListsOperations, Operations, OperationsOf};

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
    /// A page of one API's operations of the permit's project in this region, newest first; at most 500, and fewer where
    /// their records take more than 8 MiB. Where one was forgotten after the page that ended with it, the next one begins
    /// in its place.
    pub async fn list<P: ListsOperations>(
        &self,
        permit: &Permit<P>,
        location: &Location,
        after: Option<&OperationPlace>,
        limit: u32,
    ) -> Result<OperationListing, ListOperationsError> {
        let parent = ParentName { project: permit.name().clone(), location: location.clone() }.to_string();
        let limit = limit.clamp(1, LARGEST_PAGE) as usize;
        let (mut operations, mut next, mut bytes) = (Vec::new(), after.cloned(), 0);
        loop {
            let wanted = (limit - operations.len()).min(AT_ONCE);
            let found = self.store.backend().operations(&parent, next.as_ref(), wanted as u32 + 1).await;
            let mut found = found.map_err(ListOperationsError::StoreFailed)?.into_iter().peekable();
            for _ in 0..wanted {
                let Some(operation) = found.next_if(|_| bytes < MOST_BYTES) else { break };
                bytes += operation.record.to_string().len();
                next = Some(operation.place());
                // The permit is for no others.
                if OperationsOf::of(&operation.name.operation) == P::OF {
                    operations.push(operation);
                }
            }
            if found.peek().is_none() {
                return Ok(OperationListing { operations, next: None });
            }
            if bytes >= MOST_BYTES || operations.len() >= limit {
                return Ok(OperationListing { operations, next });
            }
        }
    }
}

const LARGEST_PAGE: u32 = 500;
/// How many are read at once: what a page is too long by is read in vain.
const AT_ONCE: usize = 50;
/// Of records, after which a page ends.
const MOST_BYTES: usize = 8 << 20;
