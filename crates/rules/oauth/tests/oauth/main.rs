//! What this crate promises to whoever asks for a token, and to whoever would like to be given one.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

mod assertions;
mod fuzz;
mod requests;
