//! The nouns of Doorward: project IDs, e-mails, resource names, principals, host names, paths of fields.
//!
//! A name that exists is well formed: parsing is the only way to make one, from records too, so nothing behind the
//! edges checks a name again. Parsing is total, takes time linear in the text, and says which field was wrong, what was
//! found and what is allowed.
//!
//! Ada sends `projects/42/locations/us-central1/services/hello`; Grace sends the same service with the project's
//! ID. Both parse to an *addressed* name, and both become the one canonical name once the project is known:
//!
//! ```
//! use names::{ProjectId, ProjectRef, ServiceName};
//!
//! let demo = ProjectId::parse("demo")?;
//! let by_number = ServiceName::<ProjectRef>::parse("projects/42/locations/us-central1/services/hello")?;
//! let by_id = ServiceName::<ProjectRef>::parse("projects/demo/locations/us-central1/services/hello")?;
//! assert_eq!(by_number.within(&demo), by_id.within(&demo));
//! assert_eq!(by_id.within(&demo).to_string(), "projects/demo/locations/us-central1/services/hello");
//! # Ok::<(), names::NameError>(())
//! ```
//!
//! Invariants: a parsed name prints back to the text it was parsed from (policy members with their e-mails in lower
//! case);
//! canonical names hold project IDs, never numbers; host names and e-mail domains come from one [`Universe`].

mod any;
mod api;
mod deny;
mod email;
mod function_host;
mod host;
mod mask;
mod member;
mod principal;
mod project;
mod resource;
mod revision;
mod role;
mod run_host;
mod secret;
mod shell;
mod text;
mod universe;

#[doc(hidden)]
pub mod fuzz;

pub use any::ResourceName;
pub use api::ApiName;
pub use deny::{
    AttachmentPoint, DenyOperationName, DenyPermission, DenyPolicyId, DenyPolicyName, DenyPolicyParent,
    PrincipalIdentifier,
};
pub use email::Email;
pub use function_host::FunctionHosts;
pub use host::HostName;
pub use mask::{FieldMask, FieldPath, MaskError, NotWritable};
pub use member::{Member, Pool};
pub use principal::{Principal, System};
pub use project::{FolderId, OrganizationId, ProjectId, ProjectNumber, ProjectRef};
pub use resource::{
    AccountName, AccountRef, AddressedAccountName, AddressedKeyName, DomainMappingName, FunctionName,
    JobName, KeyName, OperationName, ParentName, RevisionName, ServiceName,
};
pub use revision::Revision;
pub use role::{CustomRoleName, RoleHome, RoleId, RoleName};
pub use run_host::RunHosts;
pub use secret::Secret;
pub use shell::ShellWord;
pub use text::{
    AccountId, FunctionId, JobId, KeyId, Location, NameError, OperationId, PermissionName, RevisionId,
    ServiceId, TrafficTag, Uid, UniqueId,
};
pub use universe::{ServiceAgent, Universe};
