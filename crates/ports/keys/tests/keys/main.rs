//! What this crate promises about its keys.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

mod access_tokens;
mod account_keys;
mod authority;
mod fuzz;
mod master;
mod rotation;
mod sealing;
mod support;
