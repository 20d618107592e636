//! Entries as they come.

use std::collections::BTreeSet;

use iam::Permit;
use iam::permission::LoggingLogEntriesList;
use jiff::{SignedDuration, Timestamp};
use logfilter::Filter;
use store::{LogEntry, LogOrder};

use crate::{Entries, ListEntriesError, Logs, Place, Query};

/// Entries that come from now on, as far as they have been given out.
///
/// The store is asked again and again for what is of late: an entry tells when it happened, and may be written a moment
/// after. One that comes more than ten seconds after its own instant is not among what is given out here.
#[derive(Clone, Debug)]
pub struct Tail {
    filter: Filter,
    /// What was given out, or was there before.
    seen: BTreeSet<(Timestamp, String, String, String)>,
    /// Whether what was there before is known.
    began: bool,
    /// Where to go on, when there was more than one look takes.
    after: Option<Place>,
}

impl Tail {
    /// Entries that a filter lets through.
    pub fn of(filter: Filter) -> Self {
        Self { filter, seen: BTreeSet::new(), began: false, after: None }
    }

    fn is_new(&mut self, entry: &LogEntry) -> bool {
        let LogEntry { timestamp, insert_id, log_id, project, .. } = entry;
        self.seen.insert((*timestamp, insert_id.clone(), log_id.clone(), project.to_string()))
    }
}

impl Logs {
    /// What has come to the permits' projects since the last call, oldest first; nothing the first time, which finds out
    /// what is there already. What more there is than one call takes comes with the next.
    pub async fn new_entries(
        &self,
        permits: &[Permit<LoggingLogEntriesList>],
        tail: &mut Tail,
        now: Timestamp,
    ) -> Result<Vec<LogEntry>, ListEntriesError> {
        let since = now.saturating_sub(LATE).unwrap_or(Timestamp::MIN);
        let began = tail.began;
        let mut new = Vec::new();
        for _ in 0..LOOKS {
            let (order, after) = (LogOrder::OldestFirst, tail.after.take());
            let query = Query { filter: tail.filter.clone(), order, after, limit: 1000 };
            let Entries { entries, next } = self.list_since(permits, query, Some(since)).await?;
            new.extend(entries.into_iter().filter(|entry| tail.is_new(entry) && began));
            tail.after = next;
            if tail.after.is_none() {
                tail.began = true;
                break;
            }
        }
        let forgotten = (
            since.saturating_sub(LATE).unwrap_or(Timestamp::MIN),
            String::new(),
            String::new(),
            String::new(),
        );
        tail.seen = tail.seen.split_off(&forgotten);
        Ok(new)
    }
}

/// How long after its instant an entry may still be written.
const LATE: SignedDuration = SignedDuration::from_secs(10);
/// Pages that one call reads.
const LOOKS: usize = 3;
