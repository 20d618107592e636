//! All configuration, and the index of resources.

use std::collections::BTreeMap;

use names::{ResourceName, Revision, Uid};
use sqlx::{AnyConnection, AssertSqlSafe};
use store::{Change, Page, RawRecord, Record, RecordKey};
use tracing::warn;

use crate::fault::Failure;

use super::{AT_ONCE, filling, places};

/// The uid of a record and when it was written; `None` where there is none.
pub type Standing = Option<(String, Revision)>;

/// Which record has a key, and when it was written.
pub async fn standing(connection: &mut AnyConnection, key: &RecordKey) -> Result<Standing, Failure> {
    let row: Option<(String, i64)> =
        sqlx::query_as("SELECT uid, revision FROM records WHERE kind = $1 AND key = $2")
            .bind(key.kind())
            .bind(key.text())
            .fetch_optional(connection)
            .await?;
    Ok(row.map(|(uid, revision)| (uid, Revision(revision.cast_unsigned()))))
}

/// The same for each of these keys.
pub async fn standings(
    connection: &mut AnyConnection,
    keys: Vec<RecordKey>,
) -> Result<BTreeMap<RecordKey, Standing>, Failure> {
    let mut standings = BTreeMap::new();
    let mut by_kind = BTreeMap::<_, BTreeMap<String, RecordKey>>::new();
    for key in keys {
        by_kind.entry(key.kind()).or_default().insert(key.text(), key);
    }
    for (kind, mut keys) in by_kind {
        let texts: Vec<String> = keys.keys().cloned().collect();
        for part in texts.chunks(AT_ONCE) {
            let statement = format!(
                "SELECT key, uid, revision FROM records WHERE kind = $1 AND key IN ({})",
                places(2, part.len())
            );
            // What was put in is numbers of places.
            let mut query = sqlx::query_as(AssertSqlSafe(statement)).bind(kind);
            for key in filling(part) {
                query = query.bind(key.as_str());
            }
            let rows: Vec<(String, String, i64)> = query.fetch_all(&mut *connection).await?;
            for (text, uid, revision) in rows {
                if let Some(key) = keys.remove(&text) {
                    standings.insert(key, Some((uid, Revision(revision.cast_unsigned()))));
                }
            }
        }
        standings.extend(keys.into_values().map(|key| (key, None)));
    }
    Ok(standings)
}

/// Writes a record, new or not.
pub async fn put(connection: &mut AnyConnection, record: &Record, revision: Revision) -> Result<(), Failure> {
    let (kind, key) = (record.kind(), record.key().text());
    let json = record.to_json().map_err(|source| Failure::Corrupt { kind, key: key.clone(), source })?;
    sqlx::query(
        "INSERT INTO records (kind, key, uid, name, parent, revision, record) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (kind, key) DO UPDATE SET uid = excluded.uid, name = excluded.name, \
         parent = excluded.parent, revision = excluded.revision, record = excluded.record",
    )
    .bind(kind)
    .bind(key)
    .bind(record.uid().as_str())
    .bind(record.resource().map(|name| name.to_string()))
    .bind(parent(record).map(|name| name.to_string()))
    .bind(revision.0.cast_signed())
    .bind(json)
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes a record; `true` if it was there.
pub async fn delete(connection: &mut AnyConnection, key: &RecordKey) -> Result<bool, Failure> {
    let deleted = sqlx::query("DELETE FROM records WHERE kind = $1 AND key = $2")
        .bind(key.kind())
        .bind(key.text())
        .execute(connection)
        .await?;
    Ok(deleted.rows_affected() > 0)
}

/// One record.
pub async fn one(
    connection: &mut AnyConnection,
    kind: &'static str,
    key: &str,
) -> Result<Option<RawRecord>, Failure> {
    let row: Option<(String, i64)> =
        sqlx::query_as("SELECT record, revision FROM records WHERE kind = $1 AND key = $2")
            .bind(kind)
            .bind(key)
            .fetch_optional(connection)
            .await?;
    Ok(row.map(|(json, revision)| raw(key.to_owned(), json, revision)))
}

/// Those records of a kind that have one of these keys.
pub async fn of(
    connection: &mut AnyConnection,
    kind: &'static str,
    keys: &[String],
) -> Result<Vec<RawRecord>, Failure> {
    let mut found = Vec::with_capacity(keys.len());
    for part in keys.chunks(AT_ONCE) {
        let statement = format!(
            "SELECT key, record, revision FROM records WHERE kind = $1 AND key IN ({})",
            places(2, part.len())
        );
        // What was put in is numbers of places.
        let mut query = sqlx::query_as(AssertSqlSafe(statement)).bind(kind);
        for key in filling(part) {
            query = query.bind(key.as_str());
        }
        let rows: Vec<(String, String, i64)> = query.fetch_all(&mut *connection).await?;
        found.extend(rows.into_iter().map(|(key, json, revision)| raw(key, json, revision)));
    }
    Ok(found)
}

/// A page of the records of a kind whose key starts with a prefix.
pub async fn page(
    connection: &mut AnyConnection,
    kind: &'static str,
    prefix: &str,
    page: &Page,
) -> Result<Vec<RawRecord>, Failure> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT key, record, revision FROM records \
         WHERE kind = $1 AND key >= $2 AND key < $3 AND key > $4 ORDER BY key LIMIT $5",
    )
    .bind(kind)
    .bind(prefix)
    .bind(end_of(prefix))
    .bind(page.after.as_deref().unwrap_or_default())
    .bind(i64::from(page.limit))
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(key, json, revision)| raw(key, json, revision)).collect())
}

