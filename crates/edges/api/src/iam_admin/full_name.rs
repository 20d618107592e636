//! Full resource names: `//SERVICE/NAME`, as queries about what can be granted take them.

use iam::PolicyKind;
use names::{AddressedAccountName, OrganizationId, ProjectRef, ServiceName};
use problem::Problem;

use crate::refusal::invalid;

/// What a full resource name means, of the kinds that have a policy. Whether it exists is not asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct FullName {
    pub kind: PolicyKind,
    /// The project it lives in, as the caller wrote it.
    pub project: Option<ProjectRef>,
    /// Which one.
    pub resource: Addressed,
}

/// A resource that has a policy, as a caller addresses it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Addressed {
    Account(AddressedAccountName),
    Organization(OrganizationId),
    Project(ProjectRef),
    Service(ServiceName<ProjectRef>),
}

impl FullName {
    /// Parses `//cloudresourcemanager.googleapis.com/projects/P` and its like. Which API's host stands there makes no
    /// difference.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let unknown = || {
            invalid(
                "full_resource_name",
                "it names no project, organization, service or service account, such as //cloudresourcemanager.googleapis.com/projects/PROJECT",
            )
        };
        let (_, name) = text.strip_prefix("//").and_then(|rest| rest.split_once('/')).ok_or_else(unknown)?;
        if let Ok(account) = AddressedAccountName::parse(name) {
            let project = Some(account.project.clone());
            return Ok(Self { kind: PolicyKind::Account, project, resource: Addressed::Account(account) });
        }
        if let Ok(service) = ServiceName::<ProjectRef>::parse(name) {
            let project = Some(service.project.clone());
            return Ok(Self { kind: PolicyKind::Service, project, resource: Addressed::Service(service) });
        }
        match name.split_once('/') {
            Some(("organizations", organization)) => {
                let organization = OrganizationId::parse(organization).map_err(|_| unknown())?;
                let resource = Addressed::Organization(organization);
                Ok(Self { kind: PolicyKind::Organization, project: None, resource })
            }
            Some(("projects", project)) => {
                let project = ProjectRef::parse(project).map_err(|_| unknown())?;
                let resource = Addressed::Project(project.clone());
                Ok(Self { kind: PolicyKind::Project, project: Some(project), resource })
            }
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_names_of_every_kind_are_understood() {
        for (text, kind) in [
            ("//cloudresourcemanager.googleapis.com/projects/demo", PolicyKind::Project),
            ("//cloudresourcemanager.googleapis.com/projects/42", PolicyKind::Project),
            ("//cloudresourcemanager.googleapis.com/organizations/1", PolicyKind::Organization),
            (
                "//iam.googleapis.com/projects/demo/serviceAccounts/a@demo.iam.gserviceaccount.com",
                PolicyKind::Account,
            ),
            ("//run.googleapis.com/projects/demo/locations/us-central1/services/hello", PolicyKind::Service),
        ] {
            assert_eq!(FullName::parse(text).map(|name| name.kind), Ok(kind), "{text}");
        }
        for text in
            ["", "projects/demo", "//", "//x", "//x/", "//x/projects/", "//x/things/1", "//x/projects/a/b"]
        {
            assert!(FullName::parse(text).is_err(), "{text}");
        }
    }
}
