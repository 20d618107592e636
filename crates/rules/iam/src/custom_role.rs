//! Custom roles: what may stand in one, and what it grants.

use std::fmt::Debug;

use names::{PermissionName, RoleHome, RoleName};

use crate::permission;
use crate::role::{Stage, predefined_role};

/// The most permissions of a custom role (Google, "IAM quotas and limits").
pub const MAX_ROLE_PERMISSIONS: usize = 3000;
/// The longest title, in bytes (same source).
pub const MAX_ROLE_TITLE: usize = 100;
/// The longest description, in bytes (same source).
pub const MAX_ROLE_DESCRIPTION: usize = 300;
/// Title, description and permission names together, in bytes (same source).
pub const MAX_ROLE_SIZE: usize = 64 * 1024;

/// What a custom role is, checked.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct RoleDefinition {
    /// Shown to people; at most [`MAX_ROLE_TITLE`] bytes.
    pub title: String,
    /// At most [`MAX_ROLE_DESCRIPTION`] bytes.
    pub description: String,
    /// What it grants: sorted, each once.
    pub permissions: Vec<PermissionName>,
    /// How settled it is.
    pub stage: Stage,
}

/// Why a custom role cannot be as somebody wants it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RoleError {
    /// The description is too long.
    #[error("The description of a role has at most {MAX_ROLE_DESCRIPTION} bytes, this one has {bytes}.")]
    DescriptionTooLong {
        /// How long it is.
        bytes: usize,
    },
    /// A permission that does not exist, or that no custom role at this place may hold.
    #[error("Permission {permission} is not valid.")]
    PermissionNotValid {
        /// Which one, as it was written.
        permission: String,
    },
    /// The title is too long.
    #[error("The title of a role has at most {MAX_ROLE_TITLE} bytes, this one has {bytes}.")]
    TitleTooLong {
        /// How long it is.
        bytes: usize,
    },
    /// All of it together is too long.
    #[error(
        "Title, description and permissions of a role have at most {MAX_ROLE_SIZE} bytes, these have {bytes}."
    )]
    TooLarge {
        /// How long it is.
        bytes: usize,
    },
    /// More permissions than a role may hold.
    #[error("A role holds at most {MAX_ROLE_PERMISSIONS} permissions, this one holds {count}.")]
    TooManyPermissions {
        /// How many there are.
        count: usize,
    },
}

/// Whether custom roles may hold a permission.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CustomSupport {
    /// No custom role at this place may.
    NotSupported,
    /// They may.
    Supported,
}

impl CustomSupport {
    /// Whether the custom roles of `home` may hold `permission`, supposing that it exists.
    pub fn of(permission: &str, home: &RoleHome) -> Self {
        match home {
            RoleHome::Organization(_) => Self::Supported,
            RoleHome::Project(_) => Self::in_projects(permission),
        }
    }

    /// Whether the custom roles of projects may hold `permission`. What is about organizations and folders, or about
    /// more projects than one, makes no sense there (Google, "Support level for permissions in custom roles").
    pub fn in_projects(permission: &str) -> Self {
        let above_projects = permission.starts_with("resourcemanager.organizations.")
            || permission.starts_with("resourcemanager.folders.")
            || permission.starts_with("iam.googleapis.com/workforcePool")
            || matches!(
                permission,
                "resourcemanager.projects.create"
                    | "resourcemanager.projects.list"
                    | "resourcemanager.projects.move"
            );
        if above_projects { Self::NotSupported } else { Self::Supported }
    }
}

