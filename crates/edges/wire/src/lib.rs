//! Google's protocol types, and REST spoken to the same gRPC methods.
//!
//! Each method of an API is written once, as a gRPC method of a generated server trait. Programs that speak gRPC call it
//! directly; `gcloud`, browsers' scripts and the REST transports of client libraries send JSON, which [`Transcoder`] turns
//! into a call of the same method by the HTTP rules that the definitions carry (`google.api.http`).
//!
//! Ada lists her jobs with `curl http://…/v1/projects/demo/locations/europe-west1/jobs?pageSize=5`. The transcoder finds
//! `CloudScheduler.ListJobs` by verb and path, fills `ListJobsRequest { parent: "projects/demo/locations/europe-west1",
//! page_size: 5 }`, calls the tonic router in this process with Ada's headers as metadata, and writes the answer as JSON,
//! or the refusal as the JSON envelope that Google's clients know:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use wire::google::cloud::scheduler::v1::cloud_scheduler_server::{CloudScheduler, CloudSchedulerServer};
//!
//! struct Scheduler;
//!
//! #[tonic::async_trait]
//! impl CloudScheduler for Scheduler {}
//!
//! let grpc = tonic::service::Routes::new(CloudSchedulerServer::new(Scheduler)).prepare().into_axum_router();
//! let transcoder = wire::Transcoder::new(grpc);
//! let ada = http::Request::get("/v1/projects/demo/locations/europe-west1/jobs?pageSize=5")
//!     .body(axum::body::Body::empty())
//!     .expect("a valid request");
//! // Nothing is implemented yet, so Ada is told which method that is.
//! assert_eq!(transcoder.handle(ada).await.status(), 501);
//! # }
//! ```
//!
//! Invariants:
//!
//! * One descriptor set ([`descriptors`]) is the source of the types, the REST rules and gRPC reflection alike.
//! * Any request bytes give an answer in bounded time and memory: bodies, nesting and the number of reported violations
//!   have limits.
//! * This crate decides nothing: it neither authenticates nor authorises. What an outer layer put into the request's
//!   extensions reaches the gRPC method unchanged.

pub mod any;
mod descriptors;
mod generated;
pub mod json;
pub mod rules;
pub mod status;
pub mod time;
mod transcoder;

#[doc(hidden)]
pub mod fuzz;

pub use descriptors::{descriptors, message, pool};
pub use generated::{doorward, google};
pub use status::status;
pub use transcoder::{BODY_PATIENCE, DEFAULT_BODY_LIMIT_BYTES, NotHere, Transcoder};
