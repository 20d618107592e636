//! Every API, behind one door for both transports.

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use supervise::Timer;
use tonic::service::Routes;
use tower::ServiceExt;
use wire::Transcoder;
use wire::doorward::v1::decisions_server::DecisionsServer;
use wire::doorward::v1::tokens_server::TokensServer;
use wire::google::api::serviceusage::v1::service_usage_server::ServiceUsageServer;
use wire::google::api::serviceusage::v1beta1::service_usage_server::ServiceUsageServer as ServiceUsageBetaServer;
use wire::google::cloud::functions::v1::cloud_functions_service_server::CloudFunctionsServiceServer;
use wire::google::cloud::functions::v2::function_service_server::FunctionServiceServer;
use wire::google::cloud::location::locations_server::LocationsServer;
use wire::google::cloud::resourcemanager::v1::organizations_server::OrganizationsServer as OrganizationsV1Server;
use wire::google::cloud::resourcemanager::v1::projects_server::ProjectsServer as ProjectsV1Server;
use wire::google::cloud::resourcemanager::v3::organizations_server::OrganizationsServer as OrganizationsV3Server;
use wire::google::cloud::resourcemanager::v3::projects_server::ProjectsServer as ProjectsV3Server;
use wire::google::cloud::run::v1::configurations_server::ConfigurationsServer;
use wire::google::cloud::run::v1::domain_mappings_server::DomainMappingsServer;
use wire::google::cloud::run::v1::revisions_server::RevisionsServer as KnativeRevisionsServer;
use wire::google::cloud::run::v1::routes_server::RoutesServer;
use wire::google::cloud::run::v1::services_server::ServicesServer as KnativeServicesServer;
use wire::google::cloud::run::v2::revisions_server::RevisionsServer;
use wire::google::cloud::run::v2::services_server::ServicesServer;
use wire::google::cloud::scheduler::v1::cloud_scheduler_server::CloudSchedulerServer;
use wire::google::iam::admin::v1::iam_server::IamServer;
use wire::google::iam::credentials::v1::iam_credentials_server::IamCredentialsServer;
use wire::google::iam::v1::iam_policy_server::IamPolicyServer;
use wire::google::iam::v2::policies_server::PoliciesServer;
use wire::google::logging::v2::logging_service_v2_server::LoggingServiceV2Server;
use wire::google::longrunning::operations_server::OperationsServer;

use crate::addressed::Authority;
use crate::cloud_functions::CloudFunctions;
use crate::cloud_run::{CloudRun, Knative};
use crate::cloud_scheduler::CloudScheduler;
use crate::credentials::Credentials;
use crate::decisions::Explanations;
use crate::deny_policies::DenyPolicies;
use crate::iam_admin::IamAdmin;
use crate::iam_policy::AnyPolicy;
use crate::inspection::Inspections;
use crate::locations::Places;
use crate::logging::Logging;
use crate::long_running::LongRunning;
use crate::resource_manager::ResourceManager;
use crate::service_usage::ServiceUsage;
use crate::transport::Transport;
use crate::{Config, Services, deadline, reflection, unserved};

