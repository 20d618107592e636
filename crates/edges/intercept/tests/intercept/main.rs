//! What the intercept promises, shown by a client that speaks TLS, and by one that does not.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

mod fuzz;
mod metadata;
mod served;
mod support;
mod tunnels;
