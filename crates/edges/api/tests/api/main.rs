//! The APIs in process: real services on a real store, requests as clients send them.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its house has failed")]

mod accounts;
mod authentication;
mod credentials;
mod explanations;
mod fuzz;
mod grpc;
mod house;
mod job_refusals;
mod jobs;
mod knative;
mod knative_refusals;
mod logs;
mod oauth;
mod policies;
mod projects;
mod public;
mod revisions;
mod service_refusals;
mod service_usage;
mod services;
mod transports;
mod unserved;
