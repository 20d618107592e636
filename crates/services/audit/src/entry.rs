//! Entries about changes of configuration.

use context::Context;
use iam::{Permission, Permit, SystemAct};
use names::{Principal, ResourceName, System, Uid};
use store::AuditEntry;

/// The entry for a change that `permit` allowed, to `resource`. `detail` says what changed; it must not hold a
/// secret.
pub fn entry<P: Permission>(
    context: &Context,
    permit: &Permit<P>,
    resource: impl Into<ResourceName>,
    uid: Option<&Uid>,
    detail: serde_json::Value,
) -> AuditEntry {
    AuditEntry {
        time: context.now(),
        request_id: context.request_id().to_string(),
        principal: permit.principal().to_string(),
        permission: P::NAME.to_owned(),
        resource: resource.into().to_string(),
        uid: uid.cloned(),
        detail,
    }
}

/// The entry for what a person does with credentials of their own, for which no permission is asked: `act` stands where
/// the permission would.
pub fn entry_of_person(
    context: &Context,
    person: &Principal,
    act: &'static str,
    detail: serde_json::Value,
) -> AuditEntry {
    AuditEntry {
        time: context.now(),
        request_id: context.request_id().to_string(),
        principal: person.to_string(),
        permission: act.to_owned(),
        resource: format!("people/{}", person.email().map_or("", |email| email.as_str())),
        uid: None,
        detail,
    }
}

/// The entry for what Doorward did for itself. `resource` is a canonical name, or says what it is about where that has
/// none; `detail` must not hold a secret.
pub fn entry_of_system(
    context: &Context,
    act: SystemAct,
    resource: impl Into<String>,
    uid: Option<&Uid>,
    detail: serde_json::Value,
) -> AuditEntry {
    AuditEntry {
        time: context.now(),
        request_id: context.request_id().to_string(),
        principal: Principal::System(System::acting_for_itself()).to_string(),
        permission: act.name().to_owned(),
        resource: resource.into(),
        uid: uid.cloned(),
        detail,
    }
}
