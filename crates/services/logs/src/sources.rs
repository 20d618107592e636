//! What entries are read from: the log of each project, and what the gate decided; as one stream, in order.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use names::{ProjectId, ServiceName};
use store::{DecisionFilter, LogEntry, LogFilter, LogOrder, LogPlace, ReadError, ServiceRecord, Store};

use crate::Place;
use crate::request_entry;

/// What to read.
pub(crate) struct Wanted {
    pub projects: BTreeSet<ProjectId>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub log_id: Option<String>,
    /// Whether requests to services may be among what is wanted.
    pub requests: bool,
    pub after: Option<Place>,
    pub order: LogOrder,
}

/// The stream.
pub(crate) struct Sources {
    store: Store,
    wanted: Wanted,
    sources: Vec<Source>,
}

/// Who manages each service that was asked for, as its own label says: functions do, and `gcloud functions logs read`
/// asks for that label.
#[derive(Default)]
struct Managers(BTreeMap<ServiceName, Option<String>>);

struct Source {
    of: Of,
    managers: Managers,
    buffer: VecDeque<(Key, Option<LogEntry>)>,
    /// Where the stream begins: nothing up to here is given out.
    begin: Option<Key>,
    /// What was read last.
    last: Option<Key>,
    ended: bool,
}

enum Of {
    Log(ProjectId),
    Requests,
}

/// The order of entries: instants count to the microsecond, as in the store.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Key {
    microsecond: i64,
    insert_id: String,
    log_id: String,
    project: String,
}

impl Sources {
    pub fn new(store: Store, wanted: Wanted) -> Self {
        let of_log = wanted.projects.iter().cloned().map(Of::Log);
        let requests = Some(Of::Requests).filter(|_| wanted.requests);
        let begin = wanted.after.as_ref().map(Key::of_place);
        let sources = of_log.chain(requests);
        let sources = sources.map(|of| Source {
            of,
            managers: Managers::default(),
            buffer: VecDeque::new(),
            begin: begin.clone(),
            last: begin.clone(),
            ended: false,
        });
        Self { store, sources: sources.collect(), wanted }
    }

    /// The next piece, and the entry that it is, if it is one that may be wanted; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<(Place, Option<LogEntry>)>, ReadError> {
        let order = self.wanted.order;
        for source in &mut self.sources {
            while source.buffer.is_empty() && !source.ended {
                source.fill(&self.store, &self.wanted).await?;
            }
        }
        let heads = self.sources.iter_mut().filter(|source| !source.buffer.is_empty());
        let first = heads.reduce(|one, other| {
            let before = match order {
                LogOrder::NewestFirst => other.head() > one.head(),
                LogOrder::OldestFirst => other.head() < one.head(),
            };
            if before { other } else { one }
        });
        let piece = first.and_then(|source| source.buffer.pop_front());
        Ok(piece.map(|(key, entry)| (key.into_place(), entry)))
    }
}

impl Source {
    fn head(&self) -> Option<&Key> {
        self.buffer.front().map(|(key, _)| key)
    }

