//! Long-running operations.

use jiff::Timestamp;
use names::{
    AttachmentPoint, DenyOperationName, DenyPolicyName, OperationName, ParentName, ProjectId, ResourceName,
};
use sqlx::AnyConnection;
use store::{Operation, OperationPlace, PolicyOperation};

use crate::fault::Failure;
use crate::instant::floor;

use super::counters::{self, Bytes};
use super::records::end_of;
use super::{all_from_json, from_json, to_json};

/// Writes an operation, new or not.
pub async fn put(connection: &mut AnyConnection, operation: &Operation) -> Result<(), Failure> {
    let name = operation.name.to_string();
    let parent =
        ParentName { project: operation.name.project.clone(), location: operation.name.location.clone() };
    let (json, done) = (to_json(KIND, &name, operation)?, u8::from(operation.outcome.is_some()));
    write(connection, &name, &parent.to_string(), operation.create_time, done, json).await
}

/// Writes an operation on a deny policy, which is its parent.
pub async fn put_of_policy(
    connection: &mut AnyConnection,
    operation: &PolicyOperation,
) -> Result<(), Failure> {
    let (name, parent) = (operation.name().to_string(), operation.record.name.to_string());
    let json = to_json(KIND, &name, operation)?;
    write(connection, &name, &parent, operation.create_time, 1, json).await
}

async fn write(
    connection: &mut AnyConnection,
    name: &str,
    parent: &str,
    create_time: Timestamp,
    done: u8,
    json: String,
) -> Result<(), Failure> {
    // What is written anew counts once.
    delete_named(connection, name).await?;
    counters::add_bytes(connection, Bytes::Operations, i64::try_from(json.len()).unwrap_or(i64::MAX)).await?;
    sqlx::query(
        "INSERT INTO operations (name, parent, create_time, done, operation) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(name)
    .bind(parent)
    .bind(floor(create_time))
    .bind(i64::from(done))
    .bind(json)
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets an operation.
pub async fn delete(connection: &mut AnyConnection, name: &OperationName) -> Result<(), Failure> {
    delete_named(connection, &name.to_string()).await
}

async fn delete_named(connection: &mut AnyConnection, name: &str) -> Result<(), Failure> {
    let length: Option<i64> =
        sqlx::query_scalar("DELETE FROM operations WHERE name = $1 RETURNING OCTET_LENGTH(operation)")
            .bind(name)
            .fetch_optional(&mut *connection)
            .await?;
    Ok(counters::add_bytes(connection, Bytes::Operations, -length.unwrap_or(0)).await?)
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

/// One operation on a deny policy.
pub async fn of_policy(
    connection: &mut AnyConnection,
    name: &DenyOperationName,
) -> Result<Option<PolicyOperation>, Failure> {
    let name = name.to_string();
    let row: Option<String> = sqlx::query_scalar("SELECT operation FROM operations WHERE name = $1")
        .bind(name.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|json| from_json(KIND, &name, &json)).transpose()
}

/// Forgets at most `limit` operations of a project, on its deny policies too, whether they run or not. Gives how many.
pub async fn forget(connection: &mut AnyConnection, project: &ProjectId, limit: u32) -> Result<u64, Failure> {
    let inside = format!("{}/", ResourceName::from(project.clone()));
    let policies = DenyPolicyName::prefix(&AttachmentPoint::Project(project.clone()));
    let lengths: Vec<i64> = sqlx::query_scalar(
        "DELETE FROM operations WHERE name IN (SELECT name FROM operations \
         WHERE (parent >= $1 AND parent < $2) OR (parent >= $3 AND parent < $4) LIMIT $5) \
         RETURNING OCTET_LENGTH(operation)",
    )
    .bind(inside.as_str())
    .bind(end_of(&inside))
    .bind(policies.as_str())
    .bind(end_of(&policies))
    .bind(i64::from(limit))
    .fetch_all(&mut *connection)
    .await?;
    counters::add_bytes(connection, Bytes::Operations, -lengths.iter().sum::<i64>()).await?;
    Ok(lengths.len() as u64)
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
