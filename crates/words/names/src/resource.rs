//! Resource names of several segments.
//!
//! A name is generic over how its project is given: `JobName` (a [`ProjectId`]) is canonical, `JobName<ProjectRef>`
//! is what a caller wrote. `within` turns the second into the first once the project is known.

use std::fmt;

use crate::{
    AccountId, Email, FunctionId, HostName, JobId, KeyId, Location, NameError, OperationId, ProjectId,
    ProjectRef, RevisionId, ServiceId, UniqueId, Universe,
};

/// Declares `projects/P/locations/L/COLLECTION/ID`.
macro_rules! located_name {
    ($(#[$doc:meta])* $name:ident, $collection:literal, $field:ident: $id:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $name<P = ProjectId> {
            /// The project it lives in.
            pub project: P,
            /// The region it lives in.
            pub location: Location,
            /// Its short ID.
            pub $field: $id,
        }

        impl $name<ProjectRef> {
            /// Parses the full name as a caller wrote it.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                const EXPECTED: &str = concat!("projects/PROJECT/locations/LOCATION/", $collection, "/ID");
                let error = || NameError::new($what, text, EXPECTED);
                // From behind: a project or a region may be called like the collection, an ID has no slash.
                let (parent, id) = text.rsplit_once(concat!("/", $collection, "/")).ok_or_else(error)?;
                let ParentName { project, location } = ParentName::<ProjectRef>::parse(parent).map_err(|_| error())?;
                Ok(Self { project, location, $field: $id::parse(id)? })
            }

            /// The canonical name, in this project.
            pub fn within(&self, project: &ProjectId) -> $name {
                $name { project: project.clone(), location: self.location.clone(), $field: self.$field.clone() }
            }
        }

        impl $name {
            /// Parses a canonical name: the project by ID.
            pub fn parse_canonical(text: &str) -> Result<Self, NameError> {
                let addressed = $name::<ProjectRef>::parse(text)?;
                match &addressed.project {
                    ProjectRef::Id(project) => Ok(addressed.within(project)),
                    _ => Err(NameError::new($what, text, "the project by its ID")),
                }
            }
        }

        impl<P: fmt::Display> fmt::Display for $name<P> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!("projects/{}/locations/{}/", $collection, "/{}"), self.project, self.location, self.$field)
            }
        }

        canonical_serde!($name);
    };
}

/// Canonical names are stored as their text.
macro_rules! canonical_serde {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse_canonical(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use canonical_serde;

located_name!(
    /// A Cloud Run service.
    ServiceName, "services", service: ServiceId, "service name"
);
located_name!(
    /// A domain of one's own that leads to a Cloud Run service.
    DomainMappingName, "domainmappings", domain: HostName, "domain mapping name"
);
located_name!(
    /// A function.
    FunctionName, "functions", function: FunctionId, "function name"
);
located_name!(
    /// A Cloud Scheduler job.
    JobName, "jobs", job: JobId, "job name"
);
located_name!(
    /// A long-running operation of a regional API.
    OperationName, "operations", operation: OperationId, "operation name"
);

/// A revision of a Cloud Run service: `projects/P/locations/L/services/S/revisions/R`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct RevisionName<P = ProjectId> {
    /// Whose revision.
    pub service: ServiceName<P>,
    /// Which one.
    pub revision: RevisionId,
}

impl RevisionName<ProjectRef> {
    /// Parses the full name as a caller wrote it.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        const EXPECTED: &str = "projects/PROJECT/locations/LOCATION/services/SERVICE/revisions/REVISION";
        let (service, revision) =
            text.rsplit_once("/revisions/").ok_or_else(|| NameError::new("revision name", text, EXPECTED))?;
        Ok(Self {
            service: ServiceName::<ProjectRef>::parse(service)?,
            revision: RevisionId::parse(revision)?,
        })
    }

    /// The canonical name, in this project.
    pub fn within(&self, project: &ProjectId) -> RevisionName {
        RevisionName { service: self.service.within(project), revision: self.revision.clone() }
    }
}

impl RevisionName {
    /// Parses a canonical name: the project by ID.
    pub fn parse_canonical(text: &str) -> Result<Self, NameError> {
        let addressed = RevisionName::<ProjectRef>::parse(text)?;
        match &addressed.service.project {
            ProjectRef::Id(project) => Ok(addressed.within(project)),
            _ => Err(NameError::new("revision name", text, "the project by its ID")),
        }
    }
}

