//! `google.cloud.functions.v1`: each method parses names, asks for permits, calls one use case.

use context::Context;
use iam::permission::{
    CloudfunctionsFunctionsCall, CloudfunctionsFunctionsCreate, CloudfunctionsFunctionsGetIamPolicy,
    CloudfunctionsFunctionsSetIamPolicy, CloudfunctionsFunctionsUpdate,
};
use names::{FunctionName, ParentName, ProjectRef};
use problem::Problem;
use run::{FunctionMask, FunctionPatch, FunctionRecord, Generation, NewFunction, Stored};
use tonic::{Request, Response, Status};
use wire::google::cloud::functions::v1::cloud_functions_service_server::CloudFunctionsService;
use wire::google::cloud::functions::v1::{
    CallFunctionRequest, CallFunctionResponse, CloudFunction, CreateFunctionRequest, DeleteFunctionRequest,
    GenerateDownloadUrlRequest, GenerateDownloadUrlResponse, GenerateUploadUrlRequest,
    GenerateUploadUrlResponse, GetFunctionRequest, ListFunctionsRequest, ListFunctionsResponse,
    UpdateFunctionRequest,
};
use wire::google::iam::v1::{
    GetIamPolicyRequest, Policy, SetIamPolicyRequest, TestIamPermissionsRequest, TestIamPermissionsResponse,
};
use wire::google::longrunning::Operation;

use super::{CloudFunctions, Listed, first_message, message, problems, spec};
use crate::call::{reply, unimplemented};
use crate::refusal::{invalid, malformed};
use crate::{surface, update_mask};

#[tonic::async_trait]
impl CloudFunctionsService for CloudFunctions {
    async fn create_function(
        &self,
        request: Request<CreateFunctionRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::FUNCTIONS, request, |context, message| self.create_first(context, message)).await
    }

    async fn get_function(
        &self,
        request: Request<GetFunctionRequest>,
    ) -> Result<Response<CloudFunction>, Status> {
        reply(&surface::FUNCTIONS, request, |context, message| async move {
            if message.version_id != 0 {
                return Err(unimplemented("Reading an earlier version of a function (versionId)"));
            }
            let stored = self.found_first(&context, &message.name).await?;
            first_message::stored(&self.run, stored)
        })
        .await
    }

    async fn list_functions(
        &self,
        request: Request<ListFunctionsRequest>,
    ) -> Result<Response<ListFunctionsResponse>, Status> {
        reply(&surface::FUNCTIONS, request, |context, message| self.list_first(context, message)).await
    }

    async fn update_function(
        &self,
        request: Request<UpdateFunctionRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::FUNCTIONS, request, |context, message| self.update_first(context, message)).await
    }

    async fn delete_function(
        &self,
        request: Request<DeleteFunctionRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::FUNCTIONS, request, |context, message| async move {
            self.delete(context, &message.name).await
        })
        .await
    }

    async fn call_function(
        &self,
        request: Request<CallFunctionRequest>,
    ) -> Result<Response<CallFunctionResponse>, Status> {
        reply(&surface::FUNCTIONS, request, |context, message| async move {
            let name = self.named("name", &message.name)?;
            let permit = self.permits.ask::<CloudfunctionsFunctionsCall>(&context, &message.name, name);
            permit.and_then(|_permitted| Err(problems::no_calls()))
        })
        .await
    }

    async fn generate_upload_url(
        &self,
        request: Request<GenerateUploadUrlRequest>,
    ) -> Result<Response<GenerateUploadUrlResponse>, Status> {
        reply(&surface::FUNCTIONS, request, |context, message| async move {
            Err(self.upload(&context, &message.parent))
        })
        .await
    }

    async fn generate_download_url(
        &self,
        request: Request<GenerateDownloadUrlRequest>,
    ) -> Result<Response<GenerateDownloadUrlResponse>, Status> {
        reply(&surface::FUNCTIONS, request, |context, message| async move {
            Err(self.download(&context, &message.name))
        })
        .await
    }

    async fn get_iam_policy(
        &self,
        request: Request<GetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        reply(&surface::FUNCTIONS, request, |context, message| async move {
            let name = self.named("resource", &message.resource)?;
            self.policies.get::<CloudfunctionsFunctionsGetIamPolicy>(&context, name, &message)
        })
        .await
    }

    async fn set_iam_policy(
        &self,
        request: Request<SetIamPolicyRequest>,
    ) -> Result<Response<Policy>, Status> {
        reply(&surface::FUNCTIONS, request, |context, message| async move {
            let name = self.named("resource", &message.resource)?;
            self.policies.set::<CloudfunctionsFunctionsSetIamPolicy>(&context, name, message).await
        })
        .await
    }

    async fn test_iam_permissions(
        &self,
        request: Request<TestIamPermissionsRequest>,
    ) -> Result<Response<TestIamPermissionsResponse>, Status> {
        reply(&surface::FUNCTIONS, request, |context, message| async move {
            let name = self.named("resource", &message.resource)?;
            self.policies.test(&context, name.map(Into::into), &message)
        })
        .await
    }
}

