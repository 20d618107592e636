//! `google.longrunning.Operations`: what calls began, and how it ended. One service for every API; for now Cloud Run's
//! services, functions and deny policies have operations, and every one of them is done when it is handed out.
//!
//! Cloud Run and functions have one path for their lists. At the host of functions it is theirs, at any other Cloud Run's;
//! the list of v1 whose filter names a project is of functions wherever it is asked for.

use access::Access;
use context::Context;
use iam::permission::{
    CloudfunctionsOperationsGet, CloudfunctionsOperationsList, RunOperationsDelete, RunOperationsGet,
    RunOperationsList,
};
use jiff::Timestamp;
use names::{FunctionId, OperationName, ParentName, ProjectRef, ResourceName};
use operations::{
    DeleteOperationError, GetOperationError, ListOperationsError, ListsOperations, OperationPlace,
    Operations as Stored, OperationsOf,
};
use problem::Problem;
use run::Run;
use tonic::{Request, Response, Status};
use wire::google::longrunning::operations_server::Operations;
use wire::google::longrunning::{
    CancelOperationRequest, DeleteOperationRequest, GetOperationRequest, ListOperationsRequest,
    ListOperationsResponse, Operation, WaitOperationRequest,
};

use crate::addressed::Authority;
use crate::call::{reply, unimplemented};
use crate::cloud_functions::{self, OperationFilter};
use crate::cloud_run;
use crate::deny_policies::DenyPolicies;
use crate::pages::{self, Pages};
use crate::permits::Permits;
use crate::refusal::{invalid, malformed, store_failed};
use crate::resource_manager::ResourceManager;
use crate::service_usage;
use crate::surface;

/// The service.
pub(crate) struct LongRunning {
    deny_policies: DenyPolicies,
    manager: ResourceManager,
    operations: Stored,
    of_functions: Permits,
    permits: Permits,
    run: Run,
}

impl LongRunning {
    pub(crate) fn new(operations: Stored, run: Run, access: Access, manager: ResourceManager) -> Self {
        let deny_policies = DenyPolicies::new(access.clone());
        let of_functions = Permits::new(access.clone(), &surface::FUNCTIONS);
        Self {
            deny_policies,
            manager,
            operations,
            of_functions,
            permits: Permits::new(access, &surface::RUN),
            run,
        }
    }

    async fn get(&self, context: Context, asked: String) -> Result<Operation, Problem> {
        if asked.starts_with("policies/") {
            return self.deny_policies.operation(&context, &asked).await;
        }
        if let Some(operation) = service_usage::operation(&asked) {
            return Ok(operation);
        }
        if let Some(operation) = self.manager.operation(&context, &asked).await {
            return operation;
        }
        let name = addressed(&asked)?;
        let project = self.permits.project(&name.project);
        let failed = |permits: &Permits, error: GetOperationError| match &error {
            GetOperationError::NotFound(_) => permits.missing(&asked),
            GetOperationError::StoreFailed(_) => store_failed(&error),
        };
        // Where APIs share a path, the name says whose operation it is.
        match OperationsOf::of(&name.operation) {
            OperationsOf::Functions => {
                let permits = &self.of_functions;
                let context = permits.answering(context);
                let permit = permits.ask::<CloudfunctionsOperationsGet>(&context, &asked, project)?;
                let found = self.operations.get(&permit, &name.within(permit.name())).await;
                let operation = found.map_err(|error| failed(permits, error))?;
                cloud_functions::operation(&self.run, &operation)
            }
            OperationsOf::Run => {
                let context = self.permits.answering(context);
                let permit = self.permits.ask::<RunOperationsGet>(&context, &asked, project)?;
                let found = self.operations.get(&permit, &name.within(permit.name())).await;
                let operation = found.map_err(|error| failed(&self.permits, error))?;
                cloud_run::operation(&self.run, &operation)
            }
        }
    }

    async fn list(
        &self,
        context: Context,
        request: ListOperationsRequest,
        of: OperationsOf,
    ) -> Result<ListOperationsResponse, Problem> {
        if request.name == ALL_OF_FUNCTIONS {
            let filter = OperationFilter::parse(&request.filter).ok_or_else(|| {
                unimplemented(
                    "A filter of operations other than project:PROJECT,location:REGION,function:NAME",
                )
            })?;
            let parent = ParentName { project: filter.project, location: filter.location };
            return self
                .page::<CloudfunctionsOperationsList>(context, &request, parent, filter.function)
                .await;
        }
        let parent =
            ParentName::<ProjectRef>::parse(&request.name).map_err(|error| malformed("name", &error))?;
        match of {
            OperationsOf::Functions => {
                self.page::<CloudfunctionsOperationsList>(context, &request, parent, None).await
            }
            OperationsOf::Run => self.page::<RunOperationsList>(context, &request, parent, None).await,
        }
    }

