//! What Doorward may do for itself. No credential can name the principal `system`; this is all it can do.

/// The permissions of the principal `system`, sorted.
///
/// First start creates the organisation's first project, its service agents and the owner's bindings; nothing
/// else is done without a caller.
pub fn system_permissions() -> &'static [&'static str] {
    &[
        "iam.serviceAccounts.create",
        "resourcemanager.projects.create",
        "resourcemanager.projects.get",
        "resourcemanager.projects.setIamPolicy",
    ]
}