/// How many records of a kind have keys that start with a prefix, and when the latest of them was written.
pub async fn gathered(
    connection: &mut AnyConnection,
    kind: &'static str,
    prefix: &str,
) -> Result<(usize, Option<Revision>), Failure> {
    let (count, latest): (i64, Option<i64>) = sqlx::query_as(
        "SELECT COUNT(*), MAX(revision) FROM records WHERE kind = $1 AND key >= $2 AND key < $3",
    )
    .bind(kind)
    .bind(prefix)
    .bind(end_of(prefix))
    .fetch_one(connection)
    .await?;
    Ok((usize::try_from(count).unwrap_or_default(), latest.map(|latest| Revision(latest.cast_unsigned()))))
}

/// The keys of a kind that start with a prefix, and when each was written.
pub async fn keys(
    connection: &mut AnyConnection,
    kind: &'static str,
    prefix: &str,
) -> Result<Vec<(String, Revision)>, Failure> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT key, revision FROM records WHERE kind = $1 AND key >= $2 AND key < $3 ORDER BY key",
    )
    .bind(kind)
    .bind(prefix)
    .bind(end_of(prefix))
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(key, revision)| (key, Revision(revision.cast_unsigned()))).collect())
}

/// Everything, as puts.
pub async fn everything(connection: &mut AnyConnection) -> Result<Vec<Change>, Failure> {
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("SELECT kind, key, record FROM records ORDER BY kind, key")
            .fetch_all(connection)
            .await?;
    let mut puts = Vec::with_capacity(rows.len());
    for (kind, key, json) in rows {
        match Record::from_json(&kind, &json) {
            Ok(Some(record)) => puts.push(Change::Put(Box::new(record))),
            Ok(None) => warn!(kind, "a record of a kind that this version does not know was passed over"),
            Err(source) => {
                let known = Record::KINDS.iter().find(|known| **known == kind);
                return Err(Failure::Corrupt { kind: known.copied().unwrap_or("record"), key, source });
            }
        }
    }
    Ok(puts)
}

/// The key of the policy that would hang on a uid.
pub fn policy_of(uid: &str) -> Option<RecordKey> {
    Uid::parse(uid).ok().map(|uid| store::PolicyKey(uid).into())
}

/// What the resource lives in.
fn parent(record: &Record) -> Option<ResourceName> {
    match record {
        Record::Project(project) => Some(project.parent.clone()),
        other => other.resource()?.project().cloned().map(ResourceName::from),
    }
}

/// A record from its row.
pub fn raw(key: String, json: String, revision: i64) -> RawRecord {
    RawRecord { key, json, revision: Revision(revision.cast_unsigned()) }
}

/// The first text, by bytes, after all that start with `prefix`; for a prefix that has none, one after every key
/// (no key starts with the last character of Unicode, which is not assigned).
pub fn end_of(prefix: &str) -> String {
    let mut end: Vec<char> = prefix.chars().collect();
    while let Some(last) = end.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return end.into_iter().collect();
        }
    }
    char::MAX.to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::end_of;

    proptest! {
        #[test]
        fn a_text_lies_before_the_end_of_its_prefix_exactly_if_it_starts_with_it(prefix in "\\PC{1,4}", text in "\\PC{0,6}") {
            let end = end_of(&prefix);
            prop_assert!(prefix < end);
            prop_assert!([prefix.as_str(), text.as_str()].concat() < end);
            prop_assert_eq!(text >= prefix && text < end, text.starts_with(&prefix));
        }
    }

    #[test]
    fn characters_without_a_successor_are_passed_over() {
        assert_eq!(end_of("a\u{10FFFF}"), "b");
        assert_eq!(end_of("\u{D7FF}"), "\u{E000}");
        assert_eq!(end_of(""), "\u{10FFFF}");
    }
}