    /// A page of one API's operations; `function`: of that function only, so that a page may hold fewer than there is
    /// room for.
    async fn page<P: ListsOperations>(
        &self,
        context: Context,
        request: &ListOperationsRequest,
        parent: ParentName<ProjectRef>,
        function: Option<FunctionId>,
    ) -> Result<ListOperationsResponse, Problem> {
        let permits = match P::OF {
            OperationsOf::Functions => &self.of_functions,
            OperationsOf::Run => &self.permits,
        };
        let (asked, context) = (parent.to_string(), permits.answering(context));
        let limit = pages::size(request.page_size, 100, 500)?;
        let pages = Pages::of("ListOperations", &[&asked, &request.filter, &format!("{:?}", P::OF)]);
        let after = match pages.after(&request.page_token)? {
            None => None,
            Some(key) => Some(read_key(&key).ok_or_else(pages::foreign)?),
        };
        let permit = permits.ask::<P>(&context, &asked, permits.project(&parent.project))?;
        if !request.filter.is_empty() && request.name != ALL_OF_FUNCTIONS {
            return Err(unimplemented("A filter of operations"));
        }
        let listing = self.operations.list(&permit, &parent.location, after.as_ref(), limit).await;
        let listing = listing.map_err(|error| match &error {
            ListOperationsError::StoreFailed(_) => store_failed(&error),
        })?;
        let wanted = |target: &ResourceName| match (&function, target) {
            (None, _) => true,
            (Some(function), ResourceName::Function(name)) => name.function == *function,
            (Some(_), _) => false,
        };
        let found = listing.operations.iter().filter(|operation| wanted(&operation.target));
        let messages = found.map(|operation| match P::OF {
            OperationsOf::Functions => cloud_functions::operation(&self.run, operation),
            OperationsOf::Run => cloud_run::operation(&self.run, operation),
        });
        Ok(ListOperationsResponse {
            operations: messages.collect::<Result<_, _>>()?,
            next_page_token: pages.token(listing.next.map(key).as_deref()),
        })
    }

    /// Every operation is done when it is handed out, so that waiting is reading.
    async fn wait(&self, context: Context, request: WaitOperationRequest) -> Result<Operation, Problem> {
        if request.timeout.is_some_and(|timeout| timeout.seconds < 0 || timeout.nanos < 0) {
            return Err(invalid("timeout", "nobody waits for less than no time"));
        }
        self.get(context, request.name).await
    }

    /// Every operation is done when it is handed out, and what is done stays so, as the protocol says. Nothing is
    /// changed by this, so that who may read the operation may call it.
    async fn cancel(&self, context: Context, request: CancelOperationRequest) -> Result<(), Problem> {
        if self.get(context, request.name).await?.done {
            return Ok(());
        }
        Err(unimplemented("Cancelling an operation that is not done"))
    }

    async fn delete(&self, context: Context, request: DeleteOperationRequest) -> Result<(), Problem> {
        let (asked, context) = (request.name, self.permits.answering(context));
        let name = addressed(&asked)?;
        let project = self.permits.project(&name.project);
        let permit = self.permits.ask::<RunOperationsDelete>(&context, &asked, project)?;
        let name = name.within(permit.name());
        self.operations.delete(permit, &name).await.map_err(|error| match &error {
            DeleteOperationError::NotFound(_) => self.permits.missing(&asked),
            DeleteOperationError::ReadFailed(_) | DeleteOperationError::StoreFailed(_) => {
                store_failed(&error)
            }
        })
    }
}

#[tonic::async_trait]
impl Operations for LongRunning {
    async fn get_operation(
        &self,
        request: Request<GetOperationRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::RUN, request, |context, message| self.get(context, message.name)).await
    }

    async fn list_operations(
        &self,
        request: Request<ListOperationsRequest>,
    ) -> Result<Response<ListOperationsResponse>, Status> {
        let of = if Authority::is_of(&request, "cloudfunctions") {
            OperationsOf::Functions
        } else {
            OperationsOf::Run
        };
        reply(&surface::RUN, request, |context, message| self.list(context, message, of)).await
    }

    async fn delete_operation(
        &self,
        request: Request<DeleteOperationRequest>,
    ) -> Result<Response<()>, Status> {
        reply(&surface::RUN, request, |context, message| self.delete(context, message)).await
    }

    async fn cancel_operation(
        &self,
        request: Request<CancelOperationRequest>,
    ) -> Result<Response<()>, Status> {
        reply(&surface::RUN, request, |context, message| self.cancel(context, message)).await
    }

    async fn wait_operation(
        &self,
        request: Request<WaitOperationRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::RUN, request, |context, message| self.wait(context, message)).await
    }
}

/// What v1 of functions calls all operations, which a filter then divides.
const ALL_OF_FUNCTIONS: &str = "operations";

fn addressed(name: &str) -> Result<OperationName<ProjectRef>, Problem> {
    OperationName::parse(name).map_err(|error| malformed("name", &error))
}

fn key(place: OperationPlace) -> String {
    format!("{} {}", place.create_time.as_nanosecond(), place.name)
}

fn read_key(key: &str) -> Option<OperationPlace> {
    let (nanoseconds, name) = key.split_once(' ')?;
    let create_time = Timestamp::from_nanosecond(nanoseconds.parse().ok()?).ok()?;
    Some(OperationPlace { create_time, name: OperationName::parse_canonical(name).ok()? })
}
