//! `LintPolicy` and `QueryAuditableServices`: what helps whoever is about to write a policy.

use access::Access;
use context::Context;
use iam::Permission;
use iam::condition::{Condition, Finding, Severity};
use iam::permission::{
    IamServiceAccountsGet, IamServiceAccountsGetIamPolicy, IamServiceAccountsSetIamPolicy,
    ResourcemanagerOrganizationsGet, ResourcemanagerOrganizationsGetIamPolicy,
    ResourcemanagerOrganizationsSetIamPolicy, ResourcemanagerProjectsGet,
    ResourcemanagerProjectsGetIamPolicy, ResourcemanagerProjectsSetIamPolicy, RunServicesGet,
    RunServicesGetIamPolicy, RunServicesSetIamPolicy,
};
use problem::Problem;
use wire::google::iam::admin::v1::lint_policy_request::LintObject;
use wire::google::iam::admin::v1::query_auditable_services_response::AuditableService;
use wire::google::iam::admin::v1::{
    LintPolicyRequest, LintPolicyResponse, LintResult, QueryAuditableServicesRequest,
    QueryAuditableServicesResponse, lint_result,
};
use wire::google::r#type::Expr;

use super::full_name::{Addressed, FullName};
use crate::permits::Permits;
use crate::refusal::invalid;
use crate::surface;

/// Looks at what somebody is about to write; reads and writes no policy.
pub(super) struct Linting {
    permits: Permits,
}

impl Linting {
    pub(super) fn new(access: Access) -> Self {
        Self { permits: Permits::new(access, &surface::ANY) }
    }

    /// Lints a condition. Where the resource is named that it is for, the caller must be able to see it and to read and
    /// write its policy (Google, "Linting policies"); without one there is nothing but the caller's own words.
    pub(super) async fn lint(
        &self,
        context: Context,
        request: LintPolicyRequest,
    ) -> Result<LintPolicyResponse, Problem> {
        if !request.full_resource_name.is_empty() {
            self.check(&context, &request.full_resource_name)?;
        }
        let Some(LintObject::Condition(condition)) = request.lint_object else {
            return Err(invalid("condition", "it is missing"));
        };
        let Expr { title, description, expression, location: _ } = condition;
        let findings = Condition::lint(&title, &description, &expression, context.now());
        Ok(LintPolicyResponse { lint_results: findings.into_iter().map(result).collect() })
    }

    /// The APIs that audit configuration can be about, by the kind of the resource, whether it exists or not.
    pub(super) async fn auditable(
        &self,
        _: Context,
        request: QueryAuditableServicesRequest,
    ) -> Result<QueryAuditableServicesResponse, Problem> {
        let names = FullName::parse(&request.full_resource_name)?.kind.auditable_services();
        let services = names.iter().map(|&name| AuditableService { name: name.to_owned() }).collect();
        Ok(QueryAuditableServicesResponse { services })
    }

    fn check(&self, context: &Context, full_name: &str) -> Result<(), Problem> {
        let asked = full_name.trim_start_matches('/').split_once('/').map_or("", |(_, name)| name);
        let permits = &self.permits;
        match FullName::parse(full_name)?.resource {
            Addressed::Account(account) => self
                .all::<IamServiceAccountsGet, IamServiceAccountsGetIamPolicy, IamServiceAccountsSetIamPolicy>(
                    context,
                    asked,
                    permits.account(&account),
                ),
            Addressed::Organization(organization) => self.all::<
                ResourcemanagerOrganizationsGet,
                ResourcemanagerOrganizationsGetIamPolicy,
                ResourcemanagerOrganizationsSetIamPolicy,
            >(context, asked, Some(organization)),
            Addressed::Project(project) => self.all::<
                ResourcemanagerProjectsGet,
                ResourcemanagerProjectsGetIamPolicy,
                ResourcemanagerProjectsSetIamPolicy,
            >(context, asked, permits.project(&project)),
            Addressed::Service(service) => {
                let project = permits.project(&service.project);
                self.all::<RunServicesGet, RunServicesGetIamPolicy, RunServicesSetIamPolicy>(
                    context,
                    asked,
                    project.map(|project| service.within(&project)),
                )
            }
        }
    }

    fn all<G, R, W>(&self, context: &Context, asked: &str, name: Option<G::Resource>) -> Result<(), Problem>
    where
        G: Permission,
        R: Permission<Resource = G::Resource>,
        W: Permission<Resource = G::Resource>,
    {
        let _ = self.permits.ask::<G>(context, asked, name.clone())?;
        let _ = self.permits.ask::<R>(context, asked, name.clone())?;
        let _ = self.permits.ask::<W>(context, asked, name)?;
        Ok(())
    }
}

fn result(finding: Finding) -> LintResult {
    let severity = match finding.severity {
        Severity::Error => lint_result::Severity::Error,
        Severity::Notice => lint_result::Severity::Notice,
        Severity::Warning => lint_result::Severity::Warning,
    };
    LintResult {
        level: lint_result::Level::Condition.into(),
        validation_unit_name: finding.unit.name().to_owned(),
        severity: severity.into(),
        field_name: finding.part.name().to_owned(),
        location_offset: i32::try_from(finding.offset).unwrap_or(i32::MAX),
        debug_message: finding.message,
    }
}
