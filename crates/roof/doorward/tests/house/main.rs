//! The whole house, from outside: what was promised, on a clock that is moved by hand.

#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

mod anonymous_owner;
mod bad_credentials;
mod carrying;
mod conditions;
mod deleted_projects;
mod deliveries;
mod denying;
mod draining;
mod firing;
mod methods;
mod own_addresses;
mod permissions;
mod restarting;
mod self_signed;
mod stopping;
mod unreadable;
