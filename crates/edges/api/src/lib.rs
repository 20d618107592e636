//! Google's admin and data APIs, as SDKs, gcloud, Terraform and administrators call them: gRPC and REST on one port,
//! token endpoints, published keys.
//!
//! Ada runs `gcloud iam service-accounts describe schedulerunner@demo.iam.gserviceaccount.com`. Her request passes,
//! from the outside in:
//!
//! 0. `recorded`: writes down how it ended, for `doorward explain`;
//! 1. `enclose`: draws the request ID, opens the log span, and turns a panic below into one `INTERNAL` answer;
//! 2. the public endpoints (token, keys, discovery, health), which end the way for those who need no credential;
//! 3. `authenticate`: her bearer token becomes a [`context::Context`] in the request's extensions, or 401;
//! 4. `wire::Transcoder`, which turns her REST request into the gRPC call that an SDK would have made;
//! 5. `iam_admin`, the method: parses the names, asks `access` for the permit that the use case wants, calls the
//!    use case, turns its record into the message or its error into a [`problem::Problem`];
//! 6. `refusal`, on the way back: the problem becomes a status with details that both transports carry.
//!
//! ```no_run
//! # async fn example(services: api::Services) {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
//! let config = api::Config::at(listener.local_addr().expect("it is bound"));
//! let router = api::Api::new(services, config).into_router();
//! // In the product `listen` serves it, HTTP/1.1 and HTTP/2 without TLS on one port.
//! axum::serve(listener, router).await.expect("it serves");
//! # }
//! ```
//!
//! Adding a method: implement it in the trait of its service with `reply`, as its neighbours do. Adding a service: one
//! file (a folder when it grows beyond 300 lines) and one line in `apis`.
//!
//! Invariants: no method runs without a caller; every answer carries `x-doorward-request-id` and every refusal
//! `x-doorward-reason`; each method is written once for both transports; an error enum is mapped without a
//! catch-all; no secret is in a problem, a log line or a span.

#![expect(
    clippy::result_large_err,
    reason = "a problem is made once a request and ends it; boxing it gains nothing"
)]

mod about_tokens;
mod audit_configs;
mod authenticate;
mod authorization_endpoint;
mod call;
mod cloud_run;
mod cloud_scheduler;
mod credentials;
mod deadline;
mod decisions;
mod deny_policies;
mod elsewhere;
mod enclose;
mod health;
mod iam_admin;
mod iam_policy;
mod inspection;
mod locations;
mod logging;
mod long_running;
mod method;
mod oauth_answer;
mod pages;
mod permits;
mod policies;
mod published;
mod recorded;
mod reflection;
mod refusal;
mod resource_manager;
mod surface;
mod token_endpoint;
mod transport;
mod uncredentialed;
mod unserved;
mod update_mask;

#[doc(hidden)]
pub mod fuzz;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use access::Access;
use accounts::Accounts;
use audit::Decisions;
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use context::{Clock, Randomness};
use http::StatusCode;
use logs::Logs;
use names::{HostName, OrganizationId};
use operations::Operations;
use projects::Projects;
use run::Run;
use scheduler::Scheduler;
use supervise::{Readiness, Timer};
use tokens::{Authority, Tokens};
use tonic::service::Routes;
use tower::ServiceExt;
use wire::Transcoder;

use wire::doorward::v1::decisions_server::DecisionsServer;
use wire::doorward::v1::tokens_server::TokensServer;
use wire::google::cloud::location::locations_server::LocationsServer;
use wire::google::cloud::resourcemanager::v1::projects_server::ProjectsServer as ProjectsV1Server;
use wire::google::cloud::resourcemanager::v3::projects_server::ProjectsServer as ProjectsV3Server;
use wire::google::cloud::run::v1::domain_mappings_server::DomainMappingsServer;
use wire::google::cloud::run::v2::revisions_server::RevisionsServer;
use wire::google::cloud::run::v2::services_server::ServicesServer;
use wire::google::cloud::scheduler::v1::cloud_scheduler_server::CloudSchedulerServer;
use wire::google::iam::admin::v1::iam_server::IamServer;
use wire::google::iam::credentials::v1::iam_credentials_server::IamCredentialsServer;
use wire::google::iam::v1::iam_policy_server::IamPolicyServer;
use wire::google::iam::v2::policies_server::PoliciesServer;
use wire::google::logging::v2::logging_service_v2_server::LoggingServiceV2Server;
use wire::google::longrunning::operations_server::OperationsServer;

