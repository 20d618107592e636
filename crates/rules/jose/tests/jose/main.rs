//! What this crate promises to whoever holds a token, and to whoever would like to hold one.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

mod claims;
mod confusion;
mod differential;
mod fuzz;
mod rfc7515;
mod support;
