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
//! file (a folder when it grows beyond 300 lines) and one line in `apis.rs`.
//!
//! Invariants: no method runs without a caller; every answer carries `x-doorward-request-id` and every refusal
//! `x-doorward-reason`; each method is written once for both transports; an error enum is mapped without a
//! catch-all; no secret is in a problem, a log line or a span.

#![expect(
    clippy::result_large_err,
    reason = "a problem is made once a request and ends it; boxing it gains nothing"
)]

mod about_tokens;
mod addressed;
mod apis;
mod audit_configs;
mod authenticate;
mod authorization_endpoint;
mod call;
mod cloud_functions;
mod cloud_run;
mod cloud_scheduler;
mod config;
mod credentials;
mod deadline;
mod decisions;
mod deny_policies;
mod elsewhere;
mod enclose;
mod gcloud;
mod health;
mod iam_admin;
mod iam_policy;
mod inspection;
mod instead;
mod locations;
mod logging;
mod long_running;
mod method;
mod misdirected;
mod oauth_answer;
mod pages;
mod permits;
mod policies;
mod published;
mod recorded;
mod reflection;
mod refusal;
mod resource_manager;
mod service_usage;
mod surface;
mod token_endpoint;
mod transport;
mod uncredentialed;
mod unserved;
mod update_mask;

#[doc(hidden)]
pub mod fuzz;

pub use config::Config;

use std::sync::Arc;

use access::Access;
use accounts::Accounts;
use audit::Decisions;
use axum::Router;
use bytes::Bytes;
use context::{Clock, Randomness};
use http::StatusCode;
use logs::Logs;
use names::OrganizationId;
use operations::Operations;
use projects::Projects;
use run::Run;
use scheduler::Scheduler;
use supervise::{Readiness, Timer};
use tokens::Tokens;

use apis::apis;
use authenticate::Authentication;
use oauth_answer::Endpoint;
use recorded::Recorder;

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

/// The APIs, ready to be served.
#[derive(Clone)]
pub struct Api {
    router: Router,
    randomness: Arc<dyn Randomness>,
    timer: Timer,
}

impl Api {
    /// The APIs over these services.
    pub fn new(services: Services, config: Config) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(services.timer.clone());
        let (randomness, timer) = (services.randomness.clone(), services.timer.clone());
        let authentication = Authentication {
            clock: clock.clone(),
            own_addresses: config.own_addresses.clone(),
            randomness: randomness.clone(),
            tokens: services.tokens.clone(),
            universe: services.access.universe().clone(),
        };
        let enclosure = enclose::Enclosure { randomness: randomness.clone(), timer: timer.clone() };
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
            .layer(axum::middleware::from_fn(misdirected::refuse))
            .layer(axum::middleware::from_fn_with_state(enclosure, enclose::enclose))
            .layer(axum::middleware::from_fn(gcloud::readable))
            .layer(axum::middleware::from_fn_with_state(recorder, recorded::record));
        Self { router, randomness, timer }
    }

    /// What the server in front is to answer to bytes that are no request; it is given the status.
    pub fn unreadable(&self) -> impl Fn(StatusCode) -> http::Response<Bytes> + Send + Sync + use<> {
        let (randomness, timer) = (self.randomness.clone(), self.timer.clone());
        move |status| enclose::unreadable(status, timer.now(), &*randomness)
    }

    /// The service to be served by `listen`, over HTTP/1.1 and HTTP/2 alike.
    pub fn into_router(self) -> Router {
        self.router
    }
}
