//! Members of policy bindings, in every form that Google's policies know (facts §4.4).

use std::fmt;

use crate::{Email, HostName, NameError, Principal, ProjectId, ProjectNumber};

const EXPECTED: &str = "Policy members must be of the form \"<type>:<value>\".";
const FIELD: &str = "policy member";

/// Whom a binding names. Parsing keeps what was meant, printing gives the canonical spelling.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Member {
    /// `allAuthenticatedUsers`: every person and service account, no federated identity.
    AllAuthenticatedUsers,
    /// `allUsers`: everybody, without a credential too.
    AllUsers,
    /// `deleted:…?uid=N`: a member whose account is gone; it matches nobody.
    Deleted {
        /// The member as it was.
        member: Box<Member>,
        /// Its unique ID, where the form has one.
        uid: Option<Box<str>>,
    },
    /// `domain:example.com`.
    Domain(HostName),
    /// `principal://…` or `principalSet://…` of a workload or workforce pool.
    Federated {
        /// The pool that vouches.
        pool: Pool,
        /// `subject/V`, `group/G`, `attribute.NAME/V` or `*`, as written.
        selector: Box<str>,
    },
    /// `group:team@example.com`.
    Group(Email),
    /// `serviceAccount:PROJECT.svc.id.goog[NAMESPACE/ACCOUNT]`.
    Kubernetes {
        /// The project whose pool it is.
        project: ProjectId,
        /// Kubernetes namespace.
        namespace: Box<str>,
        /// Kubernetes service account.
        account: Box<str>,
    },
    /// `projectEditor:PROJECT`.
    ProjectEditor(ProjectId),
    /// `projectOwner:PROJECT`.
    ProjectOwner(ProjectId),
    /// `projectViewer:PROJECT`.
    ProjectViewer(ProjectId),
    /// `serviceAccount:E`.
    ServiceAccount(Email),
    /// `user:E`.
    User(Email),
}

/// An identity pool that stands behind a federated member.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Pool {
    /// `locations/global/workforcePools/POOL`.
    Workforce(Box<str>),
    /// `projects/NUM/locations/global/workloadIdentityPools/POOL`.
    Workload(ProjectNumber, Box<str>),
}

impl Member {
    /// Parses any member form of facts §4.4; e-mails and domains are folded to lower case.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.len() > 1024 {
            return Err(NameError::new(FIELD, text, "at most 1024 bytes"));
        }
        if let Some(rest) = text.strip_prefix("deleted:") {
            return Self::parse_deleted(rest);
        }
        Self::parse_living(text)
    }

    /// `true` when the member is this very principal: the type and the e-mail. Sets (`allUsers`, groups, domains,
    /// project roles, pools) are for the policy engine, which knows who belongs to them.
    pub fn names(&self, principal: &Principal) -> bool {
        match (self, principal) {
            (Self::User(member), Principal::Person { email, .. })
            | (Self::ServiceAccount(member), Principal::ServiceAccount { email, .. }) => member == email,
            _ => false,
        }
    }

    fn parse_deleted(rest: &str) -> Result<Self, NameError> {
        let (text, uid) = match rest.split_once("?uid=") {
            Some((text, uid)) => (text, Some(uid)),
            None => (rest, None),
        };
        if uid.is_some_and(|uid| {
            uid.is_empty() || uid.len() > 64 || !uid.bytes().all(|byte| byte.is_ascii_alphanumeric())
        }) {
            return Err(NameError::new(FIELD, rest, "a unique ID of letters and digits after ?uid="));
        }
        let member = Self::parse_living(text)?;
        match member {
            Self::User(_) | Self::ServiceAccount(_) | Self::Group(_) if uid.is_some() => {}
            Self::Federated { .. } if uid.is_none() => {}
            _ => {
                return Err(NameError::new(
                    FIELD,
                    rest,
                    "deleted:user:, deleted:serviceAccount: or deleted:group: with ?uid=, or deleted:principal://…",
                ));
            }
        }
        Ok(Self::Deleted { member: Box::new(member), uid: uid.map(Into::into) })
    }

    fn parse_living(text: &str) -> Result<Self, NameError> {
        match text {
            "allUsers" => return Ok(Self::AllUsers),
            "allAuthenticatedUsers" => return Ok(Self::AllAuthenticatedUsers),
            _ => {}
        }
        for scheme in ["principal://", "principalSet://"] {
            if let Some(path) = text.strip_prefix(scheme) {
                return parse_federated(text, path, scheme);
            }
        }
        let error = || NameError::new(FIELD, text, EXPECTED);
        let (kind, value) = text.split_once(':').ok_or_else(error)?;
        match kind {
            "domain" => HostName::parse(&value.to_ascii_lowercase()).map(Self::Domain),
            "group" => Email::parse_folded(value).map(Self::Group),
            "projectEditor" => ProjectId::parse(value).map(Self::ProjectEditor),
            "projectOwner" => ProjectId::parse(value).map(Self::ProjectOwner),
            "projectViewer" => ProjectId::parse(value).map(Self::ProjectViewer),
            "serviceAccount" if value.ends_with(']') => parse_kubernetes(text, value),
            "serviceAccount" => Email::parse_folded(value).map(Self::ServiceAccount),
            "user" => Email::parse_folded(value).map(Self::User),
            _ => Err(error()),
        }
    }
}

