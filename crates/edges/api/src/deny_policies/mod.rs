//! `google.iam.v2.Policies`: deny policies (facts §4.4).

mod fields;
mod message;

use access::{Access, DenyPolicyChanges, DenyPolicyError, NewDenyPolicy};
use context::Context;
use iam::Permission;
use iam::permission::{
    IamDenypoliciesCreate, IamDenypoliciesDelete, IamDenypoliciesGet, IamDenypoliciesList,
    IamDenypoliciesUpdate,
};
use names::{AttachmentPoint, DenyOperationName, DenyPolicyId, DenyPolicyName, DenyPolicyParent, ProjectRef};
use problem::{Problem, Reason};
use tonic::{Request, Response, Status};
use wire::google::iam::v2::policies_server::Policies;
use wire::google::iam::v2::{
    CreatePolicyRequest, DeletePolicyRequest, GetPolicyRequest, ListPoliciesRequest, ListPoliciesResponse,
    Policy, UpdatePolicyRequest,
};
use wire::google::longrunning::Operation;

use crate::call::{reply, unimplemented};
use crate::permits::Permits;
use crate::refusal::{invalid, malformed, store_failed};
use crate::surface;

/// The service. Every change is made before its operation is answered.
pub(crate) struct DenyPolicies {
    permits: Permits,
}

impl DenyPolicies {
    pub(crate) fn new(access: Access) -> Self {
        Self { permits: Permits::new(access, &surface::DENY) }
    }

    /// The permit for what policies are attached to.
    fn ask<P: Permission<Resource = AttachmentPoint>>(
        &self,
        context: &Context,
        point: &AttachmentPoint<ProjectRef>,
    ) -> Result<iam::Permit<P>, Problem> {
        let found = match point.clone() {
            AttachmentPoint::Folder(folder) => Some(AttachmentPoint::Folder(folder)),
            AttachmentPoint::Organization(organization) => Some(AttachmentPoint::Organization(organization)),
            AttachmentPoint::Project(project) => self.permits.project(&project).map(AttachmentPoint::Project),
        };
        self.permits.ask::<P>(context, &fields::full_name(point), found)
    }

    async fn list(
        &self,
        context: Context,
        request: ListPoliciesRequest,
    ) -> Result<ListPoliciesResponse, Problem> {
        let parent = DenyPolicyParent::parse(&request.parent).map_err(|error| malformed("parent", &error))?;
        if !request.page_token.is_empty() {
            return Err(crate::pages::foreign());
        }
        let permit = self.ask::<IamDenypoliciesList>(&context, &parent.attached_to)?;
        let access = self.permits.access();
        let found = access.list_deny_policies(&permit).await.map_err(|error| self.problem_of(&error))?;
        // The page size is ignored, as at Google: a page holds 1000, and no resource has as many.
        let listed = |stored| Policy { rules: Vec::new(), ..message::policy(access, stored) };
        Ok(ListPoliciesResponse {
            policies: found.iter().map(listed).collect(),
            next_page_token: String::new(),
        })
    }

    /// An operation on a policy, for `google.longrunning.Operations`.
    pub(crate) async fn operation(&self, context: &Context, name: &str) -> Result<Operation, Problem> {
        let named = DenyOperationName::parse(name).map_err(|error| malformed("name", &error))?;
        let permit = self.ask::<IamDenypoliciesGet>(context, &named.policy.attached_to)?;
        let access = self.permits.access();
        let found = access.deny_policy_operation(&permit, named.policy.policy, named.operation).await;
        found.map(|change| message::operation(access, &change)).map_err(|error| self.problem_of(&error))
    }

    async fn get(&self, context: Context, request: GetPolicyRequest) -> Result<Policy, Problem> {
        let name = addressed("name", &request.name)?;
        let permit = self.ask::<IamDenypoliciesGet>(&context, &name.attached_to)?;
        let access = self.permits.access();
        let found = access.deny_policy(&permit, name.policy).await;
        found.map(|stored| message::policy(access, &stored)).map_err(|error| self.problem_of(&error))
    }

    async fn create(&self, context: Context, request: CreatePolicyRequest) -> Result<Operation, Problem> {
        let parent = DenyPolicyParent::parse(&request.parent).map_err(|error| malformed("parent", &error))?;
        let permit = self.ask::<IamDenypoliciesCreate>(&context, &parent.attached_to)?;
        let policy =
            DenyPolicyId::parse(&request.policy_id).map_err(|error| malformed("policy_id", &error))?;
        let asked = request.policy.ok_or_else(|| invalid("policy", "it is missing"))?;
        let input = NewDenyPolicy {
            policy,
            display_name: fields::display_name(&asked)?,
            annotations: fields::annotations(&asked)?,
            rules: fields::rules(&asked)?,
        };
        let access = self.permits.access();
        let made = access.create_deny_policy(&context, permit, input).await;
        made.map(|change| message::operation(access, &change)).map_err(|error| self.problem_of(&error))
    }