/// What needs a caller: every gRPC service, called directly or through the transcoder.
pub(crate) fn apis(services: &Services, config: &Config) -> Router {
    let limit = config.body_limit_bytes;
    let Services { access, accounts, logs, operations, projects, run, scheduler, timer, tokens, .. } =
        services.clone();
    let Services { decisions, organization, .. } = services.clone();
    let inspections =
        Inspections::new(access.clone(), run.routes(), tokens.clone(), config.own_addresses.clone());
    let inspections = TokensServer::new(inspections);
    let decisions = DecisionsServer::new(Explanations::new(access.clone(), decisions, organization.clone()));
    let places = LocationsServer::new(Places::new(projects.clone(), access.clone()));
    let manager = ResourceManager::new(projects.clone(), access.clone(), organization.clone());
    let usage = ServiceUsage::new(projects, access.clone());
    let iam = IamServer::new(IamAdmin::new(accounts, access.clone())).max_decoding_message_size(limit);
    let credentials = IamCredentialsServer::new(Credentials::new(tokens, access.clone()));
    let jobs = CloudSchedulerServer::new(CloudScheduler::new(scheduler, access.clone()));
    let logging = LoggingServiceV2Server::new(Logging::new(
        logs,
        access.clone(),
        services.readiness.clone(),
        timer.clone(),
    ));
    let long_running =
        OperationsServer::new(LongRunning::new(operations, run.clone(), access.clone(), manager.clone()));
    let denies = PoliciesServer::new(DenyPolicies::new(access.clone()));
    let functions = CloudFunctions::new(run.clone(), access.clone());
    let functions_v1 = CloudFunctionsServiceServer::new(functions.clone());
    let functions_v2 = FunctionServiceServer::new(functions);
    let cloud_run = CloudRun::new(run, access.clone());
    let domain_mappings = DomainMappingsServer::new(cloud_run.clone());
    let knative = Knative::new(cloud_run.clone());
    let revisions = RevisionsServer::new(cloud_run.clone());
    let services = ServicesServer::new(cloud_run);
    let routes = Routes::new(iam)
        .add_service(credentials.max_decoding_message_size(limit))
        .add_service(decisions.max_decoding_message_size(limit))
        .add_service(inspections.max_decoding_message_size(limit))
        .add_service(functions_v1.max_decoding_message_size(limit))
        .add_service(functions_v2.max_decoding_message_size(limit))
        .add_service(denies.max_decoding_message_size(limit))
        .add_service(jobs.max_decoding_message_size(limit))
        .add_service(logging.max_decoding_message_size(limit))
        .add_service(places.max_decoding_message_size(limit))
        .add_service(long_running.max_decoding_message_size(limit))
        .add_service(domain_mappings.max_decoding_message_size(limit))
        .add_service(KnativeRevisionsServer::new(knative.clone()).max_decoding_message_size(limit))
        .add_service(ConfigurationsServer::new(knative.clone()).max_decoding_message_size(limit))
        .add_service(RoutesServer::new(knative.clone()).max_decoding_message_size(limit))
        .add_service(KnativeServicesServer::new(knative).max_decoding_message_size(limit))
        .add_service(revisions.max_decoding_message_size(limit))
        .add_service(services.max_decoding_message_size(limit))
        .add_service(ServiceUsageServer::new(usage.clone()).max_decoding_message_size(limit))
        .add_service(ServiceUsageBetaServer::new(usage).max_decoding_message_size(limit))
        .add_service(IamPolicyServer::new(AnyPolicy::new(access)).max_decoding_message_size(limit))
        .add_service(OrganizationsV1Server::new(manager.clone()).max_decoding_message_size(limit))
        .add_service(OrganizationsV3Server::new(manager.clone()).max_decoding_message_size(limit))
        .add_service(ProjectsV1Server::new(manager.clone()).max_decoding_message_size(limit))
        .add_service(ProjectsV3Server::new(manager).max_decoding_message_size(limit));
    let grpc = reflection::add_to(routes)
        .prepare()
        .into_axum_router()
        .layer(axum::middleware::from_fn(unserved::name));
    let both = Both { transcoder: Transcoder::new(grpc.clone()).body_limit(limit), grpc, timer };
    Router::new().fallback(dispatch).with_state(both)
}

/// The same methods, in both transports.
#[derive(Clone)]
struct Both {
    grpc: Router,
    timer: Timer,
    transcoder: Transcoder,
}

async fn dispatch(State(both): State<Both>, mut request: Request) -> Response {
    let authority = Authority::of(&request);
    request.extensions_mut().insert(authority);
    match Transport::of(request.headers()) {
        Transport::Grpc => {
            let request = request.map(|body| deadline::in_time(body, &both.timer));
            let Ok(response) = both.grpc.oneshot(request).await;
            response
        }
        Transport::Rest => both.transcoder.handle(request).await,
    }
}
