//! Services: what is accepted, what is refused, and what the gate sees of it.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

mod accounts;
mod contention;
mod domains;
mod functions;
mod images;
mod revisions;
mod routing;
mod services;
mod support;