impl RoleDefinition {
    /// Checks what somebody wants a role of `home` to be; drops repeated permissions.
    pub fn checked(
        home: &RoleHome,
        title: String,
        description: String,
        permissions: &[String],
        stage: Stage,
    ) -> Result<Self, RoleError> {
        if title.len() > MAX_ROLE_TITLE {
            return Err(RoleError::TitleTooLong { bytes: title.len() });
        }
        if description.len() > MAX_ROLE_DESCRIPTION {
            return Err(RoleError::DescriptionTooLong { bytes: description.len() });
        }
        if permissions.len() > MAX_ROLE_PERMISSIONS {
            return Err(RoleError::TooManyPermissions { count: permissions.len() });
        }
        let mut checked = Vec::with_capacity(permissions.len());
        for text in permissions {
            let name = PermissionName::parse(text).ok().filter(|name| {
                permission::exists(name.as_str())
                    && CustomSupport::of(name.as_str(), home) == CustomSupport::Supported
            });
            checked.push(name.ok_or_else(|| RoleError::PermissionNotValid { permission: shortened(text) })?);
        }
        checked.sort_unstable();
        checked.dedup();
        let names: usize = checked.iter().map(|name| name.as_str().len()).sum();
        let bytes = title.len() + description.len() + names;
        if bytes > MAX_ROLE_SIZE {
            return Err(RoleError::TooLarge { bytes });
        }
        Ok(Self { title, description, permissions: checked, stage })
    }

    /// `true` when a role that is so defined, and not deleted, grants a permission.
    pub fn includes(&self, permission: &str) -> bool {
        self.stage != Stage::Disabled
            && self.permissions.binary_search_by(|held| held.as_str().cmp(permission)).is_ok()
    }
}

/// The custom roles of the moment, as decisions need them.
pub trait CustomRoles: Debug {
    /// The custom role of this name, unless there is none or it is deleted.
    fn standing(&self, role: &RoleName) -> Option<&RoleDefinition>;
}

/// There are no custom roles.
impl CustomRoles for () {
    fn standing(&self, _: &RoleName) -> Option<&RoleDefinition> {
        None
    }
}

/// Whether a role, predefined or custom, exists and grants a permission.
pub fn role_grants(custom: &dyn CustomRoles, role: &RoleName, permission: &str) -> bool {
    match predefined_role(role) {
        Some(predefined) => predefined.includes(permission),
        None => custom.standing(role).is_some_and(|role| role.includes(permission)),
    }
}

/// What is repeated in a message: a role may name permissions of any length.
fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_REPEATED).flat_map(char::escape_default).collect()
}

const LONGEST_REPEATED: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> RoleHome {
        RoleHome::Project(names::ProjectId::parse("demo").expect("valid"))
    }

    fn checked(title: &str, permissions: &[&str]) -> Result<RoleDefinition, RoleError> {
        let permissions: Vec<String> = permissions.iter().map(|text| (*text).to_owned()).collect();
        RoleDefinition::checked(&home(), title.into(), String::new(), &permissions, Stage::Ga)
    }

    #[test]
    fn permissions_are_sorted_and_held_once() {
        let role = checked("Caller", &["run.routes.invoke", "iap.web.getSettings", "run.routes.invoke"]);
        let role = role.expect("both exist");
        assert_eq!(role.permissions.len(), 2);
        assert!(role.includes("run.routes.invoke") && !role.includes("run.services.get"));
    }

    #[test]
    fn a_disabled_role_grants_nothing() {
        let role = checked("Caller", &["run.routes.invoke"]).expect("it exists");
        assert!(!RoleDefinition { stage: Stage::Disabled, ..role }.includes("run.routes.invoke"));
    }

    #[test]
    fn what_no_role_may_hold_is_refused() {
        for permission in [
            "",
            "run",
            "run.*",
            "run.services.haunt",
            "resourcemanager.projects.list",
            "resourcemanager.folders.get",
        ] {
            let refused = RoleError::PermissionNotValid { permission: permission.into() };
            assert_eq!(checked("", &[permission]), Err(refused));
        }
        assert_eq!(checked(&"t".repeat(101), &[]), Err(RoleError::TitleTooLong { bytes: 101 }));
        let many = vec!["run.routes.invoke"; 3001];
        assert_eq!(checked("", &many), Err(RoleError::TooManyPermissions { count: 3001 }));
    }

    #[test]
    fn roles_of_organizations_hold_what_roles_of_projects_may_not() {
        let organization = RoleHome::Organization(names::OrganizationId::parse("1").expect("valid"));
        let asked = ["resourcemanager.projects.list".to_owned()];
        let role = RoleDefinition::checked(&organization, String::new(), String::new(), &asked, Stage::Alpha);
        assert!(role.is_ok());
    }
}
