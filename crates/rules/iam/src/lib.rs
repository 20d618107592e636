//! Who may do what on which resource, and why.
//!
//! Grace bound `roles/run.invoker` to the account `schedulerunner` on the service `hello`. When a call with that
//! account's token arrives, the gate asks [`decide`] whether `run.routes.invoke` is granted, and gets a
//! [`Permit`]: the only thing that lets the call be forwarded. Ada's call gets a [`Denial`], and [`explain`] says
//! which checks were made and which command would let her in.
//!
//! ```
//! use iam::{Binding, Grantee, Level, Policy, Question, Standing, decide, permission::RunRoutesInvoke};
//! use names::*;
//!
//! let hello = ServiceName::parse_canonical("projects/demo/locations/us-central1/services/hello")?;
//! let email = Email::parse("schedulerunner@demo.iam.gserviceaccount.com")?;
//! let unique_id = UniqueId::parse("117")?;
//! let policy = Policy::of(vec![Binding {
//!     role: RoleName::parse("roles/run.invoker")?,
//!     members: vec![Grantee { member: Member::ServiceAccount(email.clone()), unique_id: Some(unique_id.clone()) }],
//! }]);
//! let lineage = [Level { name: &hello.clone().into(), uid: &Uid::parse("u1")?, policy: Some(&policy) }];
//! let runner = Principal::ServiceAccount { email, unique_id };
//! let question = |principal| Question { principal, standing: Standing::Active, groups: &[], lineage: &lineage, open: None, revision: Revision(1) };
//!
//! let permit = decide::<RunRoutesInvoke>(&question(&runner)).expect("it is bound");
//! assert_eq!(permit.name(), &hello);
//! assert!(decide::<RunRoutesInvoke>(&question(&Principal::Anonymous)).is_err());
//! # Ok::<(), NameError>(())
//! ```
//!
//! Invariants: a [`Permit`] is born only here, names the resource it was given for and can be neither copied nor
//! stored; a decision depends on the question and nothing else; what [`explain`] says is what [`decide`] did.

mod decide;
mod explain;
pub mod permission;
mod permit;
mod policy;
mod role;
mod system;

pub use decide::{Cause, Denial, Ground, Level, Openness, Question, Standing, decide, holds};
pub use explain::{Check, Explanation, Repair, explain};
pub use permission::Permission;
pub use permit::Permit;
pub use policy::{Binding, Grantee, Policy, PolicyError};
pub use role::{PredefinedRole, predefined_roles, role_includes};
pub use system::{SystemAct, system_permissions};
