//! Tokens over a real store: what buys what, what opens what, and what stops when.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its house has failed")]

mod about;
mod api;
mod callers;
mod carried;
mod codes;
mod cross_use;
mod endpoint;
mod fuzz;
mod gate;
mod mint;
mod refresh;
mod revocation;
mod rotation;
mod secrets;
mod shop;
mod signing;
mod support;
mod uncredentialed;