    async fn update(&self, context: Context, request: UpdatePolicyRequest) -> Result<Operation, Problem> {
        let asked = request.policy.ok_or_else(|| invalid("policy", "it is missing"))?;
        let name = addressed("policy.name", &asked.name)?;
        let permit = self.ask::<IamDenypoliciesUpdate>(&context, &name.attached_to)?;
        let input = DenyPolicyChanges {
            policy: name.policy,
            display_name: fields::display_name(&asked)?,
            annotations: fields::annotations(&asked)?,
            rules: fields::rules(&asked)?,
            etag: fields::etag(&asked.etag),
        };
        let access = self.permits.access();
        let changed = access.update_deny_policy(&context, permit, input).await;
        changed.map(|change| message::operation(access, &change)).map_err(|error| self.problem_of(&error))
    }

    async fn delete(&self, context: Context, request: DeletePolicyRequest) -> Result<Operation, Problem> {
        let name = addressed("name", &request.name)?;
        let permit = self.ask::<IamDenypoliciesDelete>(&context, &name.attached_to)?;
        let etag = Some(fields::etag(&request.etag)).filter(|_| !request.etag.is_empty());
        let access = self.permits.access();
        let deleted = access.delete_deny_policy(&context, permit, name.policy, etag).await;
        deleted.map(|change| message::operation(access, &change)).map_err(|error| self.problem_of(&error))
    }

    fn problem_of(&self, error: &DenyPolicyError) -> Problem {
        let refused =
            |reason, field: &str| Problem::new(reason, error.to_string()).at_field(field, error.to_string());
        match error {
            DenyPolicyError::AccountUnknown(_) => refused(Reason::FIELD_INVALID, "policy.rules"),
            DenyPolicyError::AlreadyExists(name) => {
                Problem::new(Reason::RESOURCE_ALREADY_EXISTS, error.to_string()).about(name.to_string())
            }
            DenyPolicyError::AnnotationsFixed => refused(Reason::FIELD_INVALID, "policy.annotations"),
            DenyPolicyError::Contended(_) | DenyPolicyError::EtagMismatch => {
                Problem::new(Reason::ETAG_MISMATCH, error.to_string())
            }
            DenyPolicyError::Gone(resource) => self.permits.missing(&resource.to_string()),
            DenyPolicyError::Invalid(_) => refused(Reason::FIELD_INVALID, "policy.rules"),
            DenyPolicyError::NobodyMeant(_) => unimplemented(&error.to_string()),
            DenyPolicyError::NotFound(name) => {
                Problem::new(Reason::RESOURCE_NOT_FOUND, error.to_string()).about(name.to_string())
            }
            DenyPolicyError::OperationNotFound(name) => {
                Problem::new(Reason::RESOURCE_NOT_FOUND, error.to_string()).about(name.to_string())
            }
            DenyPolicyError::ReadFailed(_) | DenyPolicyError::StoreFailed(_) => store_failed(error),
            DenyPolicyError::TooMany(_) => Problem::new(Reason::QUOTA_EXCEEDED, error.to_string()),
        }
    }
}

fn addressed(field: &str, name: &str) -> Result<DenyPolicyName<ProjectRef>, Problem> {
    DenyPolicyName::parse(name).map_err(|error| malformed(field, &error))
}

#[tonic::async_trait]
impl Policies for DenyPolicies {
    async fn list_policies(
        &self,
        request: Request<ListPoliciesRequest>,
    ) -> Result<Response<ListPoliciesResponse>, Status> {
        reply(&surface::DENY, request, |context, message| self.list(context, message)).await
    }

    async fn get_policy(&self, request: Request<GetPolicyRequest>) -> Result<Response<Policy>, Status> {
        reply(&surface::DENY, request, |context, message| self.get(context, message)).await
    }

    async fn create_policy(
        &self,
        request: Request<CreatePolicyRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::DENY, request, |context, message| self.create(context, message)).await
    }

    async fn update_policy(
        &self,
        request: Request<UpdatePolicyRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::DENY, request, |context, message| self.update(context, message)).await
    }

    async fn delete_policy(
        &self,
        request: Request<DeletePolicyRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::DENY, request, |context, message| self.delete(context, message)).await
    }
}
