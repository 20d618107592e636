//! The two halves of a service, which Knative shows apart: its configuration, what is run; its route, how it is reached.
//! Both have the name of their service and are as old as it is.

use context::Context;
use iam::permission::{RunConfigurationsGet, RunConfigurationsList, RunRoutesGet, RunRoutesList};
use names::Location;
use problem::Problem;
use run::{ServiceView, ShowsService};
use tonic::{Request, Response, Status};
use wire::google::cloud::run::v1::configurations_server::Configurations;
use wire::google::cloud::run::v1::routes_server::Routes;
use wire::google::cloud::run::v1::{
    Configuration, GetConfigurationRequest, GetRouteRequest, ListConfigurationsRequest,
    ListConfigurationsResponse, ListRoutesRequest, ListRoutesResponse, Route,
};

use super::{API_VERSION, Knative, Namespace, show};
use crate::call::reply;
use crate::surface;

#[tonic::async_trait]
impl Configurations for Knative {
    async fn get_configuration(
        &self,
        request: Request<GetConfigurationRequest>,
    ) -> Result<Response<Configuration>, Status> {
        let region = Namespace::region(&request);
        reply(&surface::RUN, request, |context, message| async move {
            let name = message.name.replace("/configurations/", "/services/");
            let view = self.half::<RunConfigurationsGet>(&context, &name, region).await?;
            Ok(show::configuration(&view, self.number(&view.record.name)?))
        })
        .await
    }

    async fn list_configurations(
        &self,
        request: Request<ListConfigurationsRequest>,
    ) -> Result<Response<ListConfigurationsResponse>, Status> {
        let region = Namespace::region(&request);
        reply(&surface::RUN, request, |context, message| async move {
            let (items, metadata) = self
                .listed::<RunConfigurationsList, _>(&context, &message, region, show::configuration)
                .await?;
            Ok(ListConfigurationsResponse {
                api_version: API_VERSION.to_owned(),
                items,
                kind: "ConfigurationList".to_owned(),
                metadata: Some(metadata),
                unreachable: Vec::new(),
            })
        })
        .await
    }
}

#[tonic::async_trait]
impl Routes for Knative {
    async fn get_route(&self, request: Request<GetRouteRequest>) -> Result<Response<Route>, Status> {
        let region = Namespace::region(&request);
        reply(&surface::RUN, request, |context, message| async move {
            let name = message.name.replace("/routes/", "/services/");
            let view = self.half::<RunRoutesGet>(&context, &name, region).await?;
            Ok(show::route(&view, self.number(&view.record.name)?))
        })
        .await
    }

    async fn list_routes(
        &self,
        request: Request<ListRoutesRequest>,
    ) -> Result<Response<ListRoutesResponse>, Status> {
        let region = Namespace::region(&request);
        reply(&surface::RUN, request, |context, message| async move {
            let (items, metadata) =
                self.listed::<RunRoutesList, _>(&context, &message, region, show::route).await?;
            Ok(ListRoutesResponse {
                api_version: API_VERSION.to_owned(),
                items,
                kind: "RouteList".to_owned(),
                metadata: Some(metadata),
                unreachable: Vec::new(),
            })
        })
        .await
    }
}

impl Knative {
    /// The service of this name, for whoever may see that half of it.
    pub(super) async fn half<P: ShowsService>(
        &self,
        context: &Context,
        name: &str,
        region: Option<Location>,
    ) -> Result<ServiceView, Problem> {
        let (namespace, service) = Self::member(name, region)?;
        let asked = format!("{}/services/{service}", namespace.asked());
        let name = self.service_named(&namespace, service);
        let permit = self.run.permits.ask::<P>(context, &asked, name)?;
        let found = self.run.run.get(context, &permit).await;
        self.viewed(found.map_err(|error| self.run.problem_of_get(error, &asked))?)
    }
}
