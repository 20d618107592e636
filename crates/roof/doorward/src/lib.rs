//! The roof: reads the configuration, builds the floors bottom-up, runs, drains.
//!
//! [`up`] is the story of a process: resolve the [`Config`], build the [`House`], say where it is, show the
//! demonstration if it was asked for, wait for an interrupt, drain. A test builds the same house with other
//! [`Surroundings`]: a clock that is moved by hand, seeded chance, keys that everybody knows.

mod addresses;
mod build_error;
mod chance;
mod client;
mod config;
mod demo;
mod descriptors;
mod encryption;
#[doc(hidden)]
pub mod fuzz;
mod house;
mod lent;
mod minted;
mod own_hosts;
mod owner_credential;
mod serve_api;
mod serve_intercept;
mod surroundings;
mod token_keys;
mod up;

pub use addresses::Addresses;
pub use build_error::BuildError;
pub use client::client;
pub use config::{Config, ConfigError, TlsConfig};
pub use descriptors::{Chosen, Connections};
pub use house::House;
pub use surroundings::{KeySource, Surroundings};
pub use up::up;
