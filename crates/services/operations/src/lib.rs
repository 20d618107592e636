//! Long-running operations: what an API call began, and how it ended.
//!
//! Ada creates a service. The `run` service puts two things into one plan, the service and the operation that
//! made it, and answers with the operation. Her client asks for it by name until it is done:
//!
//! ```
//! use context::{Caller, Context, Seeded, Stopped};
//! use names::{ParentName, Principal, ProjectRef, ServiceName};
//! use std::sync::Arc;
//! use store::{OperationKind, OperationOutcome};
//!
//! # let (clock, chance) = (Arc::new(Stopped::at_second(1_700_000_000)), Arc::new(Seeded::new(7)));
//! # let context = Context::new(Caller::of(Principal::Anonymous), clock, chance);
//! let demo = names::ProjectId::parse("demo")?;
//! let parent = ParentName::<ProjectRef>::parse("projects/demo/locations/us-central1")?.within(&demo);
//! let hello = ServiceName::parse_canonical("projects/demo/locations/us-central1/services/hello")?;
//!
//! let begun = operations::begin(&context, &parent, OperationKind::CreateService, hello, serde_json::json!({}));
//! assert_eq!(begun.outcome, None);
//! let done = operations::finished(begun, OperationOutcome::Succeeded);
//! assert_eq!(done.outcome, Some(OperationOutcome::Succeeded));
//! assert!(done.name.to_string().starts_with("projects/demo/locations/us-central1/operations/"));
//! # Ok::<(), names::NameError>(())
//! ```
//!
//! Use cases: [`Operations::get`], [`Operations::list`], [`Operations::delete`]. Beginning and finishing are
//! values for the plan of whoever does the work.
//!
//! Invariants: an operation and what it did are in one transaction; who may not see a project's operations cannot
//! reach one of them by name; deleting an operation forgets it and undoes nothing.

mod begin;
mod delete_operation;
mod get_operation;
mod list_operations;
mod of;

use store::Store;

pub use begin::{begin, finished};
pub use delete_operation::DeleteOperationError;
pub use get_operation::GetOperationError;
pub use list_operations::{ListOperationsError, OperationListing};
pub use of::{ListsOperations, OperationsOf, ReadsOperations};
pub use store::{Operation, OperationKind, OperationOutcome, OperationPlace};

/// A cheap-clone handle onto the operations of every project.
#[derive(Clone)]
pub struct Operations {
    store: Store,
}

impl Operations {
    /// The operations in this store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}
