//! Words of deny policies: where they are attached, what they are called, whom and what they name (`google.iam.v2`).

use std::fmt;
use std::sync::Arc;

use crate::{
    Email, FolderId, NameError, OperationId, OrganizationId, Pool, Principal, ProjectId, ProjectRef,
    ResourceName,
};

/// A resource that deny policies can be attached to.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum AttachmentPoint<P = ProjectId> {
    /// A folder.
    Folder(FolderId),
    /// An organization.
    Organization(OrganizationId),
    /// A project.
    Project(P),
}

impl AttachmentPoint<ProjectRef> {
    /// Parses `cloudresourcemanager.googleapis.com/{organizations|folders|projects}/ID`, with `/` written `%2F` or as it is.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let error = || NameError::new("attachment point", text, ATTACHMENT);
        let plain = text.replace("%2F", "/").replace("%2f", "/");
        let relative = plain.strip_prefix(HOST).and_then(|rest| rest.strip_prefix('/')).ok_or_else(error)?;
        match relative.split_once('/').ok_or_else(error)? {
            ("folders", folder) => FolderId::parse(folder).map(Self::Folder),
            ("organizations", organization) => OrganizationId::parse(organization).map(Self::Organization),
            ("projects", "-") => Err(error()),
            ("projects", project) => ProjectRef::parse(project).map(Self::Project),
            _ => Err(error()),
        }
    }
}

impl AttachmentPoint {
    /// As callers write it, but in full and with its slashes.
    pub fn full_name(&self) -> String {
        format!("{HOST}/{}", ResourceName::from(self.clone()))
    }
}

impl From<AttachmentPoint> for ResourceName {
    fn from(point: AttachmentPoint) -> Self {
        match point {
            AttachmentPoint::Folder(folder) => Self::Folder(folder),
            AttachmentPoint::Organization(organization) => Self::Organization(organization),
            AttachmentPoint::Project(project) => Self::Project(project),
        }
    }
}

impl TryFrom<&ResourceName> for AttachmentPoint {
    type Error = NameError;
    fn try_from(any: &ResourceName) -> Result<Self, NameError> {
        match any {
            ResourceName::Folder(folder) => Ok(Self::Folder(folder.clone())),
            ResourceName::Organization(organization) => Ok(Self::Organization(organization.clone())),
            ResourceName::Project(project) => Ok(Self::Project(project.clone())),
            other => Err(NameError::new("attachment point", &other.to_string(), ATTACHMENT)),
        }
    }
}

crate::text::text_name!(
    /// The ID of a deny policy: 3 to 63 characters, lower-case letters, digits, `-` and `.`, a letter first
    /// (`google.iam.v2.CreatePolicyRequest.policy_id`).
    DenyPolicyId, "deny policy ID", "3 to 63 lower-case letters, digits, hyphens and periods, starting with a letter",
    |text| (3..=63).contains(&text.len())
        && text.as_bytes()[0].is_ascii_lowercase()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.')
);

/// `policies/{attachment point}/denypolicies`: where deny policies are made and listed, as a caller wrote it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DenyPolicyParent {
    /// What they are attached to.
    pub attached_to: AttachmentPoint<ProjectRef>,
}

impl DenyPolicyParent {
    /// Parses the parent.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let error = || NameError::new("parent", text, "policies/ATTACHMENT_POINT/denypolicies");
        let point = text.strip_prefix("policies/").and_then(|rest| rest.strip_suffix("/denypolicies"));
        Ok(Self { attached_to: AttachmentPoint::parse(point.ok_or_else(error)?)? })
    }
}

/// A deny policy.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct DenyPolicyName<P = ProjectId> {
    /// What it is attached to.
    pub attached_to: AttachmentPoint<P>,
    /// Its ID there.
    pub policy: DenyPolicyId,
}

impl DenyPolicyName<ProjectRef> {
    /// Parses `policies/{attachment point}/denypolicies/{policy}`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let error =
            || NameError::new("deny policy name", text, "policies/ATTACHMENT_POINT/denypolicies/POLICY");
        let (point, policy) = text
            .strip_prefix("policies/")
            .and_then(|rest| rest.rsplit_once("/denypolicies/"))
            .ok_or_else(error)?;
        Ok(Self { attached_to: AttachmentPoint::parse(point)?, policy: DenyPolicyId::parse(policy)? })
    }
}

