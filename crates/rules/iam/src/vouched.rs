//! What a pool vouches for besides the subject: groups and attributes of a federated identity (facts §4.4).

use names::{Member, Pool, Principal, ProjectId};

/// Groups and attributes of a federated principal, as its pool mapped them. Empty for everybody else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Vouched<'a> {
    /// `google.groups`: the groups, in the issuer's words.
    pub groups: &'a [&'a str],
    /// `attribute.NAME`: each name and value; a name may have several.
    pub attributes: &'a [(&'a str, &'a str)],
}

impl Vouched<'_> {
    /// Nothing besides the subject.
    pub const NOTHING: Self = Self { groups: &[], attributes: &[] };

    /// Whether a selector of this pool means the principal.
    pub(crate) fn selects(&self, principal: &Principal, pool: &Pool, selector: &str) -> bool {
        let Principal::Federated { pool: own, subject } = principal else { return false };
        own == pool && self.has(subject, selector)
    }

    fn has(&self, subject: &str, selector: &str) -> bool {
        if selector == "*" {
            return true;
        }
        if let Some(named) = selector.strip_prefix("subject/") {
            return named == subject;
        }
        if let Some(group) = selector.strip_prefix("group/") {
            return self.groups.contains(&group);
        }
        let attribute = selector.strip_prefix("attribute.").and_then(|rest| rest.split_once('/'));
        attribute.is_some_and(|attribute| self.attributes.contains(&attribute))
    }
}

/// Whether a principal is the account of a Kubernetes cluster: its pool is `PROJECT.svc.id.goog` and its subject
/// `ns/NAMESPACE/sa/ACCOUNT` (Google, "Principal identifiers", Google Kubernetes Engine).
pub(crate) fn is_kubernetes(
    principal: &Principal,
    project: &ProjectId,
    namespace: &str,
    account: &str,
) -> bool {
    let Principal::Federated { pool: Pool::Workload(_, pool), subject } = principal else { return false };
    pool.strip_suffix(".svc.id.goog") == Some(project.as_str())
        && **subject == *format!("ns/{namespace}/sa/{account}")
}

/// Whether a member of a policy names the principal through its pool.
pub(crate) fn names(vouched: &Vouched<'_>, principal: &Principal, member: &Member) -> bool {
    match member {
        Member::Federated { pool, selector } => vouched.selects(principal, pool, selector),
        Member::Kubernetes { project, namespace, account } => {
            is_kubernetes(principal, project, namespace, account)
        }
        Member::AllAuthenticatedUsers
        | Member::AllUsers
        | Member::Deleted { .. }
        | Member::Domain(_)
        | Member::Group(_)
        | Member::ProjectEditor(_)
        | Member::ProjectOwner(_)
        | Member::ProjectViewer(_)
        | Member::ServiceAccount(_)
        | Member::User(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use names::ProjectNumber;

    use super::*;

    fn of(number: &str, pool: &str, subject: &str) -> Principal {
        let number = ProjectNumber::parse(number).unwrap();
        Principal::Federated { pool: Pool::Workload(number, pool.into()), subject: subject.into() }
    }

    const VOUCHED: Vouched<'_> =
        Vouched { groups: &["team", "a/b"], attributes: &[("branch", "main"), ("branch", "dev")] };
    const POOL: &str = "iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/github";

    #[test]
    fn a_pool_names_by_subject_group_attribute_or_all_at_once() {
        let robot = of("42", "github", "repo:x");
        for (member, expected) in [
            (format!("principal://{POOL}/subject/repo:x"), true),
            (format!("principal://{POOL}/subject/repo:y"), false),
            (format!("principalSet://{POOL}/group/team"), true),
            (format!("principalSet://{POOL}/group/a/b"), true),
            (format!("principalSet://{POOL}/group/tea"), false),
            (format!("principalSet://{POOL}/attribute.branch/dev"), true),
            (format!("principalSet://{POOL}/attribute.branch/de"), false),
            (format!("principalSet://{POOL}/attribute.branches/main"), false),
            (format!("principalSet://{POOL}/*"), true),
            (format!("principalSet://{}/*", POOL.replace("github", "gitlab")), false),
            (format!("principalSet://{}/*", POOL.replace("42", "43")), false),
            ("principalSet://iam.googleapis.com/locations/global/workforcePools/github/*".into(), false),
            ("allAuthenticatedUsers".into(), false),
            ("user:repo@example.com".into(), false),
        ] {
            let parsed = Member::parse(&member).unwrap();
            assert_eq!(names(&VOUCHED, &robot, &parsed), expected, "{member}");
        }
        let all = Member::parse(&format!("principalSet://{POOL}/*")).unwrap();
        assert!(!names(&VOUCHED, &Principal::Anonymous, &all));
    }

    #[test]
    fn an_account_of_a_cluster_is_a_subject_of_its_pool() {
        let member = Member::parse("serviceAccount:demo.svc.id.goog[default/worker]").unwrap();
        let named = |pool, subject| names(&Vouched::NOTHING, &of("42", pool, subject), &member);
        assert!(named("demo.svc.id.goog", "ns/default/sa/worker"));
        assert!(!named("demo.svc.id.goog", "ns/default/sa/other"));
        assert!(!named("other.svc.id.goog", "ns/default/sa/worker"));
        assert!(!named("demo", "ns/default/sa/worker"));
    }
}
