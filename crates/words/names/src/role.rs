//! Names of roles, predefined and custom.

use std::fmt;
use std::sync::Arc;

use crate::resource::canonical_serde;
use crate::text::text_name;
use crate::{NameError, OrganizationId, ProjectId, ProjectRef};

text_name!(
    /// A role as a binding names it: `roles/NAME`, or `projects/P/roles/ID`, `organizations/O/roles/ID` for custom ones.
    RoleName, "role", "roles/NAME, projects/PROJECT/roles/NAME or organizations/ORGANIZATION/roles/NAME",
    is_role
);
text_name!(
    /// The ID of a custom role: 3 to 64 letters, digits, underscores and full stops (google.iam.admin.v1,
    /// `CreateRoleRequest.role_id`).
    RoleId, "role ID", "3 to 64 letters, digits, underscores and full stops",
    |text| (3..=64).contains(&text.len()) && text.bytes().all(is_role_byte)
);

fn is_role_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_'
}

fn is_role(text: &str) -> bool {
    match text.strip_prefix("roles/") {
        Some(name) => (1..=128).contains(&name.len()) && name.bytes().all(is_role_byte),
        None => CustomRoleName::parse_canonical(text).is_ok(),
    }
}

impl RoleName {
    /// The custom role that is meant; `None` for a predefined one.
    pub fn custom(&self) -> Option<CustomRoleName> {
        CustomRoleName::parse_canonical(self.as_str()).ok()
    }
}

/// Where custom roles live: in a project or in an organization.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum RoleHome<P = ProjectId> {
    /// An organization: its roles can be bound anywhere in it.
    Organization(OrganizationId),
    /// A project: its roles can be bound in it.
    Project(P),
}

impl RoleHome<ProjectRef> {
    /// Parses `projects/P` or `organizations/O`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        match text.split_once('/') {
            Some(("organizations", organization)) => {
                OrganizationId::parse(organization).map(Self::Organization)
            }
            Some(("projects", project)) => ProjectRef::parse(project).map(Self::Project),
            _ => {
                Err(NameError::new("parent of roles", text, "projects/PROJECT or organizations/ORGANIZATION"))
            }
        }
    }
}

impl<P: fmt::Display> fmt::Display for RoleHome<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization(organization) => write!(formatter, "organizations/{organization}"),
            Self::Project(project) => write!(formatter, "projects/{project}"),
        }
    }
}

/// A custom role: `projects/P/roles/ID` or `organizations/O/roles/ID`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct CustomRoleName<P = ProjectId> {
    /// Where it lives.
    pub home: RoleHome<P>,
    /// Its short ID.
    pub role: RoleId,
}

impl CustomRoleName<ProjectRef> {
    /// Parses the full name as a caller wrote it.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let error = || {
            NameError::new(
                "custom role",
                text,
                "projects/PROJECT/roles/ID or organizations/ORGANIZATION/roles/ID",
            )
        };
        let (home, role) = text.rsplit_once("/roles/").ok_or_else(error)?;
        Ok(Self { home: RoleHome::parse(home).map_err(|_| error())?, role: RoleId::parse(role)? })
    }
}

impl CustomRoleName {
    /// Parses a canonical name: the project by ID.
    pub fn parse_canonical(text: &str) -> Result<Self, NameError> {
        let CustomRoleName { home, role } = CustomRoleName::<ProjectRef>::parse(text)?;
        let home = match home {
            RoleHome::Organization(organization) => RoleHome::Organization(organization),
            RoleHome::Project(ProjectRef::Id(project)) => RoleHome::Project(project),
            RoleHome::Project(_) => return Err(NameError::new("custom role", text, "the project by its ID")),
        };
        Ok(Self { home, role })
    }

    /// The role as a binding names it.
    pub fn role_name(&self) -> RoleName {
        RoleName::parse(&self.to_string()).expect("a custom role has the name of a role")
    }
}

impl<P: fmt::Display> fmt::Display for CustomRoleName<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/roles/{}", self.home, self.role)
    }
}

canonical_serde!(CustomRoleName);
