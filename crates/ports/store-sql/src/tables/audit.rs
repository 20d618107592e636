//! The audit log of changes.

use sqlx::AnyConnection;
use store::AuditEntry;

use crate::fault::Failure;
use crate::instant::floor;

use super::counters::{self, Bytes};
use super::{all_from_json, to_json};

/// Adds entries, after those of the same request that are there.
pub async fn append(connection: &mut AnyConnection, entries: &[AuditEntry]) -> Result<(), Failure> {
    let mut bytes = 0;
    for entry in entries {
        let json = to_json(KIND, &entry.request_id, entry)?;
        bytes += i64::try_from(json.len()).unwrap_or(i64::MAX);
        sqlx::query(
            "INSERT INTO audit (request_id, ordinal, time, resource, entry) VALUES ($1, \
             (SELECT COALESCE(MAX(ordinal) + 1, 0) FROM audit WHERE request_id = $1), $2, $3, $4)",
        )
        .bind(entry.request_id.as_str())
        .bind(floor(entry.time))
        .bind(entry.resource.as_str())
        .bind(json)
        .execute(&mut *connection)
        .await?;
    }
    if bytes > 0 {
        counters::add_bytes(connection, Bytes::Audit, bytes).await?;
    }
    Ok(())
}

/// What a request changed, in the order in which it did.
pub async fn of_request(
    connection: &mut AnyConnection,
    request_id: &str,
) -> Result<Vec<AuditEntry>, Failure> {
    let rows = sqlx::query_as("SELECT request_id, entry FROM audit WHERE request_id = $1 ORDER BY ordinal")
        .bind(request_id)
        .fetch_all(connection)
        .await?;
    all_from_json(KIND, rows)
}

/// What was done to a resource, newest first.
pub async fn of_resource(
    connection: &mut AnyConnection,
    resource: &str,
    limit: u32,
) -> Result<Vec<AuditEntry>, Failure> {
    let rows = sqlx::query_as(
        "SELECT request_id, entry FROM audit WHERE resource = $1 \
         ORDER BY time DESC, request_id DESC, ordinal DESC LIMIT $2",
    )
    .bind(resource)
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await?;
    all_from_json(KIND, rows)
}

const KIND: &str = "audit entry";
