//! Why a request came out as it did, by its ID.

use access::{Access, explained};
use audit::{CheckRecord, DecidedRequest, Decisions, Disclosed, PermissionDecision, Scope, Sealed};
use context::Context;
use iam::Permit;
use iam::permission::{ResourcemanagerOrganizationsGetIamPolicy, ResourcemanagerProjectsGetIamPolicy};
use jiff::Timestamp;
use names::{OrganizationId, ResourceName};
use problem::{Problem, Reason};
use tonic::{Request, Response, Status};
use wire::doorward::v1::decisions_server::Decisions as Served;
use wire::doorward::v1::{
    Check, CurrentDecision, ExplainDecisionRequest, Explanation, PermissionDecision as Permission,
};

use crate::call::reply;
use crate::method;
use crate::{refusal, surface};

/// Explanations, for those who may read the policies that they tell of.
pub(crate) struct Explanations {
    access: Access,
    decisions: Decisions,
    organization: OrganizationId,
}

impl Explanations {
    pub(crate) fn new(access: Access, decisions: Decisions, organization: OrganizationId) -> Self {
        Self { access, decisions, organization }
    }

    async fn explain(&self, context: &Context, request_id: &str) -> Result<Explanation, Problem> {
        let found = self.decisions.find(request_id).await.map_err(|error| refusal::store_failed(&error))?;
        let disclosed = found.and_then(|sealed| self.opened(context, sealed));
        Ok(self.message(disclosed.ok_or_else(|| unknown(request_id))?, context.now()))
    }

    /// What was decided, for a caller who shows the permit that opens it. Who does not is told the same as somebody
    /// who asks for an ID that nothing has.
    fn opened(&self, context: &Context, sealed: Sealed) -> Option<Disclosed> {
        match sealed.scope() {
            Scope::Installation => {
                let own = &self.organization;
                let permit =
                    self.access.permit::<ResourcemanagerOrganizationsGetIamPolicy>(context, own).ok()?;
                sealed.open_for_installation(&permit, own)
            }
            Scope::Project(project) => {
                let permit =
                    self.access.permit::<ResourcemanagerProjectsGetIamPolicy>(context, project).ok()?;
                let above = self.access.organization_of(project).and_then(|organization| {
                    // Not noted: nothing is refused to who may not.
                    let (reader, now) = (context.principal(), context.now());
                    let permit = self.access.permit_as(reader, &organization, now);
                    permit.ok() as Option<Permit<ResourcemanagerOrganizationsGetIamPolicy>>
                });
                sealed.open(&permit, above.as_ref())
            }
        }
    }

    fn message(&self, disclosed: Disclosed, now: Timestamp) -> Explanation {
        let checks = checks(disclosed.checks());
        let permissions = disclosed.permissions.iter();
        let permissions =
            permissions.map(|permission| self.permission(&disclosed, permission, now)).collect();
        let (target, answered_under) = match disclosed.request.as_ref().map(|request| &request.request) {
            None => (String::new(), None),
            Some(DecidedRequest::Api { method }) => (method.clone(), None),
            Some(DecidedRequest::Delivery { owner, method, url, answered_under, .. }) => {
                (format!("{method} {url} for {owner}"), answered_under.clone())
            }
            Some(DecidedRequest::Gate { host, method, path, .. }) => (format!("{method} {host}{path}"), None),
        };
        let request = disclosed.request.as_ref();
        Explanation {
            request_id: disclosed.request_id,
            time: Some(wire::time::timestamp(disclosed.time)),
            principal: disclosed.principal,
            target,
            status: request.map_or(0, |request| i32::from(request.status)),
            reason: request.and_then(|request| request.reason.clone()).unwrap_or_default(),
            checks,
            permissions,
            answered_under: answered_under.unwrap_or_default(),
        }
    }

    fn permission(&self, disclosed: &Disclosed, decided: &PermissionDecision, now: Timestamp) -> Permission {
        let asker = decided.asker.as_ref().unwrap_or(&disclosed.principal);
        Permission {
            permission: decided.permission.clone(),
            resource: decided.resource.clone(),
            revision: decided.revision.0,
            ground: decided.ground.clone().unwrap_or_default(),
            command: decided.command.clone().unwrap_or_default(),
            current: self.current(disclosed, asker, decided, now),
            principal: asker.clone(),
        }
    }

    /// The same question on the configuration of now; `None` where who asked or what was asked about is gone.
    fn current(
        &self,
        disclosed: &Disclosed,
        principal: &str,
        decided: &PermissionDecision,
        now: Timestamp,
    ) -> Option<CurrentDecision> {
        let revision = self.access.revision();
        let through = match disclosed.request.as_ref().map(|request| &request.request) {
            Some(DecidedRequest::Api { method }) => method::called_by_name(method, &decided.permission),
            Some(DecidedRequest::Delivery { .. } | DecidedRequest::Gate { .. }) | None => None,
        };
        let principal = self.access.named(principal)?;
        let resource = ResourceName::parse(&decided.resource).ok()?;
        let explanation =
            self.access.explain(&principal, &resource, &decided.permission, now, through.as_ref())?;
        let shown =
            disclosed.sight.limited(explained(&decided.permission, &resource, revision, &explanation));
        Some(CurrentDecision {
            revision: revision.0,
            checks: checks(shown.checks),
            ground: shown.ground.unwrap_or_default(),
            command: shown.command.unwrap_or_default(),
        })
    }
}

#[tonic::async_trait]
impl Served for Explanations {
    async fn explain_decision(
        &self,
        request: Request<ExplainDecisionRequest>,
    ) -> Result<Response<Explanation>, Status> {
        reply(&surface::DOORWARD, request, |context, message| async move {
            self.explain(&context, &message.request_id).await
        })
        .await
    }
}

fn checks(records: Vec<CheckRecord>) -> Vec<Check> {
    let check = |CheckRecord { subject, expected, found, passed, level: _ }| Check {
        subject,
        expected,
        found,
        passed,
    };
    records.into_iter().map(check).collect()
}

fn unknown(request_id: &str) -> Problem {
    let message = "No decision is kept under this request ID, or you may not see it: it needs the permission \
                   'resourcemanager.projects.getIamPolicy' on the project that the request was about, or \
                   'resourcemanager.organizations.getIamPolicy' where it was about none.";
    Problem::new(Reason::RESOURCE_NOT_FOUND, message).about(format!("decisions/{request_id}"))
}
