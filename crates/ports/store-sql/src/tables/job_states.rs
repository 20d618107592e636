//! When jobs fire, and how their last attempts went.

use jiff::Timestamp;
use names::{JobName, Uid};
use sqlx::{AnyConnection, AssertSqlSafe};
use store::{ApplyError, JobState, RawRecord, RecordKey};
use tracing::error;

use crate::fault::Failure;
use crate::instant::{ceiling, floor, timestamp};

use super::{AT_ONCE, filling, from_json, places, records, to_json};

/// A row: uid, version, state.
type Row = (String, i64, String);

/// A row of a job and its state: record, revision, uid, version, state.
type RowWithJob = (String, i64, String, Option<i64>, Option<String>);

/// Writes a state over the version that is expected.
pub async fn put(
    connection: &mut AnyConnection,
    state: &JobState,
    expected: Option<u64>,
) -> Result<(), Failure> {
    let (statement, version) = match expected {
        None => (
            "INSERT INTO job_states (job_uid, job, next_at, version, state) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (job_uid) DO NOTHING",
            1,
        ),
        Some(expected) => (
            "UPDATE job_states SET job = $2, next_at = $3, version = $4, state = $5 \
             WHERE job_uid = $1 AND version = $4 - 1",
            expected.saturating_add(1),
        ),
    };
    let written = sqlx::query(statement)
        .bind(state.job_uid.as_str())
        .bind(state.job.to_string())
        .bind(state.next_at.map(ceiling))
        .bind(version.cast_signed())
        .bind(to_json(KIND, state.job_uid.as_str(), state)?)
        .execute(connection)
        .await?;
    if written.rows_affected() == 0 {
        return Err(ApplyError::Conflict(state.job.clone().into()).into());
    }
    Ok(())
}

/// Forgets a state.
pub async fn delete(connection: &mut AnyConnection, job: &Uid) -> Result<(), Failure> {
    sqlx::query("DELETE FROM job_states WHERE job_uid = $1").bind(job.as_str()).execute(connection).await?;
    Ok(())
}

/// One job's record, and its state.
pub async fn with_job(
    connection: &mut AnyConnection,
    job: &JobName,
) -> Result<Option<(RawRecord, Option<JobState>)>, Failure> {
    let key = RecordKey::from(job.clone());
    let row: Option<RowWithJob> = sqlx::query_as(
        "SELECT record, revision, uid, version, state FROM records \
         LEFT JOIN job_states ON job_uid = uid WHERE kind = $1 AND key = $2",
    )
    .bind(key.kind())
    .bind(key.text())
    .fetch_optional(connection)
    .await?;
    let Some((json, revision, uid, version, state_json)) = row else { return Ok(None) };
    let found = version.zip(state_json).map(|(version, json)| state((uid, version, json))).transpose()?;
    Ok(Some((records::raw(key.text(), json, revision), found)))
}

/// States that are due, earliest first.
pub async fn due(
    connection: &mut AnyConnection,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<JobState>, Failure> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT job_uid, version, state FROM job_states WHERE next_at <= $1 ORDER BY next_at, job_uid LIMIT $2",
    )
    .bind(floor(now))
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().filter_map(readable).collect())
}

/// When the next one is due.
pub async fn next_due(connection: &mut AnyConnection) -> Result<Option<Timestamp>, Failure> {
    let next: Option<i64> =
        sqlx::query_scalar("SELECT MIN(next_at) FROM job_states").fetch_one(connection).await?;
    Ok(next.map(timestamp))
}

/// States of these jobs, in the order of their names.
pub async fn of(connection: &mut AnyConnection, jobs: &[JobName]) -> Result<Vec<JobState>, Failure> {
    let mut states = Vec::with_capacity(jobs.len());
    for part in jobs.chunks(AT_ONCE) {
        let statement = format!(
            "SELECT job_uid, version, state FROM job_states WHERE job IN ({})",
            places(1, part.len())
        );
        // What was put in is numbers of places.
        let mut query = sqlx::query_as(AssertSqlSafe(statement));
        for job in filling(part) {
            query = query.bind(job.to_string());
        }
        let rows: Vec<Row> = query.fetch_all(&mut *connection).await?;
        for row in rows {
            states.push(state(row)?);
        }
    }
    states.sort_by(|one, other| (&one.job, &one.job_uid).cmp(&(&other.job, &other.job_uid)));
    states.dedup();
    Ok(states)
}

/// A state that cannot be read must not hold up the other jobs; it is named here whenever it is due.
fn readable(row: Row) -> Option<JobState> {
    let uid = row.0.clone();
    let state = state(row);
    if state.is_err() {
        error!(uid, "a stored job state cannot be read, and its job is not fired");
    }
    state.ok()
}

/// The version in the column is the one that counts.
fn state((uid, version, json): Row) -> Result<JobState, Failure> {
    let state: JobState = from_json(KIND, &uid, &json)?;
    Ok(JobState { version: version.cast_unsigned(), ..state })
}

const KIND: &str = "job state";
