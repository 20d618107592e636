//! Permits, policies, custom roles and what becomes of them when accounts go, over a real store.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its house has failed")]

mod deny_policies;
mod house;
mod policies;
mod roles;