impl DenyPolicyName {
    /// How the names of all policies on a resource begin.
    pub fn prefix(attached_to: &AttachmentPoint) -> String {
        format!("policies/{}/denypolicies/", attached_to.full_name().replace('/', "%2F"))
    }
}

/// The attachment point is one segment: its slashes are written `%2F`.
impl fmt::Display for DenyPolicyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", Self::prefix(&self.attached_to), self.policy)
    }
}

impl serde::Serialize for DenyPolicyName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for DenyPolicyName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let addressed = DenyPolicyName::parse(&text).map_err(serde::de::Error::custom)?;
        let attached_to = match addressed.attached_to {
            AttachmentPoint::Folder(folder) => AttachmentPoint::Folder(folder),
            AttachmentPoint::Organization(organization) => AttachmentPoint::Organization(organization),
            AttachmentPoint::Project(ProjectRef::Id(project)) => AttachmentPoint::Project(project),
            AttachmentPoint::Project(_) => {
                return Err(serde::de::Error::custom("a project is stored by its ID"));
            }
        };
        Ok(Self { attached_to, policy: addressed.policy })
    }
}

/// An operation on a deny policy: `policies/{attachment point}/denypolicies/{policy}/operations/{operation}`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct DenyOperationName<P = ProjectId> {
    /// Which policy.
    pub policy: DenyPolicyName<P>,
    /// Which operation on it.
    pub operation: OperationId,
}

impl DenyOperationName<ProjectRef> {
    /// Parses the full name as a caller wrote it.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        const EXPECTED: &str = "policies/ATTACHMENT_POINT/denypolicies/POLICY/operations/OPERATION";
        let (policy, operation) = text
            .rsplit_once("/operations/")
            .ok_or_else(|| NameError::new("operation name", text, EXPECTED))?;
        Ok(Self { policy: DenyPolicyName::parse(policy)?, operation: OperationId::parse(operation)? })
    }
}

impl fmt::Display for DenyOperationName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/operations/{}", self.policy, self.operation)
    }
}

/// A principal, or a set of them, in the form of deny policies (`google.iam.v2.DenyRule.denied_principals`).
#[derive(Clone, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum PrincipalIdentifier {
    /// `principalSet://goog/public:all`: everybody, signed in or not.
    All,
    /// `deleted:…?uid=…`: somebody who is gone.
    Deleted(Box<str>),
    /// Somebody, or some, of a pool of another issuer's identities.
    Federated {
        /// Which pool.
        pool: Pool,
        /// Who: `subject/V`, `group/G`, `attribute.NAME/V` or `*`.
        selector: Box<str>,
    },
    /// `principalSet://goog/group/EMAIL`.
    Group(Email),
    /// `principal://goog/subject/EMAIL`.
    Person(Email),
    /// `principal://iam.googleapis.com/projects/-/serviceAccounts/EMAIL`.
    ServiceAccount(Email),
}

impl PrincipalIdentifier {
    /// Parses one of the forms above.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let error = || NameError::new("principal", text, IDENTIFIER);
        if let Some(gone) = text.strip_prefix("deleted:") {
            let (living, uid) = gone.split_once("?uid=").ok_or_else(error)?;
            let digits = (1..=21).contains(&uid.len()) && uid.bytes().all(|byte| byte.is_ascii_digit());
            return match Self::parse(living)? {
                Self::Group(_) | Self::Person(_) | Self::ServiceAccount(_) if digits => {
                    Ok(Self::Deleted(gone.into()))
                }
                _ => Err(error()),
            };
        }
        if text == "principalSet://goog/public:all" {
            return Ok(Self::All);
        }
        for (prefix, of) in EMAILS {
            if let Some(email) = text.strip_prefix(prefix) {
                return Email::parse_folded(email).map(of);
            }
        }
        match crate::Member::parse(text) {
            Ok(crate::Member::Federated { pool, selector }) => Ok(Self::Federated { pool, selector }),
            _ => Err(error()),
        }
    }
}

impl PrincipalIdentifier {
    /// How rules name one principal; `None` for whom no rule can name.
    pub fn of(principal: &Principal) -> Option<Self> {
        match principal {
            Principal::Anonymous | Principal::System(_) => None,
            Principal::Federated { pool, subject } => {
                Some(Self::Federated { pool: pool.clone(), selector: format!("subject/{subject}").into() })
            }
            Principal::Person { email, .. } => Some(Self::Person(email.clone())),
            Principal::ServiceAccount { email, .. } => Some(Self::ServiceAccount(email.clone())),
        }
    }
}

