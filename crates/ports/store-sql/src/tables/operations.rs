//! Long-running operations.

use jiff::Timestamp;
use names::{OperationName, ParentName};
use sqlx::AnyConnection;
use store::{Operation, OperationPlace};

use crate::fault::Failure;
use crate::instant::floor;

use super::{all_from_json, from_json, to_json};

/// Writes an operation, new or not.
pub async fn put(connection: &mut AnyConnection, operation: &Operation) -> Result<(), Failure> {
    let name = operation.name.to_string();
    let parent =
        ParentName { project: operation.name.project.clone(), location: operation.name.location.clone() };
    sqlx::query(
        "INSERT INTO operations (name, parent, create_time, done, operation) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (name) DO UPDATE SET \
         create_time = excluded.create_time, done = excluded.done, operation = excluded.operation",
    )
    .bind(name.as_str())
    .bind(parent.to_string())
    .bind(floor(operation.create_time))
    .bind(i64::from(operation.outcome.is_some()))
    .bind(to_json(KIND, &name, operation)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets an operation.
pub async fn delete(connection: &mut AnyConnection, name: &OperationName) -> Result<(), Failure> {
    sqlx::query("DELETE FROM operations WHERE name = $1").bind(name.to_string()).execute(connection).await?;
    Ok(())
}

/// Forgets operations that are done and were begun before an instant, oldest first.
pub async fn forget(connection: &mut AnyConnection, before: Timestamp, limit: u32) -> Result<u64, Failure> {
    let forgotten = sqlx::query(
        "DELETE FROM operations WHERE name IN (SELECT name FROM operations \
         WHERE done = 1 AND create_time < $1 ORDER BY create_time, name LIMIT $2)",
    )
    .bind(floor(before))
    .bind(i64::from(limit))
    .execute(connection)
    .await?;
    Ok(forgotten.rows_affected())
}

/// One operation.
pub async fn one(connection: &mut AnyConnection, name: &OperationName) -> Result<Option<Operation>, Failure> {
    let name = name.to_string();
    let row: Option<String> = sqlx::query_scalar("SELECT operation FROM operations WHERE name = $1")
        .bind(name.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|json| from_json(KIND, &name, &json)).transpose()
}

/// A page of a parent's operations, newest first.
pub async fn page(
    connection: &mut AnyConnection,
    parent: &str,
    after: Option<&OperationPlace>,
    limit: u32,
) -> Result<Vec<Operation>, Failure> {
    let name = after.map(|place| place.name.to_string()).unwrap_or_default();
    let rows = sqlx::query_as(
        "SELECT name, operation FROM operations WHERE parent = $1 AND (create_time, name) < ($2, $3) \
         ORDER BY create_time DESC, name DESC LIMIT $4",
    )
    .bind(parent)
    .bind(after.map_or(i64::MAX, |place| floor(place.create_time)))
    .bind(name)
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await?;
    all_from_json(KIND, rows)
}

const KIND: &str = "operation";
