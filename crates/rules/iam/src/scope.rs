//! What can be asked, and bound, where: the kinds of resources that have a policy.

use names::{ProjectId, ResourceName, RoleHome, RoleName};

use crate::permission;
use crate::role::{PredefinedRole, predefined_role};

/// The kind of a resource that has a policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PolicyKind {
    /// A service account.
    Account,
    /// A function.
    Function,
    /// An organization or a folder.
    Organization,
    /// A project.
    Project,
    /// A Cloud Run service.
    Service,
}

impl PolicyKind {
    /// The kind of a resource; `None` for what has no policy.
    pub fn of(resource: &ResourceName) -> Option<Self> {
        match resource {
            ResourceName::Folder(_) | ResourceName::Organization(_) => Some(Self::Organization),
            ResourceName::Function(_) => Some(Self::Function),
            ResourceName::Project(_) => Some(Self::Project),
            ResourceName::Service(_) => Some(Self::Service),
            ResourceName::ServiceAccount(_) => Some(Self::Account),
            ResourceName::DomainMapping(_) | ResourceName::Job(_) | ResourceName::Role(_) => None,
        }
    }

    /// The permissions that can be held on such a resource, sorted: what is asked about it, or about something in it.
    pub fn permissions(self) -> impl Iterator<Item = &'static str> {
        permission::every().filter(move |permission| self.asks(permission))
    }

    /// The APIs whose accesses audit configuration of such a resource's policy can be about, sorted: those that serve it
    /// or something in it.
    pub fn auditable_services(self) -> &'static [&'static str] {
        match self {
            Self::Account => &["iam.googleapis.com", "iamcredentials.googleapis.com"],
            Self::Function => &["cloudfunctions.googleapis.com"],
            Self::Organization | Self::Project => &[
                "cloudfunctions.googleapis.com",
                "cloudresourcemanager.googleapis.com",
                "cloudscheduler.googleapis.com",
                "iam.googleapis.com",
                "iamcredentials.googleapis.com",
                "logging.googleapis.com",
                "run.googleapis.com",
                "serviceusage.googleapis.com",
            ],
            Self::Service => &["run.googleapis.com"],
        }
    }

    /// `true` when a policy of such a resource can bind the role: it grants something that can be held there.
    pub fn takes(self, role: &PredefinedRole) -> bool {
        match self {
            Self::Account | Self::Function | Self::Service => {
                self.permissions().any(|permission| role.includes(permission))
            }
            Self::Organization => true,
            Self::Project => !ABOVE_PROJECTS.contains(&role.name),
        }
    }

    fn asks(self, permission: &str) -> bool {
        let Some((collection, verb)) = permission.rsplit_once('.') else { return false };
        match self {
            Self::Account => match collection {
                "iam.serviceAccountKeys" => true,
                "iam.serviceAccounts" => !matches!(verb, "create" | "list" | "undelete"),
                _ => false,
            },
            Self::Function => collection == "cloudfunctions.functions" && !matches!(verb, "create" | "list"),
            Self::Organization => true,
            Self::Project => {
                !matches!(collection, "resourcemanager.folders" | "resourcemanager.organizations")
            }
            Self::Service => match collection {
                "run.configurations" | "run.revisions" => true,
                "run.routes" | "run.services" => !matches!(verb, "create" | "list"),
                _ => false,
            },
        }
    }
}

/// Why a policy cannot bind a role.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RoleMisfit {
    /// It is a custom role that lives elsewhere.
    Elsewhere,
    /// It is no predefined role, or one that grants nothing here.
    Unsupported,
}

/// Whether the policy of a resource can bind a role, supposing that a custom one exists: custom roles of a project in
/// that project, those of an organization everywhere in it.
pub fn fits(role: &RoleName, kind: PolicyKind, project: Option<&ProjectId>) -> Result<(), RoleMisfit> {
    match (role.custom().map(|custom| custom.home), predefined_role(role)) {
        (Some(RoleHome::Organization(_)), _) => Ok(()),
        (Some(RoleHome::Project(home)), _) if project == Some(&home) => Ok(()),
        (Some(RoleHome::Project(_)), _) => Err(RoleMisfit::Elsewhere),
        (None, Some(predefined)) if kind.takes(predefined) => Ok(()),
        (None, _) => Err(RoleMisfit::Unsupported),
    }
}

/// Roles that are about organizations as such.
const ABOVE_PROJECTS: [&str; 5] = [
    "roles/iam.organizationRoleAdmin",
    "roles/iam.organizationRoleViewer",
    "roles/resourcemanager.organizationAdmin",
    "roles/resourcemanager.organizationViewer",
    "roles/resourcemanager.projectCreator",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn role(text: &str) -> RoleName {
        RoleName::parse(text).expect("valid")
    }

    #[test]
    fn a_role_is_bound_where_it_grants_something() {
        for (name, account, project, service) in [
            ("roles/owner", true, true, true),
            ("roles/run.invoker", false, true, true),
            ("roles/iam.serviceAccountUser", true, true, false),
            ("roles/cloudscheduler.admin", false, true, false),
            ("roles/resourcemanager.organizationAdmin", false, false, false),
            ("roles/nobody", false, false, false),
        ] {
            let demo = ProjectId::parse("demo").expect("valid");
            let fits = |kind| fits(&role(name), kind, Some(&demo)).is_ok();
            let found = (fits(PolicyKind::Account), fits(PolicyKind::Project), fits(PolicyKind::Service));
            assert_eq!(found, (account, project, service), "{name}");
        }
    }

    #[test]
    fn a_custom_role_stays_in_its_project() {
        let (demo, other) =
            (ProjectId::parse("demo").expect("valid"), ProjectId::parse("other").expect("valid"));
        let custom = role("projects/demo/roles/caller");
        assert_eq!(fits(&custom, PolicyKind::Service, Some(&demo)), Ok(()));
        assert_eq!(fits(&custom, PolicyKind::Service, Some(&other)), Err(RoleMisfit::Elsewhere));
        assert_eq!(fits(&custom, PolicyKind::Organization, None), Err(RoleMisfit::Elsewhere));
        assert_eq!(fits(&role("organizations/1/roles/caller"), PolicyKind::Project, Some(&demo)), Ok(()));
    }
}
