//! Deliveries and the leases on them.
//!
//! `available_at` is when a delivery can be claimed: its due time, or the end of the lease while there is one. So a
//! lease whose holder died ends by itself, and one column answers both what is due and when the next one will be.
//! The fence grows whenever a lease begins or is taken away: a lease with an older one holds nothing.

use jiff::Timestamp;
use names::{ProjectId, Uid};
use sqlx::any::AnyQueryResult;
use sqlx::{AnyConnection, AssertSqlSafe};
use store::{ApplyError, Delivery, Lease, Shares};
use tracing::error;

use crate::dialect::Dialect;
use crate::fault::Failure;
use crate::instant::{ceiling, floor, timestamp};

use super::{all_from_json, filling, from_json, places, to_json};

/// What a claim asks for.
pub struct Claim {
    pub holder: String,
    pub now: Timestamp,
    pub until: Timestamp,
    pub limit: u32,
    pub shares: Shares,
}

/// Adds a delivery.
pub async fn put(connection: &mut AnyConnection, delivery: &Delivery) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO deliveries (uid, owner_uid, due_at, available_at, fence, project, delivery) \
         VALUES ($1, $2, $3, $3, 0, $4, $5)",
    )
    .bind(delivery.uid.as_str())
    .bind(delivery.owner_uid.as_str())
    .bind(ceiling(delivery.due_at))
    .bind(delivery.project.as_str())
    .bind(to_json(KIND, delivery.uid.as_str(), delivery)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds a delivery, unless its owner has as many already. Plans that add one this way stand in one order, so that
/// nobody adds one between the count and the addition.
pub async fn put_within(
    connection: &mut AnyConnection,
    delivery: &Delivery,
    most: u32,
) -> Result<(), Failure> {
    if count_of(connection, &delivery.owner_uid).await? >= u64::from(most) {
        return Err(ApplyError::Full(delivery.owner_uid.clone()).into());
    }
    put(connection, delivery).await
}

/// Claims what is due, oldest first, and of nobody more than the shares allow.
pub async fn claim(
    connection: &mut AnyConnection,
    dialect: Dialect,
    claim: &Claim,
) -> Result<Vec<(Lease, Delivery)>, Failure> {
    let chosen = choose(connection, dialect, claim).await?;
    if chosen.is_empty() {
        return Ok(Vec::new());
    }
    let statement = format!(
        "UPDATE deliveries SET lease_holder = $1, available_at = $2, fence = fence + 1 \
         WHERE uid IN ({}) RETURNING uid, due_at, fence, delivery",
        places(3, chosen.len()),
    );
    // What was put in is numbers of places.
    let mut query =
        sqlx::query_as(AssertSqlSafe(statement)).bind(claim.holder.as_str()).bind(ceiling(claim.until));
    for uid in filling(&chosen) {
        query = query.bind(uid.as_str());
    }
    let mut rows: Vec<(String, i64, i64, String)> = query.fetch_all(connection).await?;
    // The database answers in whatever order it wrote them.
    rows.sort_unstable_by(|(one, one_due, ..), (other, other_due, ..)| {
        (one_due, one).cmp(&(other_due, other))
    });
    Ok(rows.into_iter().filter_map(|(uid, _, fence, json)| claimed(&uid, fence, &json)).collect())
}

/// Which ones to claim. Whoever turns out to have its share is left out of the next look, which goes on where the last
/// one ended: each look finds one more at least, or is the last.
async fn choose(
    connection: &mut AnyConnection,
    dialect: Dialect,
    claim: &Claim,
) -> Result<Vec<String>, Failure> {
    let (mut shares, limit) = (claim.shares.clone(), claim.limit as usize);
    let (mut chosen, mut after) = (Vec::new(), (i64::MIN, String::new()));
    while chosen.len() < limit {
        let wanted = limit - chosen.len();
        let (condition, full) = leaving_out_the_full(5, &shares);
        let statement = format!(
            "SELECT uid, owner_uid, project, due_at FROM deliveries \
             WHERE available_at <= $1 AND (due_at, uid) > ($2, $3){condition} ORDER BY due_at, uid LIMIT $4{}",
            dialect.stepping_around_others(),
        );
        // What was put in is numbers of places and the dialect's own words.
        let mut query = sqlx::query_as(AssertSqlSafe(statement))
            .bind(floor(claim.now))
            .bind(after.0)
            .bind(after.1.clone())
            .bind(i64::try_from(wanted).unwrap_or(i64::MAX));
        for name in full {
            query = query.bind(name);
        }
        let rows: Vec<(String, String, String, i64)> = query.fetch_all(&mut *connection).await?;
        let last = rows.len() < wanted;
        for (uid, owner, project, due_at) in rows {
            match (Uid::parse(&owner), ProjectId::parse(&project)) {
                (Ok(owner), Ok(project)) if shares.take(&owner, &project) => chosen.push(uid.clone()),
                (Ok(_), Ok(_)) => {}
                _ => error!(uid, "a stored delivery cannot be read and is not sent"),
            }
            after = (due_at, uid);
        }
        if last {
            break;
        }
    }
    Ok(chosen)
}

/// A condition, and what is bound to its places.
fn leaving_out_the_full(first_place: usize, shares: &Shares) -> (String, Vec<String>) {
    let owners: Vec<String> = shares.full_owners().map(Uid::to_string).collect();
    let projects: Vec<String> = shares.full_projects().map(ProjectId::to_string).collect();
    let (mut condition, mut bound) = (String::new(), Vec::new());
    for (column, names) in [("owner_uid", owners), ("project", projects)] {
        if !names.is_empty() {
            let places = places(first_place + bound.len(), names.len());
            condition.push_str(&format!(" AND {column} NOT IN ({places})"));
            bound.extend(filling(&names).cloned());
        }
    }
    (condition, bound)
}

/// A delivery that cannot be read must not hold up the others; its lease runs out, and it is named here again.
fn claimed(uid: &str, fence: i64, json: &str) -> Option<(Lease, Delivery)> {
    match from_json::<Delivery>(KIND, uid, json) {
        Ok(delivery) => Some((Lease { delivery: delivery.uid.clone(), fence }, delivery)),
        Err(_) => {
            error!(uid, "a stored delivery cannot be read and is not sent");
            None
        }
    }
}

/// Writes a delivery whose attempt begins; its lease goes on until `until`.
pub async fn start_attempt(
    connection: &mut AnyConnection,
    lease: &Lease,
    delivery: &Delivery,
    until: Timestamp,
) -> Result<(), Failure> {
    let written = sqlx::query(
        "UPDATE deliveries SET available_at = $3, delivery = $4 \
         WHERE uid = $1 AND fence = $2 AND lease_holder IS NOT NULL",
    )
    .bind(covered(lease, delivery)?)
    .bind(lease.fence)
    .bind(ceiling(until))
    .bind(to_json(KIND, delivery.uid.as_str(), delivery)?)
    .execute(connection)
    .await?;
    held(&written, lease)
}

/// Gives up a lease; the delivery goes on.
pub async fn reschedule(
    connection: &mut AnyConnection,
    lease: &Lease,
    delivery: &Delivery,
) -> Result<(), Failure> {
    let written = sqlx::query(
        "UPDATE deliveries SET due_at = $3, available_at = $3, lease_holder = NULL, fence = fence + 1, \
         delivery = $4 WHERE uid = $1 AND fence = $2 AND lease_holder IS NOT NULL",
    )
    .bind(covered(lease, delivery)?)
    .bind(lease.fence)
    .bind(ceiling(delivery.due_at))
    .bind(to_json(KIND, delivery.uid.as_str(), delivery)?)
    .execute(connection)
    .await?;
    held(&written, lease)
}

/// Ends a delivery.
pub async fn finish(connection: &mut AnyConnection, lease: &Lease) -> Result<(), Failure> {
    let deleted =
        sqlx::query("DELETE FROM deliveries WHERE uid = $1 AND fence = $2 AND lease_holder IS NOT NULL")
            .bind(lease.delivery.as_str())
            .bind(lease.fence)
            .execute(connection)
            .await?;
    held(&deleted, lease)
}

/// Removes an owner's deliveries that nobody is sending.
pub async fn cancel(connection: &mut AnyConnection, owner: &Uid) -> Result<(), Failure> {
    sqlx::query("DELETE FROM deliveries WHERE owner_uid = $1 AND lease_holder IS NULL")
        .bind(owner.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Gives back the leases of a holder.
pub async fn release(connection: &mut AnyConnection, holder: &str) -> Result<u64, Failure> {
    let released = sqlx::query(
        "UPDATE deliveries SET available_at = due_at, lease_holder = NULL, fence = fence + 1 \
         WHERE lease_holder = $1",
    )
    .bind(holder)
    .execute(connection)
    .await?;
    Ok(released.rows_affected())
}

/// When the next one can be claimed, of those who do not have their share.
pub async fn next_due(connection: &mut AnyConnection, shares: &Shares) -> Result<Option<Timestamp>, Failure> {
    let (condition, full) = leaving_out_the_full(1, shares);
    let statement =
        format!("SELECT available_at FROM deliveries WHERE TRUE{condition} ORDER BY available_at LIMIT 1");
    // What was put in is numbers of places.
    let mut query = sqlx::query_scalar(AssertSqlSafe(statement));
    for name in full {
        query = query.bind(name);
    }
    let next: Option<i64> = query.fetch_optional(connection).await?;
    Ok(next.map(timestamp))
}

/// An owner's deliveries, oldest due first.
pub async fn of(connection: &mut AnyConnection, owner: &Uid) -> Result<Vec<Delivery>, Failure> {
    let rows =
        sqlx::query_as("SELECT uid, delivery FROM deliveries WHERE owner_uid = $1 ORDER BY due_at, uid")
            .bind(owner.as_str())
            .fetch_all(connection)
            .await?;
    all_from_json(KIND, rows)
}

/// How many deliveries an owner has. Their bodies are not read.
pub async fn count_of(connection: &mut AnyConnection, owner: &Uid) -> Result<u64, Failure> {
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM deliveries WHERE owner_uid = $1")
        .bind(owner.as_str())
        .fetch_one(connection)
        .await?;
    Ok(count.cast_unsigned())
}

/// The delivery's uid, if the lease is one on it.
fn covered<'l>(lease: &'l Lease, delivery: &Delivery) -> Result<&'l str, Failure> {
    if lease.delivery == delivery.uid {
        Ok(lease.delivery.as_str())
    } else {
        Err(ApplyError::LeaseLost(delivery.uid.clone()).into())
    }
}

fn held(result: &AnyQueryResult, lease: &Lease) -> Result<(), Failure> {
    if result.rows_affected() == 0 {
        return Err(ApplyError::LeaseLost(lease.delivery.clone()).into());
    }
    Ok(())
}

const KIND: &str = "delivery";
