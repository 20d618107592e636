//! What Doorward remembers, and the one way to change it.
//!
//! Ada creates a job. The scheduler reads the project, works out a [`Plan`] — the job must not exist, here it is,
//! here is its first firing, here is the audit entry — and [`Store::apply`] does all of it in one transaction or
//! none of it. When `apply` returns, the change is on disk and every [`Follower`] has seen it.
//!
//! ```
//! use store::{Change, Expectation, Plan, Record};
//! # fn example(project: store::ProjectRecord) {
//! let plan = Plan::new()
//!     .expect(Expectation::Absent(project.id.clone().into()))
//!     .change(Change::Put(Box::new(Record::Project(project))));
//! assert_eq!(plan.changes.len(), 1);
//! # }
//! ```
//!
//! Two kinds of state (architecture §6). *Configuration* — projects, accounts, keys, policies, services, jobs — is
//! [`Record`]s; every change to it carries one gap-free [`Revision`](names::Revision) and goes to the followers in
//! order. *Work* — deliveries, firings, log entries, attempts, operations — is not followed by anybody.
//!
//! Invariants: a plan is applied whole or not at all; a record that was read at one revision is not overwritten at
//! another when the plan expects the first; what was acknowledged survives `kill -9`.

mod backend;
mod base64_text;
mod decision;
mod error;
mod expired;
mod handle;
mod log;
mod plan;
pub mod record;
mod shares;
mod work;

pub use backend::{Backend, Follower, RawRecord};
pub use decision::{
    CheckRecord, CredentialRecord, Decided, DecidedRequest, Decision, DecisionFilter, DeliveredAs,
    GateAnswer, PermissionDecision, RequestDecision,
};
pub use error::{ApplyError, ReadError};
pub use expired::Expired;
pub use handle::{Listing, Page, Store, Stored};
pub use log::{
    LogEntry, LogFilter, LogOperation, LogOrder, LogOrigin, LogPlace, LogSourceLocation, LoggedRequest,
};
pub use plan::{AuditEntry, Change, Expectation, Gathering, Plan};
pub use record::*;
pub use shares::Shares;
pub use work::{
    Delivery, DeliveryIdentity, DeliveryRequest, JobState, Lease, Operation, OperationKind, OperationOutcome,
    OperationPlace, PolicyOperation, PolicyOperationKind, StatusRecord, Work,
};
