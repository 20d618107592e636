//! Fuzz bodies: any bytes give a name or a typed error, and a name prints back to what parses to itself.

use crate::{
    AddressedAccountName, AddressedKeyName, CustomRoleName, DenyOperationName, DenyPermission,
    DenyPolicyName, DenyPolicyParent, Email, FieldMask, FieldPath, FunctionName, HostName, JobName, Member,
    ParentName, PermissionName, PrincipalIdentifier, ProjectRef, ResourceName, RevisionName, RoleName,
    ServiceName, Universe,
};

/// Every parser of this crate, on the same bytes.
pub fn body(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(member) = Member::parse(text) {
        assert_eq!(Member::parse(&member.to_string()), Ok(member));
    }
    if let Ok(name) = ServiceName::<ProjectRef>::parse(text) {
        assert_eq!(name.to_string(), text);
    }
    if let Ok(name) = FunctionName::<ProjectRef>::parse(text) {
        assert_eq!(name.to_string(), text);
    }
    if let Ok(name) = JobName::<ProjectRef>::parse(text) {
        assert_eq!(name.to_string(), text);
    }
    if let Ok(name) = RevisionName::<ProjectRef>::parse(text) {
        assert_eq!(name.to_string(), text);
    }
    if let Ok(name) = CustomRoleName::<ProjectRef>::parse(text) {
        assert_eq!(name.to_string(), text);
    }
    if let Ok(role) = RoleName::parse(text) {
        assert_eq!(
            role.custom().map(|custom| custom.role_name()),
            Some(role).filter(|_| !text.starts_with("roles/"))
        );
    }
    if let Ok(name) = ResourceName::parse(text) {
        assert_eq!(ResourceName::parse(&name.to_string()), Ok(name));
    }
    if let Ok(permission) = PermissionName::parse(text) {
        assert!(permission.as_str().split('.').count() >= 3);
    }
    if let Ok(email) = Email::parse_folded(text) {
        assert_eq!(email.as_str().matches('@').count(), 1);
    }
    if let Ok(host) = HostName::parse(text) {
        if let Some((project, location)) = Universe::default().function_place(&host) {
            let hosts = Universe::default().function_hosts(&project, &location).expect("it has one");
            assert!(hosts.all().any(|own| *own == host), "a host leads to the place that has it");
        }
        assert_eq!(HostName::parse(&host.as_str().to_ascii_lowercase()), Ok(host));
    }
    if let Ok(identifier) = PrincipalIdentifier::parse(text) {
        assert_eq!(PrincipalIdentifier::parse(&identifier.to_string()), Ok(identifier));
    }
    if let Ok(permission) = DenyPermission::parse(text) {
        assert_eq!(permission.to_string(), text);
    }
    let _ = (DenyPolicyName::parse(text), DenyPolicyParent::parse(text));
    if let Ok(name) = DenyOperationName::parse(text) {
        let (policy, _) = text.rsplit_once("/operations/").expect("it has a policy");
        assert_eq!(DenyPolicyName::parse(policy), Ok(name.policy));
    }
    if let Ok(universe) = Universe::parse(text) {
        assert_eq!(Universe::parse(universe.domain().as_str()), Ok(universe));
    }
    let path = FieldPath::of(text);
    assert_eq!(FieldPath::of(path.as_str()), path, "snake case is its own snake case");
    let paths: Vec<String> = text.split(',').map(str::to_owned).collect();
    if let Ok(FieldMask::Fields(fields)) = FieldMask::read(&paths, |path| Ok(path.clone())) {
        assert_eq!(fields.len(), paths.len());
    }
    let _ = (
        ParentName::<ProjectRef>::parse(text),
        AddressedAccountName::parse(text),
        AddressedKeyName::parse(text),
    );
}
