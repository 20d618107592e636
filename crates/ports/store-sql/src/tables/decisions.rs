//! The gate's decisions.

use sqlx::{AnyConnection, QueryBuilder};
use store::GateDecision;

use crate::fault::Failure;
use crate::instant::floor;

use super::{from_json, to_json};

/// Adds decisions; one under a request ID that has one already is passed over: what was decided stays written.
///
/// Under load many come at once, and most of what writing them costs is the way to the database and back: a full
/// group goes in one statement.
pub async fn append(connection: &mut AnyConnection, decisions: &[GateDecision]) -> Result<(), Failure> {
    let (groups, rest) = decisions.as_chunks::<GROUP>();
    for group in groups {
        insert(connection, group).await?;
    }
    for decision in rest {
        insert(connection, std::slice::from_ref(decision)).await?;
    }
    Ok(())
}

async fn insert(connection: &mut AnyConnection, decisions: &[GateDecision]) -> Result<(), Failure> {
    let mut rows = Vec::with_capacity(decisions.len());
    for decision in decisions {
        rows.push((decision, to_json(KIND, &decision.request_id, decision)?));
    }
    let mut statement = QueryBuilder::new("INSERT INTO gate_decisions (request_id, time, decision) ");
    statement.push_values(rows, |mut row, (decision, json)| {
        row.push_bind(decision.request_id.as_str()).push_bind(floor(decision.time)).push_bind(json);
    });
    statement.push(" ON CONFLICT (request_id) DO NOTHING");
    statement.build().execute(connection).await?;
    Ok(())
}

/// The decision under a request ID.
pub async fn one(connection: &mut AnyConnection, request_id: &str) -> Result<Option<GateDecision>, Failure> {
    let row: Option<String> = sqlx::query_scalar("SELECT decision FROM gate_decisions WHERE request_id = $1")
        .bind(request_id)
        .fetch_optional(connection)
        .await?;
    row.map(|json| from_json(KIND, request_id, &json)).transpose()
}

/// One length, so that the database prepares two statements and no more.
const GROUP: usize = 64;
const KIND: &str = "gate decision";
