//! `google.cloud.functions.v2`: each method parses names, asks for permits, calls one use case.

use context::Context;
use iam::permission::{
    CloudfunctionsFunctionsCreate, CloudfunctionsFunctionsUpdate, CloudfunctionsRuntimesList,
};
use names::{FunctionId, ParentName, ProjectRef};
use problem::Problem;
use run::{FunctionMask, FunctionPatch, Generation, NewFunction};
use tonic::{Request, Response, Status};
use wire::google::cloud::functions::v2::function_service_server::FunctionService;
use wire::google::cloud::functions::v2::{
    CreateFunctionRequest, DeleteFunctionRequest, Environment, Function, GenerateDownloadUrlRequest,
    GenerateDownloadUrlResponse, GenerateUploadUrlRequest, GenerateUploadUrlResponse, GetFunctionRequest,
    ListFunctionsRequest, ListFunctionsResponse, ListRuntimesRequest, ListRuntimesResponse,
    UpdateFunctionRequest,
};
use wire::google::longrunning::Operation;

use super::filter::Filter;
use super::{CloudFunctions, Listed, message, problems, runtimes, spec};
use crate::call::{reply, unimplemented};
use crate::refusal::{invalid, malformed};
use crate::{surface, update_mask};

#[tonic::async_trait]
impl FunctionService for CloudFunctions {
    async fn create_function(
        &self,
        request: Request<CreateFunctionRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::FUNCTIONS, request, |context, message| self.create(context, message)).await
    }

    async fn get_function(&self, request: Request<GetFunctionRequest>) -> Result<Response<Function>, Status> {
        reply(&surface::FUNCTIONS, request, |context, message| self.get(context, message)).await
    }

    async fn list_functions(
        &self,
        request: Request<ListFunctionsRequest>,
    ) -> Result<Response<ListFunctionsResponse>, Status> {
        reply(&surface::FUNCTIONS, request, |context, message| self.list(context, message)).await
    }

    async fn update_function(
        &self,
        request: Request<UpdateFunctionRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::FUNCTIONS, request, |context, message| self.update(context, message)).await
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

    async fn list_runtimes(
        &self,
        request: Request<ListRuntimesRequest>,
    ) -> Result<Response<ListRuntimesResponse>, Status> {
        reply(&surface::FUNCTIONS, request, |context, message| self.runtimes(context, message)).await
    }
}

impl CloudFunctions {
    async fn create(&self, context: Context, request: CreateFunctionRequest) -> Result<Operation, Problem> {
        let parent =
            ParentName::<ProjectRef>::parse(&request.parent).map_err(|error| malformed("parent", &error))?;
        let function_id =
            FunctionId::parse(&request.function_id).map_err(|error| malformed("function_id", &error))?;
        let function = request.function.ok_or_else(|| invalid("function", "it is missing"))?;
        let project = self.permits.project(&parent.project);
        let permit = self.permits.ask::<CloudfunctionsFunctionsCreate>(&context, &request.parent, project)?;
        if function.environment() == Environment::Gen1 {
            return Err(problems::of_the_first("Creating functions of the first generation over v2"));
        }
        let asked = format!("{}/functions/{function_id}", request.parent);
        let new = NewFunction {
            location: parent.location,
            function_id,
            generation: Generation::Second,
            spec: spec::second(function)?,
        };
        let operation = self.created(&context, permit, new, &asked).await?;
        message::operation(&self.run, &operation)
    }

    async fn get(&self, context: Context, request: GetFunctionRequest) -> Result<Function, Problem> {
        if !request.revision.is_empty() {
            return Err(unimplemented("Reading an earlier version of a function (revision)"));
        }
        message::stored(&self.run, self.found(&context, &request.name).await?)
    }

    async fn list(
        &self,
        context: Context,
        request: ListFunctionsRequest,
    ) -> Result<ListFunctionsResponse, Problem> {
        let generation = match Filter::parse(&request.filter) {
            Some(Filter { environment, name: None }) => environment.and_then(generation),
            Some(_) | None => {
                return Err(unimplemented("A filter of functions other than environment=\"GEN_2\""));
            }
        };
        if !request.order_by.is_empty() {
            return Err(unimplemented("Another order of functions than that of their names (orderBy)"));
        }
        let listed = Listed {
            parent: &request.parent,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            generation,
        };
        let (listing, next_page_token) = self.listed(&context, listed).await?;
        let functions = listing.records.into_iter().map(|stored| message::stored(&self.run, stored));
        Ok(ListFunctionsResponse {
            functions: functions.collect::<Result<_, _>>()?,
            next_page_token,
            ..ListFunctionsResponse::default()
        })
    }

    async fn update(&self, context: Context, request: UpdateFunctionRequest) -> Result<Operation, Problem> {
        let function = request.function.ok_or_else(|| invalid("function", "it is missing"))?;
        let asked = function.name.clone();
        let name = self.named("function.name", &asked)?;
        let mask = update_mask::read(request.update_mask, FunctionMask::parse)?;
        let permit = self.permits.ask::<CloudfunctionsFunctionsUpdate>(&context, &asked, name)?;
        let generation = self.run.generation_of(&permit).await;
        let generation = generation.map_err(|error| self.problem_of_update(&context, error, &asked))?;
        if generation == Generation::First {
            return Err(problems::of_the_first("Changing functions of the first generation over v2"));
        }
        let patch = FunctionPatch { spec: spec::second(function)?, mask };
        let operation = self.updated(&context, permit, patch, &asked).await?;
        message::operation(&self.run, &operation)
    }

    async fn runtimes(
        &self,
        context: Context,
        request: ListRuntimesRequest,
    ) -> Result<ListRuntimesResponse, Problem> {
        let parent =
            ParentName::<ProjectRef>::parse(&request.parent).map_err(|error| malformed("parent", &error))?;
        let project = self.permits.project(&parent.project);
        self.permits
            .ask::<CloudfunctionsRuntimesList>(&context, &request.parent, project)
            .map(|_permitted| ())?;
        let filter = Filter::parse(&request.filter)
            .ok_or_else(|| unimplemented("A filter of runtimes other than by name and environment"))?;
        Ok(ListRuntimesResponse { runtimes: runtimes::fitting(&filter) })
    }
}

/// `None` where none is said.
fn generation(environment: Environment) -> Option<Generation> {
    match environment {
        Environment::Gen1 => Some(Generation::First),
        Environment::Gen2 => Some(Generation::Second),
        Environment::Unspecified => None,
    }
}
