//! A store that forgets when the test ends. It keeps what these tests look at: records and operations.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use names::{JobName, OperationName, ProjectId, Revision, Uid};
use store::*;

#[derive(Default)]
pub struct Memory {
    facts: Mutex<Facts>,
}

#[derive(Default)]
struct Facts {
    revision: Revision,
    records: BTreeMap<RecordKey, (Record, Revision)>,
    operations: BTreeMap<String, Operation>,
    decisions: BTreeMap<String, GateDecision>,
    followers: Vec<Arc<dyn Follower>>,
}

impl Memory {
    pub fn store() -> Store {
        Store::on(Arc::new(Self::default()))
    }
}

impl Memory {
    fn apply_now(&self, plan: Plan) -> Result<Revision, ApplyError> {
        let mut facts = self.facts.lock().unwrap();
        for expectation in &plan.expectations {
            match expectation {
                Expectation::Absent(key) if facts.records.contains_key(key) => {
                    return Err(ApplyError::AlreadyExists(key.clone()));
                }
                Expectation::Absent(_) => {}
                Expectation::At(key, revision) => match facts.records.get(key) {
                    None => return Err(ApplyError::NotFound(key.clone())),
                    Some((_, at)) if at != revision => return Err(ApplyError::Conflict(key.clone())),
                    Some(_) => {}
                },
                Expectation::Is(key, uid) => {
                    if facts.records.get(key).is_none_or(|(record, _)| record.uid() != uid) {
                        return Err(ApplyError::NotFound(key.clone()));
                    }
                }
            }
        }
        for change in plan.changes {
            facts.revision = facts.revision.next();
            let revision = facts.revision;
            match &change {
                Change::Delete(key) => drop(facts.records.remove(key)),
                Change::Put(record) => {
                    drop(facts.records.insert(record.key(), (Record::clone(record), revision)))
                }
            }
            facts
                .followers
                .iter()
                .for_each(|follower| follower.follow(revision, std::slice::from_ref(&change)));
        }
        for work in plan.work {
            if let Work::PutOperation(operation) = work {
                facts.operations.insert(operation.name.to_string(), *operation);
            }
        }
        Ok(facts.revision)
    }
}

#[rustfmt::skip]
#[async_trait::async_trait]
impl Backend for Memory {
    async fn apply(&self, plan: Plan) -> Result<Revision, ApplyError> {
        self.apply_now(plan)
    }
    async fn follow(&self, follower: Arc<dyn Follower>) -> Result<Revision, ReadError> {
        let mut facts = self.facts.lock().unwrap();
        let all: Vec<_> = facts.records.values().map(|(record, _)| Change::Put(Box::new(record.clone()))).collect();
        follower.follow(facts.revision, &all);
        facts.followers.push(follower);
        Ok(facts.revision)
    }
    async fn record(&self, kind: &'static str, key: &str) -> Result<Option<RawRecord>, ReadError> {
        let facts = self.facts.lock().unwrap();
        let found = facts.records.iter().find(|(at, _)| at.kind() == kind && at.text() == key);
        Ok(found.map(|(key, (record, revision))| raw(key, record, *revision)))
    }
    async fn records(&self, kind: &'static str, prefix: &str, page: &Page) -> Result<Vec<RawRecord>, ReadError> {
        let facts = self.facts.lock().unwrap();
        let after = |key: &str| page.after.as_ref().is_none_or(|after| key > after.as_str());
        let mut found: Vec<_> = facts.records.iter()
            .filter(|(key, _)| key.kind() == kind && key.text().starts_with(prefix) && after(&key.text()))
            .map(|(key, (record, revision))| raw(key, record, *revision))
            .collect();
        found.sort_by(|one, other| one.key.cmp(&other.key));
        found.truncate(page.limit as usize);
        Ok(found)
    }
    async fn operation(&self, name: &OperationName) -> Result<Option<Operation>, ReadError> {
        Ok(self.facts.lock().unwrap().operations.get(&name.to_string()).cloned())
    }
    async fn append_decisions(&self, decisions: Vec<GateDecision>) -> Result<(), ApplyError> {
        let mut facts = self.facts.lock().unwrap();
        facts.decisions.extend(decisions.into_iter().map(|decision| (decision.request_id.clone(), decision)));
        Ok(())
    }
    async fn decision(&self, request_id: &str) -> Result<Option<GateDecision>, ReadError> {
        Ok(self.facts.lock().unwrap().decisions.get(request_id).cloned())
    }
    async fn claim_deliveries(&self, _: &str, _: Timestamp, _: Timestamp, _: u32) -> Result<Vec<(Lease, Delivery)>, ApplyError> { Ok(Vec::new()) }
    async fn release_leases(&self, _: &str) -> Result<u64, ApplyError> { Ok(0) }
    async fn next_delivery_due(&self) -> Result<Option<Timestamp>, ReadError> { Ok(None) }
    async fn deliveries_of(&self, _: &Uid) -> Result<Vec<Delivery>, ReadError> { Ok(Vec::new()) }
    async fn count_deliveries_of(&self, _: &Uid) -> Result<u64, ReadError> { Ok(0) }
    async fn job_state(&self, _: &Uid) -> Result<Option<JobState>, ReadError> { Ok(None) }
    async fn due_job_states(&self, _: Timestamp, _: u32) -> Result<Vec<JobState>, ReadError> { Ok(Vec::new()) }
    async fn next_job_due(&self) -> Result<Option<Timestamp>, ReadError> { Ok(None) }
    async fn job_states(&self, _: &[JobName]) -> Result<Vec<JobState>, ReadError> { Ok(Vec::new()) }
    async fn logs(&self, _: &ProjectId, _: &LogFilter) -> Result<Vec<LogEntry>, ReadError> { Ok(Vec::new()) }
    async fn operations(&self, _: &str, _: &Page) -> Result<Vec<Operation>, ReadError> { Ok(Vec::new()) }
    async fn audit_of_request(&self, _: &str) -> Result<Vec<AuditEntry>, ReadError> { Ok(Vec::new()) }
    async fn audit_of_resource(&self, _: &str, _: u32) -> Result<Vec<AuditEntry>, ReadError> { Ok(Vec::new()) }
}

fn raw(key: &RecordKey, record: &Record, revision: Revision) -> RawRecord {
    RawRecord { key: key.text(), json: record.to_json().unwrap(), revision }
}
