//! The gate's decisions.

use sqlx::AnyConnection;
use store::GateDecision;

use crate::fault::Failure;
use crate::instant::floor;

use super::{from_json, to_json};

/// Adds decisions; one under a request ID that has one already is passed over: what was decided stays written.
pub async fn append(connection: &mut AnyConnection, decisions: &[GateDecision]) -> Result<(), Failure> {
    for decision in decisions {
        sqlx::query(
            "INSERT INTO gate_decisions (request_id, time, decision) VALUES ($1, $2, $3) \
             ON CONFLICT (request_id) DO NOTHING",
        )
        .bind(decision.request_id.as_str())
        .bind(floor(decision.time))
        .bind(to_json(KIND, &decision.request_id, decision)?)
        .execute(&mut *connection)
        .await?;
    }
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

const KIND: &str = "gate decision";