impl CloudFunctions {
    async fn create_first(
        &self,
        context: Context,
        request: CreateFunctionRequest,
    ) -> Result<Operation, Problem> {
        let parent = ParentName::<ProjectRef>::parse(&request.location)
            .map_err(|error| malformed("location", &error))?;
        let function = request.function.ok_or_else(|| invalid("function", "it is missing"))?;
        let asked = function.name.clone();
        let named = FunctionName::<ProjectRef>::parse(&asked);
        let named = named.map_err(|error| malformed("function.name", &error))?;
        let project = self.permits.project(&parent.project);
        if self.permits.project(&named.project) != project || named.location != parent.location {
            return Err(invalid("function.name", "it is not in the location that the path names"));
        }
        let permit =
            self.permits.ask::<CloudfunctionsFunctionsCreate>(&context, &request.location, project)?;
        let new = NewFunction {
            location: parent.location,
            function_id: named.function,
            generation: Generation::First,
            spec: spec::first(function)?,
        };
        let operation = self.created(&context, permit, new, &asked).await?;
        message::operation(&self.run, &operation)
    }

    /// Functions of the second generation are none here (clients: gcloud looks for them over v2).
    async fn found_first(&self, context: &Context, asked: &str) -> Result<Stored<FunctionRecord>, Problem> {
        let stored = self.found(context, asked).await?;
        match Generation::of(&stored.record.generation) {
            Generation::First => Ok(stored),
            Generation::Second => Err(self.permits.missing(asked)),
        }
    }

    async fn list_first(
        &self,
        context: Context,
        request: ListFunctionsRequest,
    ) -> Result<ListFunctionsResponse, Problem> {
        let listed = Listed {
            parent: &request.parent,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: "",
            generation: Some(Generation::First),
        };
        let (listing, next_page_token) = self.listed(&context, listed).await?;
        let functions = listing.records.into_iter().map(|stored| first_message::stored(&self.run, stored));
        Ok(ListFunctionsResponse {
            functions: functions.collect::<Result<_, _>>()?,
            next_page_token,
            ..ListFunctionsResponse::default()
        })
    }

    async fn update_first(
        &self,
        context: Context,
        request: UpdateFunctionRequest,
    ) -> Result<Operation, Problem> {
        let function = request.function.ok_or_else(|| invalid("function", "it is missing"))?;
        let asked = function.name.clone();
        let name = self.named("function.name", &asked)?;
        let mask = update_mask::read(request.update_mask, FunctionMask::parse_first)?;
        let permit = self.permits.ask::<CloudfunctionsFunctionsUpdate>(&context, &asked, name)?;
        let generation = self.run.generation_of(&permit).await;
        match generation.map_err(|error| self.problem_of_update(&context, error, &asked))? {
            Generation::First => {}
            Generation::Second => return Err(self.permits.missing(&asked)),
        }
        let patch = FunctionPatch { spec: spec::first(function)?, mask };
        let operation = self.updated(&context, permit, patch, &asked).await?;
        message::operation(&self.run, &operation)
    }
}
