//! A table each: what is written to it within the writer's transaction, and what is read from it.

pub mod audit;
pub mod bounded;
pub mod changes;
pub mod counters;
pub mod decisions;
pub mod deliveries;
pub mod job_states;
pub mod logs;
pub mod nodes;
pub mod operations;
pub mod records;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::Failure;

/// A value as it is stored. The only failure is a map whose keys are not text, which no record has.
fn to_json<T: Serialize>(kind: &'static str, key: &str, value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|source| Failure::Corrupt { kind, key: key.to_owned(), source })
}

fn from_json<T: DeserializeOwned>(kind: &'static str, key: &str, json: &str) -> Result<T, Failure> {
    serde_json::from_str(json).map_err(|source| Failure::Corrupt { kind, key: key.to_owned(), source })
}

/// Rows of a key and a JSON value.
fn all_from_json<T: DeserializeOwned>(
    kind: &'static str,
    rows: Vec<(String, String)>,
) -> Result<Vec<T>, Failure> {
    rows.into_iter().map(|(key, json)| from_json(kind, &key, &json)).collect()
}