    async fn fill(&mut self, store: &Store, wanted: &Wanted) -> Result<(), ReadError> {
        let (since, until, order) = (wanted.since, wanted.until, wanted.order);
        let found: Vec<(Key, Option<LogEntry>)> = match &self.of {
            Of::Log(project) => {
                let after = self.last.as_ref().map(|key| key.place_for(project, order));
                let log_id = wanted.log_id.clone();
                let filter = LogFilter { since, until, after, log_id, order, limit: AT_ONCE };
                let entries = store.backend().logs(project, &filter).await?;
                entries.into_iter().map(|entry| (Key::of_entry(&entry), Some(entry))).collect()
            }
            Of::Requests => {
                let from = self.last.as_ref().map(|key| (key.instant(), key.insert_id.clone()));
                let filter = DecisionFilter { since, until, from, order, limit: AT_ONCE };
                let decisions = store.backend().requests(&filter).await?;
                let mut pieces = Vec::with_capacity(decisions.len());
                for decision in decisions {
                    let key = Key::of_decision(decision.time, &decision.request_id);
                    let service = request_entry::service_of(&decision);
                    let entry = request_entry::of(decision);
                    pieces.push(match entry.filter(|entry| wanted.projects.contains(&entry.project)) {
                        Some(mut entry) => {
                            if let Some(service) = service {
                                entry.labels.extend(self.managers.of(store, service).await?);
                            }
                            (Key::of_entry(&entry), Some(entry))
                        }
                        None => (key, None),
                    });
                }
                pieces
            }
        };
        self.ended = found.len() < AT_ONCE as usize;
        let (begin, last) = (self.begin.clone(), self.last.take());
        let within = |bound: &Option<Key>, key: &Key| {
            bound.as_ref().is_some_and(|bound| match order {
                LogOrder::NewestFirst => key >= bound,
                LogOrder::OldestFirst => key <= bound,
            })
        };
        // What is passed over counts, too: the next piece begins after it.
        self.last = found.last().map(|(key, _)| key.clone()).or_else(|| last.clone());
        let new = found.into_iter().filter(|(key, _)| !within(&begin, key) && !within(&last, key));
        self.buffer.extend(new);
        Ok(())
    }
}

impl Managers {
    /// The label, where the service is there and has it.
    async fn of(
        &mut self,
        store: &Store,
        service: ServiceName,
    ) -> Result<Option<(String, String)>, ReadError> {
        if !self.0.contains_key(&service) {
            let found = store.find::<ServiceRecord>(&service).await?;
            let manager = found.and_then(|mut found| found.record.labels.remove(MANAGED_BY));
            self.0.insert(service.clone(), manager);
        }
        Ok(self.0[&service].clone().map(|manager| (MANAGED_BY.to_owned(), manager)))
    }
}

impl Key {
    fn of_entry(entry: &LogEntry) -> Self {
        Self {
            microsecond: microsecond(entry.timestamp),
            insert_id: entry.insert_id.clone(),
            log_id: entry.log_id.clone(),
            project: entry.project.to_string(),
        }
    }

    /// Of what is no entry of the projects that are read.
    fn of_decision(time: Timestamp, request_id: &str) -> Self {
        Self {
            microsecond: microsecond(time),
            insert_id: request_id.to_owned(),
            log_id: String::new(),
            project: String::new(),
        }
    }

    fn of_place(place: &Place) -> Self {
        Self {
            microsecond: place.microsecond,
            insert_id: place.insert_id.clone(),
            log_id: place.log_id.clone(),
            project: place.project.clone(),
        }
    }

    fn into_place(self) -> Place {
        let Self { microsecond, insert_id, log_id, project } = self;
        Place { microsecond, insert_id, log_id, project }
    }

    fn instant(&self) -> Timestamp {
        Timestamp::from_microsecond(self.microsecond).unwrap_or(Timestamp::MAX)
    }

    /// The place after which a project's entries are read. Those of another project than the key's may stand at the very
    /// same instant and ID, and then their projects decide: everything of that instant and ID is read, of whatever log.
    fn place_for(&self, project: &ProjectId, order: LogOrder) -> LogPlace {
        let log_id = match order {
            _ if self.project == project.as_str() => self.log_id.clone(),
            LogOrder::NewestFirst => char::MAX.to_string(),
            LogOrder::OldestFirst => String::new(),
        };
        LogPlace { timestamp: self.instant(), insert_id: self.insert_id.clone(), log_id }
    }
}

fn microsecond(instant: Timestamp) -> i64 {
    let microseconds = instant.as_nanosecond().div_euclid(1000);
    i64::try_from(microseconds).expect("the calendar ends long before 64 bits of microseconds do")
}

const MANAGED_BY: &str = "goog-managed-by";
/// Entries may have a quarter of a megabyte each.
const AT_ONCE: u32 = 64;
