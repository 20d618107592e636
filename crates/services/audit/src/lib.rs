//! An append-only record of who changed what, and of what was decided.
//!
//! Grace disables an account. The use case puts [`entry`] into the same plan as the change, so that there is no
//! change without its entry and no entry without its change. Ada's call is refused at the gate: the decision goes
//! into [`Decisions`], a bounded queue that a worker empties in batches; her request ID finds it afterwards, for Grace,
//! who may read the project's policy: what is found is [`Sealed`] until a permit opens it, and of policies above that
//! project it then says no more than her [`Sight`] allows.
//!
//! Invariants: an entry names the permission it was done with and never holds a secret; a full queue of decisions
//! does what was configured and counts it, never silently; a drain writes what is decided until its last request is
//! answered; a crash may cost the last 20 ms of decisions, nothing else.

mod checks;
mod decisions;
mod entry;
mod sealed;
mod sight;

pub use decisions::{Config, Decisions, Unwritten, WhenFull, Worker};
pub use entry::{entry, entry_of_person, entry_of_system};
pub use sealed::{Disclosed, Scope, Sealed};
pub use sight::Sight;
/// What is recorded of a request, for edges, which do not know the store.
pub use store::{
    CheckRecord, CredentialRecord, Decided, DecidedRequest, Decision, DeliveredAs, GateAnswer,
    PermissionDecision, RequestDecision,
};