use authenticate::Authentication;
use cloud_run::CloudRun;
use cloud_scheduler::CloudScheduler;
use credentials::Credentials;
use decisions::Explanations;
use deny_policies::DenyPolicies;
use iam_admin::IamAdmin;
use iam_policy::AnyPolicy;
use inspection::Inspections;
use locations::Places;
use logging::Logging;
use long_running::LongRunning;
use oauth_answer::Endpoint;
use recorded::Recorder;
use resource_manager::ResourceManager;
use transport::Transport;

/// Handles onto everything that the APIs are about.
#[derive(Clone)]
pub struct Services {
    /// Permits and policies.
    pub access: Access,
    /// Service accounts and their keys.
    pub accounts: Accounts,
    /// What was decided, for explanations.
    pub decisions: Decisions,
    /// Log entries.
    pub logs: Logs,
    /// What calls began, and how it ended.
    pub operations: Operations,
    /// The organization above every project, whose policy says who runs this Doorward.
    pub organization: OrganizationId,
    /// Projects.
    pub projects: Projects,
    /// Request IDs, and whatever the use cases draw.
    pub randomness: Arc<dyn Randomness>,
    /// What `/healthz` says.
    pub readiness: Readiness,
    /// Services under host names of their own.
    pub run: Run,
    /// Jobs on a schedule.
    pub scheduler: Scheduler,
    /// The time.
    pub timer: Timer,
    /// Who calls, and the tokens that they ask for.
    pub tokens: Tokens,
}

/// What can be set.
#[derive(Clone, Debug)]
pub struct Config {
    /// How large a request's body may be, in either transport; 10 MiB by default, as at Google.
    pub body_limit_bytes: usize,
    /// Where clients address this server directly; a token that an account signed itself may name one of them as its
    /// audience. None by default: see [`Config::at`].
    pub own_addresses: Vec<Authority>,
}

impl Config {
    /// The defaults, served at this address: the address itself, and the names of this machine's loopback that lead
    /// there. The port counts, since a token for another server on the same machine is none for this one.
    pub fn at(address: SocketAddr) -> Self {
        let port = address.port();
        let loopback: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        let own: Vec<IpAddr> = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => vec![Ipv4Addr::LOCALHOST.into()],
            IpAddr::V6(ip) if ip.is_unspecified() => loopback.to_vec(),
            ip => vec![ip],
        };
        let mut own_addresses: Vec<_> = own.iter().map(|ip| Authority::at((*ip, port).into())).collect();
        if own.iter().any(|ip| loopback.contains(ip)) {
            let localhost = HostName::parse("localhost").expect("a valid literal");
            own_addresses.push(Authority::of(&localhost, port));
        }
        Self { own_addresses, ..Self::default() }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self { body_limit_bytes: wire::DEFAULT_BODY_LIMIT_BYTES, own_addresses: Vec::new() }
    }
}

/// The APIs, ready to be served.
#[derive(Clone)]
pub struct Api {
    router: Router,
    randomness: Arc<dyn Randomness>,
}

