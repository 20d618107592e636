//! The gate over real sockets: who is refused how, what reaches a service, what comes back.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

mod answer;
mod bodies;
mod connections;
mod credentials;
mod deliveries;
mod functions;
mod fuzz;
mod grpc;
mod headers;
mod http2;
mod http2_frames;
mod kitchen;
mod once_more;
mod record;
mod slow_readers;
mod smuggling;
mod streaming;
mod support;
mod under_way;
mod unreadable;
mod upstream;
mod websocket;