impl fmt::Display for PrincipalIdentifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => formatter.write_str("principalSet://goog/public:all"),
            Self::Deleted(gone) => write!(formatter, "deleted:{gone}"),
            Self::Federated { pool, selector } => {
                crate::Member::Federated { pool: pool.clone(), selector: selector.clone() }.fmt(formatter)
            }
            Self::Group(email) => write!(formatter, "{}{email}", EMAILS[0].0),
            Self::Person(email) => write!(formatter, "{}{email}", EMAILS[1].0),
            Self::ServiceAccount(email) => write!(formatter, "{}{email}", EMAILS[2].0),
        }
    }
}

impl TryFrom<String> for PrincipalIdentifier {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<PrincipalIdentifier> for String {
    fn from(identifier: PrincipalIdentifier) -> String {
        identifier.to_string()
    }
}

/// Permissions in the form of deny policies: `run.googleapis.com/routes.invoke`, or a group of them with `*` for the
/// resource, the verb or both.
#[derive(Clone, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct DenyPermission {
    text: Box<str>,
    /// `run.`: how names of the product's permissions begin in roles.
    product: Box<str>,
}

impl DenyPermission {
    /// Parses `SERVICE/RESOURCE.VERB`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let error = || NameError::new("permission", text, PERMISSION);
        let (host, rest) = text.split_once('/').ok_or_else(error)?;
        let (resource, verb) = rest.rsplit_once('.').ok_or_else(error)?;
        let name = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let fits = text.len() <= 200
            && (resource == "*" || resource.split('.').all(name))
            && (verb == "*" || name(verb));
        let host = crate::HostName::parse(host).map_err(|_| error())?;
        let product = host.as_str().split('.').next().unwrap_or_default();
        if !fits || !host.as_str().contains('.') {
            return Err(error());
        }
        // The one API whose permissions do not begin with the first label of its host.
        let product = if product == "cloudresourcemanager" { "resourcemanager" } else { product };
        Ok(Self { text: text.into(), product: format!("{product}.").into() })
    }

    /// How names of the product's permissions begin in roles: `run.`.
    pub fn product(&self) -> &str {
        &self.product
    }

    /// Whether a permission, as roles name it (`run.routes.invoke`), is meant.
    pub fn includes(&self, permission: &str) -> bool {
        let (host, pattern) = self.text.split_once('/').unwrap_or_default();
        // A few names have the host in roles too: `iam.googleapis.com/workforcePools.get`.
        let with_host =
            permission.split_once('/').filter(|(found, _)| *found == host).map(|(_, asked)| asked);
        let Some(asked) = with_host.or_else(|| permission.strip_prefix(&*self.product)) else { return false };
        match (pattern.rsplit_once('.'), asked.rsplit_once('.')) {
            (Some((resource, verb)), Some((asked_resource, asked_verb))) => {
                (resource == "*" || resource == asked_resource) && (verb == "*" || verb == asked_verb)
            }
            _ => false,
        }
    }
}

impl fmt::Display for DenyPermission {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl TryFrom<String> for DenyPermission {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<DenyPermission> for String {
    fn from(permission: DenyPermission) -> String {
        permission.text.into()
    }
}

const HOST: &str = "cloudresourcemanager.googleapis.com";
const ATTACHMENT: &str = "cloudresourcemanager.googleapis.com%2F and then organizations%2FNUMBER, folders%2FNUMBER or projects%2FPROJECT";
const PERMISSION: &str = "SERVICE/RESOURCE.VERB, such as run.googleapis.com/routes.invoke";
const IDENTIFIER: &str = "principalSet://goog/public:all, principal://goog/subject/EMAIL, principalSet://goog/group/EMAIL, principal://iam.googleapis.com/projects/-/serviceAccounts/EMAIL, or a principal of a pool";
type OfEmail = fn(Email) -> PrincipalIdentifier;
const EMAILS: [(&str, OfEmail); 3] = [
    ("principalSet://goog/group/", PrincipalIdentifier::Group),
    ("principal://goog/subject/", PrincipalIdentifier::Person),
    ("principal://iam.googleapis.com/projects/-/serviceAccounts/", PrincipalIdentifier::ServiceAccount),
];