fn parse_kubernetes(text: &str, value: &str) -> Result<Member, NameError> {
    let error = || NameError::new(FIELD, text, "serviceAccount:PROJECT.svc.id.goog[NAMESPACE/ACCOUNT]");
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.'
            })
    };
    let inner = value.strip_suffix(']').ok_or_else(error)?;
    let (host, names) = inner.split_once('[').ok_or_else(error)?;
    let project = host.strip_suffix(".svc.id.goog").ok_or_else(error)?;
    let (namespace, account) = names.split_once('/').ok_or_else(error)?;
    if !label(namespace) || !label(account) {
        return Err(error());
    }
    Ok(Member::Kubernetes {
        project: ProjectId::parse(project)?,
        namespace: namespace.into(),
        account: account.into(),
    })
}

fn parse_federated(text: &str, path: &str, scheme: &str) -> Result<Member, NameError> {
    let error = || {
        NameError::new(
            FIELD,
            text,
            "principal://iam.googleapis.com/POOL/subject/V or principalSet://iam.googleapis.com/POOL/{group/G|attribute.NAME/V|*}",
        )
    };
    let name = |part: &str| {
        (1..=63).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let path = path.strip_prefix("iam.googleapis.com/").ok_or_else(error)?;
    let (pool, selector) = if let Some(rest) = path.strip_prefix("locations/global/workforcePools/") {
        let (pool, selector) = rest.split_once('/').ok_or_else(error)?;
        (Pool::Workforce(pool.into()), selector)
    } else {
        let rest = path.strip_prefix("projects/").ok_or_else(error)?;
        let (number, rest) = rest.split_once('/').ok_or_else(error)?;
        let rest = rest.strip_prefix("locations/global/workloadIdentityPools/").ok_or_else(error)?;
        let (pool, selector) = rest.split_once('/').ok_or_else(error)?;
        (Pool::Workload(ProjectNumber::parse(number)?, pool.into()), selector)
    };
    let (Pool::Workforce(id) | Pool::Workload(_, id)) = &pool;
    let subject = selector.strip_prefix("subject/");
    let set = selector == "*"
        || selector.strip_prefix("group/").is_some_and(|group| !group.is_empty())
        || selector
            .strip_prefix("attribute.")
            .and_then(|rest| rest.split_once('/'))
            .is_some_and(|(key, value)| name(key) && !value.is_empty());
    let fits =
        if scheme == "principal://" { subject.is_some_and(|subject| !subject.is_empty()) } else { set };
    if !name(id) || !fits || selector.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(error());
    }
    Ok(Member::Federated { pool, selector: selector.into() })
}

impl fmt::Display for Member {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AllAuthenticatedUsers => formatter.write_str("allAuthenticatedUsers"),
            Self::AllUsers => formatter.write_str("allUsers"),
            Self::Deleted { member, uid: None } => write!(formatter, "deleted:{member}"),
            Self::Deleted { member, uid: Some(uid) } => write!(formatter, "deleted:{member}?uid={uid}"),
            Self::Domain(domain) => write!(formatter, "domain:{domain}"),
            Self::Federated { pool, selector } => {
                let scheme = if selector.starts_with("subject/") { "principal" } else { "principalSet" };
                write!(formatter, "{scheme}://iam.googleapis.com/{pool}/{selector}")
            }
            Self::Group(email) => write!(formatter, "group:{email}"),
            Self::Kubernetes { project, namespace, account } => {
                write!(formatter, "serviceAccount:{project}.svc.id.goog[{namespace}/{account}]")
            }
            Self::ProjectEditor(project) => write!(formatter, "projectEditor:{project}"),
            Self::ProjectOwner(project) => write!(formatter, "projectOwner:{project}"),
            Self::ProjectViewer(project) => write!(formatter, "projectViewer:{project}"),
            Self::ServiceAccount(email) => write!(formatter, "serviceAccount:{email}"),
            Self::User(email) => write!(formatter, "user:{email}"),
        }
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workforce(pool) => write!(formatter, "locations/global/workforcePools/{pool}"),
            Self::Workload(number, pool) => {
                write!(formatter, "projects/{number}/locations/global/workloadIdentityPools/{pool}")
            }
        }
    }
}

impl TryFrom<String> for Member {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<Member> for String {
    fn from(member: Member) -> String {
        member.to_string()
    }
}