impl Api {
    /// The APIs over these services.
    pub fn new(services: Services, config: Config) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(services.timer.clone());
        let randomness = services.randomness.clone();
        let authentication = Authentication {
            clock: clock.clone(),
            own_addresses: config.own_addresses.clone(),
            randomness: randomness.clone(),
            tokens: services.tokens.clone(),
            universe: services.access.universe().clone(),
        };
        let enclosure = enclose::Enclosure { randomness: randomness.clone(), timer: services.timer.clone() };
        let apis = apis(&services, &config).layer(axum::middleware::from_fn_with_state(
            Arc::new(authentication),
            authenticate::authenticate,
        ));
        let recorder = Recorder { clock: clock.clone(), decisions: services.decisions.clone() };
        let endpoint = Endpoint {
            tokens: services.tokens.clone(),
            clock: clock.clone(),
            randomness: randomness.clone(),
        };
        let router = health::routes(services.readiness)
            .merge(published::routes(services.tokens, clock))
            .merge(about_tokens::routes(endpoint.clone()))
            .merge(authorization_endpoint::routes(endpoint.clone()))
            .merge(token_endpoint::routes(endpoint))
            .fallback_service(apis)
            .layer(axum::middleware::from_fn_with_state(enclosure, enclose::enclose))
            .layer(axum::middleware::from_fn_with_state(recorder, recorded::record));
        Self { router, randomness }
    }

    /// What the server in front is to answer to bytes that are no request; it is given the status.
    pub fn unreadable(&self) -> impl Fn(StatusCode) -> http::Response<Bytes> + Send + Sync + use<> {
        let randomness = self.randomness.clone();
        move |status| enclose::unreadable(status, &*randomness)
    }

    /// The service to be served by `listen`, over HTTP/1.1 and HTTP/2 alike.
    pub fn into_router(self) -> Router {
        self.router
    }
}

/// What needs a caller: every gRPC service, called directly or through the transcoder.
fn apis(services: &Services, config: &Config) -> Router {
    let limit = config.body_limit_bytes;
    let Services { access, accounts, logs, operations, projects, run, scheduler, timer, tokens, .. } =
        services.clone();
    let Services { decisions, organization, .. } = services.clone();
    let inspections =
        Inspections::new(access.clone(), run.routes(), tokens.clone(), config.own_addresses.clone());
    let inspections = TokensServer::new(inspections);
    let decisions = DecisionsServer::new(Explanations::new(access.clone(), decisions, organization));
    let places = LocationsServer::new(Places::new(projects.clone(), access.clone()));
    let manager = ResourceManager::new(projects, access.clone());
    let iam = IamServer::new(IamAdmin::new(accounts, access.clone())).max_decoding_message_size(limit);
    let credentials = IamCredentialsServer::new(Credentials::new(
        tokens,
        access.clone(),
        config.own_addresses.first().cloned(),
    ));
    let jobs = CloudSchedulerServer::new(CloudScheduler::new(scheduler, access.clone()));
    let logging = LoggingServiceV2Server::new(Logging::new(logs, access.clone()));
    let long_running = OperationsServer::new(LongRunning::new(operations, run.clone(), access.clone()));
    let denies = PoliciesServer::new(DenyPolicies::new(access.clone()));
    let cloud_run = CloudRun::new(run, access.clone());
    let domain_mappings = DomainMappingsServer::new(cloud_run.clone());
    let revisions = RevisionsServer::new(cloud_run.clone());
    let services = ServicesServer::new(cloud_run);
    let routes = Routes::new(iam)
        .add_service(credentials.max_decoding_message_size(limit))
        .add_service(decisions.max_decoding_message_size(limit))
        .add_service(inspections.max_decoding_message_size(limit))
        .add_service(denies.max_decoding_message_size(limit))
        .add_service(jobs.max_decoding_message_size(limit))
        .add_service(logging.max_decoding_message_size(limit))
        .add_service(places.max_decoding_message_size(limit))
        .add_service(long_running.max_decoding_message_size(limit))
        .add_service(domain_mappings.max_decoding_message_size(limit))
        .add_service(revisions.max_decoding_message_size(limit))
        .add_service(services.max_decoding_message_size(limit))
        .add_service(IamPolicyServer::new(AnyPolicy::new(access)).max_decoding_message_size(limit))
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

async fn dispatch(State(both): State<Both>, request: Request) -> Response {
    match Transport::of(request.headers()) {
        Transport::Grpc => {
            let request = request.map(|body| deadline::in_time(body, &both.timer));
            let Ok(response) = both.grpc.oneshot(request).await;
            response
        }
        Transport::Rest => both.transcoder.handle(request).await,
    }
}
