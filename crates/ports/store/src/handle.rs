//! The typed face of a database.

use std::sync::Arc;

use names::{JobName, Revision};
use serde::Deserialize as _;
use serde::de::DeserializeOwned;
use serde::de::value::StrDeserializer;

use crate::{
    ApplyError, Backend, Follower, JobRecord, JobState, Plan, RawRecord, ReadError, RecordKey, Recorded,
};

/// A cheap-clone handle onto the store.
#[derive(Clone)]
pub struct Store {
    backend: Arc<dyn Backend>,
}

/// A record and the revision at which it was written.
#[derive(Clone, PartialEq, Debug)]
pub struct Stored<R> {
    /// The record.
    pub record: R,
    /// When it was written, as a revision: its etag.
    pub revision: Revision,
}

/// One page of a listing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// Continue after this key.
    pub after: Option<String>,
    /// At most so many records.
    pub limit: u32,
}

impl Page {
    /// The first page.
    pub fn first(limit: u32) -> Self {
        Self { after: None, limit }
    }
}

/// Records of one page, and where the next one starts.
#[derive(Clone, PartialEq, Debug)]
pub struct Listing<R> {
    /// In the order of their keys.
    pub records: Vec<Stored<R>>,
    /// The key to continue after; `None` on the last page.
    pub next: Option<String>,
}

impl Store {
    /// A handle onto this database.
    pub fn on(backend: Arc<dyn Backend>) -> Self {
        Self { backend }
    }

    /// The database itself, for deliveries, firings, logs and decisions.
    pub fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    /// Applies a plan whole or not at all. When it returns, followers have seen the changes.
    pub async fn apply(&self, plan: Plan) -> Result<Revision, ApplyError> {
        self.backend.apply(plan).await
    }

    /// Applies plans that have nothing to do with each other: see [`Backend::apply_each`].
    pub async fn apply_each(&self, plans: Vec<Plan>) -> Vec<Result<Revision, ApplyError>> {
        self.backend.apply_each(plans).await
    }

    /// Keeps a picture of the configuration current from now on.
    pub async fn follow(&self, follower: Arc<dyn Follower>) -> Result<Revision, ReadError> {
        self.backend.follow(follower).await
    }

    /// Reads one record.
    pub async fn find<R: Recorded>(&self, key: &R::Key) -> Result<Option<Stored<R>>, ReadError> {
        let key: RecordKey = key.clone().into();
        match self.backend.record(R::KIND, &key.text()).await? {
            Some(raw) => read(raw).map(Some),
            None => Ok(None),
        }
    }

    /// Reads a job and its state, as of one instant.
    pub async fn find_job(
        &self,
        name: &JobName,
    ) -> Result<Option<(Stored<JobRecord>, Option<JobState>)>, ReadError> {
        match self.backend.job(name).await? {
            Some((raw, state)) => Ok(Some((read(raw)?, state))),
            None => Ok(None),
        }
    }

    /// Reads the records that have these keys, in no order; keys without one are passed over. One that cannot be read
    /// is told apart from the others, which are there all the same.
    pub async fn find_each<R: Recorded>(
        &self,
        keys: &[R::Key],
    ) -> Result<Vec<Result<Stored<R>, ReadError>>, ReadError> {
        let keys: Vec<String> = keys.iter().cloned().map(|key| Into::<RecordKey>::into(key).text()).collect();
        Ok(self.backend.records_of(R::KIND, &keys).await?.into_iter().map(read).collect())
    }

    /// Reads a page of the records whose key starts with `prefix`. A page of large records ends early, after 8 MiB.
    pub async fn list<R: Recorded>(&self, prefix: &str, page: &Page) -> Result<Listing<R>, ReadError> {
        let (mut records, mut next, mut bytes) = (Vec::new(), page.after.clone(), 0);
        loop {
            let wanted = page.limit.saturating_sub(records.len() as u32).min(AT_ONCE);
            let one_more = Page { after: next.clone(), limit: wanted + 1 };
            let mut found = self.backend.records(R::KIND, prefix, &one_more).await?.into_iter().peekable();
            for _ in 0..wanted {
                let Some(raw) = found.next_if(|_| bytes < MOST_BYTES) else { break };
                bytes += raw.json.len();
                next = Some(raw.key.clone());
                records.push(read(raw)?);
            }
            if found.peek().is_none() {
                return Ok(Listing { records, next: None });
            }
            if bytes >= MOST_BYTES || records.len() as u32 >= page.limit {
                return Ok(Listing { records, next });
            }
        }
    }

    /// Reads the keys that start with `prefix`, and when the record of each was written, but no record: for sweeps over
    /// records that may be large. For keys that are written as their own text, as names are.
    pub async fn keys<R: Recorded<Key: DeserializeOwned>>(
        &self,
        prefix: &str,
    ) -> Result<Vec<(R::Key, Revision)>, ReadError> {
        let keys = self.backend.keys(R::KIND, prefix).await?;
        let parsed = keys.into_iter().map(|(key, revision)| {
            match R::Key::deserialize(StrDeserializer::<serde_json::Error>::new(&key)) {
                Ok(name) => Ok((name, revision)),
                Err(source) => Err(ReadError::Corrupt { kind: R::KIND, key, source }),
            }
        });
        parsed.collect()
    }

    /// Reads every record whose key starts with `prefix`, page by page.
    pub async fn all<R: Recorded>(&self, prefix: &str) -> Result<Vec<Stored<R>>, ReadError> {
        let (mut records, mut page) = (Vec::new(), Page::first(500));
        loop {
            let mut listing = self.list(prefix, &page).await?;
            records.append(&mut listing.records);
            match listing.next {
                Some(next) => page.after = Some(next),
                None => return Ok(records),
            }
        }
    }
}

fn read<R: Recorded>(raw: RawRecord) -> Result<Stored<R>, ReadError> {
    match serde_json::from_str(&raw.json) {
        Ok(record) => Ok(Stored { record, revision: raw.revision }),
        Err(source) => Err(ReadError::Corrupt { kind: R::KIND, key: raw.key, source }),
    }
}

/// How many records are read at once: what a page is too long by is read in vain.
const AT_ONCE: u32 = 50;
/// Of JSON, after which a page ends.
const MOST_BYTES: usize = 8 << 20;
