//! Who may do what on which resource, and why.
//!
//! Grace bound `roles/run.invoker` to the account `schedulerunner` on the service `hello`. When a call with that
//! account's token arrives, the gate asks [`decide`] whether `run.routes.invoke` is granted, and gets a
//! [`Permit`]: the only thing that lets the call be forwarded. Ada's call gets a [`Denial`], and [`explain`] says
//! which checks were made and which command would let her in.
//!
//! ```
//! use iam::{Binding, Condition, Grantee, Level, Policy, Question, Standing, Vouched, decide, permission::RunRoutesInvoke};
//! use jiff::Timestamp;
//! use names::*;
//!
//! let hello = ServiceName::parse_canonical("projects/demo/locations/us-central1/services/hello")?;
//! let email = Email::parse("schedulerunner@demo.iam.gserviceaccount.com")?;
//! let unique_id = UniqueId::parse("117")?;
//! let policy = Policy::of(vec![Binding {
//!     role: RoleName::parse("roles/run.invoker")?,
//!     members: vec![Grantee { member: Member::ServiceAccount(email.clone()), unique_id: Some(unique_id.clone()) }],
//!     condition: Some(Condition::parse("this decade", "", "request.time < timestamp('2030-01-01T00:00:00Z')")?),
//! }]);
//! let lineage = [Level { name: &hello.clone().into(), uid: &Uid::parse("u1")?, policy: Some(&policy), denies: &[] }];
//! let runner = Principal::ServiceAccount { email, unique_id };
//! let question = |principal, time| Question { principal, standing: Standing::Active, groups: &[], vouched: Vouched::NOTHING, lineage: &lineage, custom_roles: &(), open: None, closed: None, time, revision: Revision(1) };
//! let (now, later): (Timestamp, Timestamp) = ("2026-03-02T09:00:00Z".parse()?, "2030-01-01T00:00:00Z".parse()?);
//!
//! let permit = decide::<RunRoutesInvoke>(&question(&runner, now)).expect("it is bound");
//! assert_eq!(permit.name(), &hello);
//! assert!(decide::<RunRoutesInvoke>(&question(&runner, later)).is_err());
//! assert!(decide::<RunRoutesInvoke>(&question(&Principal::Anonymous, now)).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A binding may have a [`Condition`], which is checked when it is written and evaluated with every decision. What a
//! [`DenyPolicy`] denies, no binding grants.
//!
//! Invariants: a [`Permit`] is born only here, names the resource it was given for and can be neither copied nor
//! stored; a decision depends on the question and nothing else; what [`explain`] says is what [`decide`] did.

mod audit_config;
mod chain;
pub mod condition;
mod custom_role;
mod decide;
mod deny;
mod explain;
#[doc(hidden)]
pub mod fuzz;
mod known;
pub mod permission;
mod permit;
mod policy;
mod repair;
mod role;
mod scope;
mod system;
mod vouched;

pub use audit_config::{AuditConfig, AuditConfigError, AuditLogConfig, AuditLogKind};
pub use chain::{BrokenChain, Chain, Delegated};
pub use condition::{Condition, ConditionError};
pub use custom_role::{
    CustomRoles, CustomSupport, MAX_ROLE_DESCRIPTION, MAX_ROLE_PERMISSIONS, MAX_ROLE_SIZE, MAX_ROLE_TITLE,
    RoleDefinition, RoleError, role_grants,
};
pub use decide::{Cause, Closed, Denial, Ground, Level, Openness, Question, Standing, decide, holds};
pub use deny::{DeniedPrincipal, DenyError, DenyPolicy, DenyRule};
pub use explain::{Check, Explanation, explain};
pub use permission::Permission;
pub use permit::Permit;
pub use policy::{Binding, Grantee, Policy, PolicyError};
pub use repair::Repair;
pub use role::{PredefinedRole, Stage, predefined_role, predefined_roles};
pub use scope::{PolicyKind, RoleMisfit, fits};
pub use system::{SystemAct, system_permissions};
pub use vouched::Vouched;
