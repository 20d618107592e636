//! Service accounts and their keys, over a real store.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its house has failed")]

mod keys;
mod lifecycle;
mod support;