impl<P: fmt::Display> fmt::Display for RevisionName<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/revisions/{}", self.service, self.revision)
    }
}

canonical_serde!(RevisionName);

/// `projects/P/locations/L`: where regional resources are created and listed.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ParentName<P = ProjectId> {
    /// The project.
    pub project: P,
    /// The region.
    pub location: Location,
}

impl ParentName<ProjectRef> {
    /// Parses `projects/P/locations/L`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let error = || NameError::new("parent", text, "projects/PROJECT/locations/LOCATION");
        let (project, location) = text
            .strip_prefix("projects/")
            .and_then(|rest| rest.split_once("/locations/"))
            .ok_or_else(error)?;
        Ok(Self { project: ProjectRef::parse(project)?, location: Location::parse(location)? })
    }

    /// The canonical parent, in this project.
    pub fn within(&self, project: &ProjectId) -> ParentName {
        ParentName { project: project.clone(), location: self.location.clone() }
    }
}

impl<P: fmt::Display> fmt::Display for ParentName<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "projects/{}/locations/{}", self.project, self.location)
    }
}

/// A service account: `projects/P/serviceAccounts/EMAIL`, the canonical form.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct AccountName {
    /// The project that owns it.
    pub project: ProjectId,
    /// Its e-mail.
    pub email: Email,
}

impl AccountName {
    /// The account with this short ID, in this project and universe.
    pub fn of(universe: &Universe, project: &ProjectId, account: &AccountId) -> Self {
        Self { project: project.clone(), email: universe.account_email(project, account) }
    }

    /// Parses the canonical form.
    pub fn parse_canonical(text: &str) -> Result<Self, NameError> {
        match AddressedAccountName::parse(text)? {
            AddressedAccountName { project: ProjectRef::Id(project), account: AccountRef::Email(email) } => {
                Ok(Self { project, email })
            }
            _ => {
                Err(NameError::new("service account name", text, "projects/PROJECT_ID/serviceAccounts/EMAIL"))
            }
        }
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "projects/{}/serviceAccounts/{}", self.project, self.email)
    }
}

canonical_serde!(AccountName);

/// A service account as a caller addresses it: by e-mail or unique ID, in a project or in `-`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AddressedAccountName {
    /// The project, or `-`.
    pub project: ProjectRef,
    /// Which account.
    pub account: AccountRef,
}

/// How an account is picked out.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum AccountRef {
    /// By e-mail.
    Email(Email),
    /// By unique ID.
    UniqueId(UniqueId),
}

impl AccountRef {
    /// Parses an e-mail or a unique ID.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            UniqueId::parse(text).map(Self::UniqueId)
        } else {
            Email::parse_folded(text).map(Self::Email)
        }
    }
}

impl fmt::Display for AccountRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(email) => email.fmt(formatter),
            Self::UniqueId(id) => id.fmt(formatter),
        }
    }
}

impl AddressedAccountName {
    /// Parses `projects/{P|-}/serviceAccounts/{EMAIL|UNIQUE_ID}`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let error = || NameError::new("service account name", text, "projects/PROJECT/serviceAccounts/EMAIL");
        let (project, account) = text
            .strip_prefix("projects/")
            .and_then(|rest| rest.split_once("/serviceAccounts/"))
            .ok_or_else(error)?;
        Ok(Self { project: ProjectRef::parse(project)?, account: AccountRef::parse(account)? })
    }
}

impl fmt::Display for AddressedAccountName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "projects/{}/serviceAccounts/{}", self.project, self.account)
    }
}

/// A service account's key, canonical.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct KeyName {
    /// Whose key.
    pub account: AccountName,
    /// Which key.
    pub key: KeyId,
}

impl fmt::Display for KeyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/keys/{}", self.account, self.key)
    }
}

/// A key as a caller addresses it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AddressedKeyName {
    /// Whose key.
    pub account: AddressedAccountName,
    /// Which key.
    pub key: KeyId,
}

impl AddressedKeyName {
    /// Parses `projects/{P|-}/serviceAccounts/{EMAIL|UNIQUE_ID}/keys/KEY`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let error = || NameError::new("key name", text, "projects/PROJECT/serviceAccounts/EMAIL/keys/KEY");
        let (account, key) = text.rsplit_once("/keys/").ok_or_else(error)?;
        Ok(Self { account: AddressedAccountName::parse(account)?, key: KeyId::parse(key)? })
    }
}
