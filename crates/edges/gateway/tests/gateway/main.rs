//! The gate over real sockets: who is refused how, what reaches a service, what comes back.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

mod credentials;
mod deliveries;
mod fuzz;
mod headers;
mod smuggling;
mod streaming;
mod support;
mod unreadable;
mod upstream;
