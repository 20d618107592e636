//! The gate's decisions.

use sqlx::{AnyConnection, AssertSqlSafe};
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
    let (of_group, of_one) = (statement(if groups.is_empty() { 0 } else { GROUP }), statement(1));
    for group in groups {
        insert(connection, &of_group, group).await?;
    }
    for decision in rest {
        insert(connection, &of_one, std::slice::from_ref(decision)).await?;
    }
    Ok(())
}

/// For so many rows.
fn statement(rows: usize) -> String {
    let places = |row: usize| format!("(${}, ${}, ${})", 3 * row + 1, 3 * row + 2, 3 * row + 3);
    format!(
        "INSERT INTO gate_decisions (request_id, time, decision) VALUES {} \
         ON CONFLICT (request_id) DO NOTHING",
        (0..rows).map(places).collect::<Vec<_>>().join(", ")
    )
}

async fn insert(
    connection: &mut AnyConnection,
    statement: &str,
    decisions: &[GateDecision],
) -> Result<(), Failure> {
    // What was put into it is numbers of places.
    let mut query = sqlx::query(AssertSqlSafe(statement));
    for decision in decisions {
        let json = to_json(KIND, &decision.request_id, decision)?;
        query = query.bind(decision.request_id.as_str()).bind(floor(decision.time)).bind(json);
    }
    query.execute(connection).await?;
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
