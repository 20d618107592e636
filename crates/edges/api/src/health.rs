//! Whether the process serves, for probes: `/healthz` and the gRPC health protocol. Neither needs a credential.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use supervise::Readiness;
use tonic::{Request, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

/// The routes of both.
pub(crate) fn routes(readiness: Readiness) -> Router {
    let grpc = HealthServer::new(Probe { readiness: readiness.clone() });
    Router::new()
        .route("/healthz", get(healthz))
        .with_state(readiness)
        .route_service("/grpc.health.v1.Health/{*method}", grpc)
}

/// 200 once everything serves, else 503 and what is awaited.
async fn healthz(State(readiness): State<Readiness>) -> Response {
    let ready = readiness.is_ready();
    let text = if ready { "ok\n".to_owned() } else { format!("{:?}\n", readiness.state()) };
    let mut response = Response::new(text.into());
    *response.status_mut() = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    response
}

struct Probe {
    readiness: Readiness,
}

type Watch =
    std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<HealthCheckResponse, Status>> + Send + 'static>>;

#[tonic::async_trait]
impl Health for Probe {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<tonic::Response<HealthCheckResponse>, Status> {
        let service = request.into_inner().service;
        if !service.is_empty() && wire::pool().get_service_by_name(&service).is_none() {
            return Err(Status::not_found(format!("No service {service}.")));
        }
        let status =
            if self.readiness.is_ready() { ServingStatus::Serving } else { ServingStatus::NotServing };
        Ok(tonic::Response::new(HealthCheckResponse { status: status.into() }))
    }

    type WatchStream = Watch;

    /// Clients that are told so fall back to `Check`, as the protocol says.
    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<tonic::Response<Watch>, Status> {
        Err(Status::unimplemented("Watch is not implemented here yet; use Check."))
    }
}
