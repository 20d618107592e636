//! Long-running operations.

use jiff::Timestamp;
use names::{OperationName, ParentName};
use sqlx::AnyConnection;
use store::{Operation, Page};

use crate::fault::Failure;
use crate::instant::floor;

use super::{all_from_json, from_json, to_json};

/// Writes an operation, new or not.
pub async fn put(connection: &mut AnyConnection, operation: &Operation) -> Result<(), Failure> {
    let name = operation.name.to_string();
    let parent =
        ParentName { project: operation.name.project.clone(), location: operation.name.location.clone() };
    sqlx::query(
        "INSERT INTO operations (name, parent, create_time, operation) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (name) DO UPDATE SET create_time = excluded.create_time, operation = excluded.operation",
    )
    .bind(name.as_str())
    .bind(parent.to_string())
    .bind(floor(operation.create_time))
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
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT name, operation FROM operations WHERE create_time < $1 ORDER BY create_time, name LIMIT $2",
    )
    .bind(floor(before))
    .bind(i64::from(limit))
    .fetch_all(&mut *connection)
    .await?;
    let mut forgotten = 0;
    for operation in all_from_json::<Operation>(KIND, rows)?.iter().filter(|found| found.outcome.is_some()) {
        delete(connection, &operation.name).await?;
        forgotten += 1;
    }
    Ok(forgotten)
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
    page: &Page,
) -> Result<Vec<Operation>, Failure> {
    let query = match &page.after {
        None => sqlx::query_as(FIRST).bind(parent).bind(i64::from(page.limit)),
        Some(after) => sqlx::query_as(NEXT).bind(parent).bind(i64::from(page.limit)).bind(after.as_str()),
    };
    all_from_json(KIND, query.fetch_all(connection).await?)
}

const FIRST: &str = "SELECT name, operation FROM operations WHERE parent = $1 \
    ORDER BY create_time DESC, name DESC LIMIT $2";
const NEXT: &str = "SELECT name, operation FROM operations WHERE parent = $1 \
    AND (create_time, name) < (SELECT create_time, name FROM operations WHERE name = $3) \
    ORDER BY create_time DESC, name DESC LIMIT $2";
const KIND: &str = "operation";
