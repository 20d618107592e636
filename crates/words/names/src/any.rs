//! Any resource that a policy or an audit entry can be about.

use std::fmt;

use crate::{
    AccountName, CustomRoleName, DomainMappingName, FolderId, FunctionName, JobName, NameError,
    OrganizationId, ProjectId, RoleHome, ServiceName,
};

/// The canonical name of a resource, whatever its kind.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ResourceName {
    /// A domain of one's own that leads to a Cloud Run service.
    DomainMapping(DomainMappingName),
    /// A folder.
    Folder(FolderId),
    /// A function.
    Function(FunctionName),
    /// A Cloud Scheduler job.
    Job(JobName),
    /// An organization.
    Organization(OrganizationId),
    /// A project, by ID.
    Project(ProjectId),
    /// A custom role.
    Role(CustomRoleName),
    /// A service account.
    ServiceAccount(AccountName),
    /// A Cloud Run service.
    Service(ServiceName),
}

impl ResourceName {
    /// Parses a canonical name of any kind.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let error = || {
            NameError::new(
                "resource name",
                text,
                "the canonical name of a project, folder, organization, custom role, service account, service, function, domain mapping or job",
            )
        };
        match *text.splitn(5, '/').collect::<Vec<_>>().as_slice() {
            ["folders", folder] => FolderId::parse(folder).map(Self::Folder),
            ["organizations", organization] => OrganizationId::parse(organization).map(Self::Organization),
            ["organizations" | "projects", _, "roles", _] => {
                CustomRoleName::parse_canonical(text).map(Self::Role)
            }
            ["projects", project] => ProjectId::parse(project).map(Self::Project),
            ["projects", _, "serviceAccounts", _] => {
                AccountName::parse_canonical(text).map(Self::ServiceAccount)
            }
            ["projects", _, "locations", _, rest] if rest.starts_with("services/") => {
                ServiceName::parse_canonical(text).map(Self::Service)
            }
            ["projects", _, "locations", _, rest] if rest.starts_with("functions/") => {
                FunctionName::parse_canonical(text).map(Self::Function)
            }
            ["projects", _, "locations", _, rest] if rest.starts_with("jobs/") => {
                JobName::parse_canonical(text).map(Self::Job)
            }
            ["projects", _, "locations", _, rest] if rest.starts_with("domainmappings/") => {
                DomainMappingName::parse_canonical(text).map(Self::DomainMapping)
            }
            _ => Err(error()),
        }
    }

    /// The project it lives in (a project lives in itself).
    pub fn project(&self) -> Option<&ProjectId> {
        match self {
            Self::DomainMapping(name) => Some(&name.project),
            Self::Folder(_) | Self::Organization(_) => None,
            Self::Function(name) => Some(&name.project),
            Self::Job(name) => Some(&name.project),
            Self::Project(project) => Some(project),
            Self::Role(name) => match &name.home {
                RoleHome::Organization(_) => None,
                RoleHome::Project(project) => Some(project),
            },
            Self::Service(name) => Some(&name.project),
            Self::ServiceAccount(name) => Some(&name.project),
        }
    }

    /// What it would live in, as far as its name says: `None` for projects, folders and organizations.
    pub fn home(&self) -> Option<Self> {
        match self {
            Self::Folder(_) | Self::Organization(_) | Self::Project(_) => None,
            Self::Role(CustomRoleName { home: RoleHome::Organization(organization), .. }) => {
                Some(Self::Organization(organization.clone()))
            }
            Self::DomainMapping(_)
            | Self::Function(_)
            | Self::Job(_)
            | Self::Role(_)
            | Self::Service(_)
            | Self::ServiceAccount(_) => self.project().cloned().map(Self::Project),
        }
    }

    /// The kind, as in audit entries and in the resource index: `project`, `serviceAccount`, `service`, `job`, …
    pub fn kind(&self) -> &'static str {
        match self {
            Self::DomainMapping(_) => "domainMapping",
            Self::Folder(_) => "folder",
            Self::Function(_) => "function",
            Self::Job(_) => "job",
            Self::Organization(_) => "organization",
            Self::Project(_) => "project",
            Self::Role(_) => "role",
            Self::Service(_) => "service",
            Self::ServiceAccount(_) => "serviceAccount",
        }
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DomainMapping(name) => name.fmt(formatter),
            Self::Folder(folder) => write!(formatter, "folders/{folder}"),
            Self::Function(name) => name.fmt(formatter),
            Self::Job(name) => name.fmt(formatter),
            Self::Organization(organization) => write!(formatter, "organizations/{organization}"),
            Self::Project(project) => write!(formatter, "projects/{project}"),
            Self::Role(name) => name.fmt(formatter),
            Self::Service(name) => name.fmt(formatter),
            Self::ServiceAccount(name) => name.fmt(formatter),
        }
    }
}

impl TryFrom<String> for ResourceName {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<ResourceName> for String {
    fn from(name: ResourceName) -> String {
        name.to_string()
    }
}

/// A name of one kind goes into any, and comes out again where the kind is right.
macro_rules! kinds {
    ($($variant:ident($name:ty);)*) => {
        $(
            impl From<$name> for ResourceName {
                fn from(name: $name) -> Self {
                    Self::$variant(name)
                }
            }

            impl TryFrom<&ResourceName> for $name {
                type Error = NameError;
                fn try_from(any: &ResourceName) -> Result<Self, NameError> {
                    match any {
                        ResourceName::$variant(name) => Ok(name.clone()),
                        other => Err(NameError::new("resource name", &other.to_string(), concat!("the name of a ", stringify!($variant)))),
                    }
                }
            }
        )*
    };
}

kinds! {
    DomainMapping(DomainMappingName);
    Folder(FolderId);
    Function(FunctionName);
    Job(JobName);
    Organization(OrganizationId);
    Project(ProjectId);
    Role(CustomRoleName);
    Service(ServiceName);
    ServiceAccount(AccountName);
}

impl From<RoleHome> for ResourceName {
    fn from(home: RoleHome) -> Self {
        match home {
            RoleHome::Organization(organization) => Self::Organization(organization),
            RoleHome::Project(project) => Self::Project(project),
        }
    }
}

impl TryFrom<&ResourceName> for RoleHome {
    type Error = NameError;
    fn try_from(any: &ResourceName) -> Result<Self, NameError> {
        match any {
            ResourceName::Organization(organization) => Ok(Self::Organization(organization.clone())),
            ResourceName::Project(project) => Ok(Self::Project(project.clone())),
            other => Err(NameError::new(
                "resource name",
                &other.to_string(),
                "the name of a project or an organization",
            )),
        }
    }
}
