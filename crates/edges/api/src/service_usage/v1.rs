//! Version 1: getting, listing, enabling and disabling.

use ::names::ApiName;
use context::Context;
use iam::permission::{
    ServiceusageServicesDisable, ServiceusageServicesEnable, ServiceusageServicesGet,
    ServiceusageServicesList,
};
use problem::Problem;
use projects::ProjectApi;
use tonic::{Request, Response, Status};
use wire::any::pack;
use wire::google::api::serviceusage::v1::service_usage_server::ServiceUsage as Api;
use wire::google::api::serviceusage::v1::{
    BatchEnableServicesRequest, BatchEnableServicesResponse, BatchGetServicesRequest,
    BatchGetServicesResponse, DisableServiceRequest, DisableServiceResponse, EnableServiceRequest,
    EnableServiceResponse, GetServiceRequest, ListServicesRequest, ListServicesResponse, Service,
};
use wire::google::longrunning::Operation;

use super::names::{Addressed, project, switched};
use super::{ServiceUsage, messages, problems};
use crate::call::reply;
use crate::pages::{self, Pages};
use crate::refusal::{invalid, malformed};
use crate::surface;

impl ServiceUsage {
    async fn get(&self, context: &Context, name: &str) -> Result<ProjectApi, Problem> {
        let addressed = Addressed::parse("name", name)?;
        let project = self.permits.project(&addressed.project);
        let asked = format!("projects/{}", addressed.project);
        let permit = self.permits.ask::<ServiceusageServicesGet>(context, &asked, project)?;
        let found = self.projects.api(&permit, &addressed.api).await;
        found.map_err(|error| problems::of_get(&self.permits, &error))
    }

    async fn list(
        &self,
        context: Context,
        request: ListServicesRequest,
    ) -> Result<ListServicesResponse, Problem> {
        let reference = project("parent", &request.parent)?;
        let limit = pages::size(request.page_size, 50, 200)? as usize;
        let pages = Pages::of("ListServices", &[&request.parent, &request.filter]);
        let after = pages.after(&request.page_token)?;
        let wanted = switched(&request.filter)?;
        let project = self.permits.project(&reference);
        let permit = self.permits.ask::<ServiceusageServicesList>(&context, &request.parent, project)?;
        let every = self.projects.apis(&permit, wanted).await;
        let every = every.map_err(|error| problems::of_get(&self.permits, &error))?;
        let following =
            || every.iter().filter(|found| after.as_deref().is_none_or(|after| found.api.name > after));
        let page: Vec<&ProjectApi> = following().take(limit).collect();
        let more = following().nth(limit).is_some();
        let last = page.last().filter(|_| more).map(|found| found.api.name);
        let services = page.iter().map(|found| messages::service(found)).collect();
        Ok(ListServicesResponse { services, next_page_token: pages.token(last) })
    }

    /// All of one project, as the names must say.
    async fn get_each(
        &self,
        context: Context,
        request: BatchGetServicesRequest,
    ) -> Result<BatchGetServicesResponse, Problem> {
        if request.names.len() > MAX_GOT_AT_ONCE {
            return Err(invalid("names", format!("at most {MAX_GOT_AT_ONCE} services can be got at once")));
        }
        let reference = project("parent", &request.parent)?;
        let project = self.permits.project(&reference);
        let permit = self.permits.ask::<ServiceusageServicesGet>(&context, &request.parent, project)?;
        let mut services = Vec::with_capacity(request.names.len());
        for name in &request.names {
            let addressed = Addressed::parse("names", name)?;
            if self.permits.project(&addressed.project).as_ref() != Some(permit.name()) {
                return Err(invalid("names", "every service is of the project that is the parent"));
            }
            let found = self.projects.api(&permit, &addressed.api).await;
            services.push(found.map_err(|error| problems::of_get(&self.permits, &error))?);
        }
        Ok(BatchGetServicesResponse { services: services.iter().map(messages::service).collect() })
    }

    async fn enable(&self, context: Context, request: EnableServiceRequest) -> Result<Operation, Problem> {
        let Addressed { project, api } = Addressed::parse("name", &request.name)?;
        let switched = self.enable_each(&context, &project, &[api]).await?;
        let service = switched.first().map(messages::service);
        Ok(messages::switched(&switched, pack(&EnableServiceResponse { service })))
    }

    async fn batch_enable(
        &self,
        context: Context,
        request: BatchEnableServicesRequest,
    ) -> Result<Operation, Problem> {
        let project = project("parent", &request.parent)?;
        let named = request.service_ids.iter().map(|name| ApiName::parse(name));
        let named: Vec<ApiName> =
            named.collect::<Result<_, _>>().map_err(|error| malformed("service_ids", &error))?;
        let switched = self.enable_each(&context, &project, &named).await?;
        let services = switched.iter().map(messages::service).collect();
        let response = BatchEnableServicesResponse { services, failures: Vec::new() };
        Ok(messages::switched(&switched, pack(&response)))
    }

    async fn enable_each(
        &self,
        context: &Context,
        project: &::names::ProjectRef,
        named: &[ApiName],
    ) -> Result<Vec<ProjectApi>, Problem> {
        let (asked, project) = (format!("projects/{project}"), self.permits.project(project));
        let permit = self.permits.ask::<ServiceusageServicesEnable>(context, &asked, project)?;
        let switched = self.projects.enable_apis(context, permit, named).await;
        switched.map_err(|error| problems::of_switch(&self.permits, &error))
    }

    /// Nothing here depends on another API, and nobody counts calls, so that both options of the request change nothing.
    async fn disable(&self, context: Context, request: DisableServiceRequest) -> Result<Operation, Problem> {
        let addressed = Addressed::parse("name", &request.name)?;
        let project = self.permits.project(&addressed.project);
        let asked = format!("projects/{}", addressed.project);
        let permit = self.permits.ask::<ServiceusageServicesDisable>(&context, &asked, project)?;
        let switched = self.projects.disable_api(&context, permit, &addressed.api).await;
        let switched = switched.map_err(|error| problems::of_switch(&self.permits, &error))?;
        let response = DisableServiceResponse { service: Some(messages::service(&switched)) };
        Ok(messages::switched(&[switched], pack(&response)))
    }
}

/// Google, `BatchGetServicesRequest.names`.
const MAX_GOT_AT_ONCE: usize = 30;

#[tonic::async_trait]
impl Api for ServiceUsage {
    async fn enable_service(
        &self,
        request: Request<EnableServiceRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::SERVICE_USAGE, request, |context, message| self.enable(context, message)).await
    }

    async fn disable_service(
        &self,
        request: Request<DisableServiceRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::SERVICE_USAGE, request, |context, message| self.disable(context, message)).await
    }

    async fn get_service(&self, request: Request<GetServiceRequest>) -> Result<Response<Service>, Status> {
        reply(&surface::SERVICE_USAGE, request, |context, message| async move {
            Ok(messages::service(&self.get(&context, &message.name).await?))
        })
        .await
    }

    async fn list_services(
        &self,
        request: Request<ListServicesRequest>,
    ) -> Result<Response<ListServicesResponse>, Status> {
        reply(&surface::SERVICE_USAGE, request, |context, message| self.list(context, message)).await
    }

    async fn batch_enable_services(
        &self,
        request: Request<BatchEnableServicesRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::SERVICE_USAGE, request, |context, message| self.batch_enable(context, message)).await
    }

    async fn batch_get_services(
        &self,
        request: Request<BatchGetServicesRequest>,
    ) -> Result<Response<BatchGetServicesResponse>, Status> {
        reply(&surface::SERVICE_USAGE, request, |context, message| self.get_each(context, message)).await
    }
}
