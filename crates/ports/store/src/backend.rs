//! What a database must do.

use async_trait::async_trait;
use jiff::Timestamp;
use names::{DenyOperationName, JobName, OperationName, ProjectId, Revision, Uid};

use crate::{
    ApplyError, AuditEntry, Change, Decision, DecisionFilter, Delivery, Expired, JobState, Lease, LogEntry,
    LogFilter, Operation, OperationPlace, Page, Plan, PolicyOperation, ReadError, Shares,
};

/// A database. [`crate::Store`] is the typed face that everybody else uses.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Applies a plan in one transaction and, before it returns, hands its changes to every follower. Gives the
    /// revision of the last change, or the current one when nothing of the configuration changed.
    async fn apply(&self, plan: Plan) -> Result<Revision, ApplyError>;

    /// Applies plans that have nothing to do with each other, each as [`Backend::apply`] does and with an answer of its
    /// own, in as few commits as there can be. Answers stand in the order of the plans.
    async fn apply_each(&self, plans: Vec<Plan>) -> Vec<Result<Revision, ApplyError>>;

    /// Hands the whole configuration to the follower as one batch of puts, then every later change, in order and
    /// without a gap.
    async fn follow(&self, follower: std::sync::Arc<dyn Follower>) -> Result<Revision, ReadError>;

    /// One record by kind and key.
    async fn record(&self, kind: &'static str, key: &str) -> Result<Option<RawRecord>, ReadError>;

    /// Records of one kind whose key starts with `prefix`, in the order of their keys.
    async fn records(
        &self,
        kind: &'static str,
        prefix: &str,
        page: &Page,
    ) -> Result<Vec<RawRecord>, ReadError>;

    /// The keys of one kind that start with `prefix`, in their order, and when each was written, without the records.
    async fn keys(&self, kind: &'static str, prefix: &str) -> Result<Vec<(String, Revision)>, ReadError>;

    /// The records of one kind that have these keys, in no order; keys without one are passed over.
    async fn records_of(&self, kind: &'static str, keys: &[String]) -> Result<Vec<RawRecord>, ReadError>;

    /// Claims up to `limit` deliveries that are due and that no living lease holds, oldest due first; but of no owner
    /// and no project more than `shares` has left for it.
    async fn claim_deliveries(
        &self,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
        shares: &Shares,
    ) -> Result<Vec<(Lease, Delivery)>, ApplyError>;

    /// Gives back every lease of a holder that is known to be gone.
    async fn release_leases(&self, holder: &str) -> Result<u64, ApplyError>;

    /// When the next delivery can be claimed, of owners and projects that do not have their share: when it is due, or
    /// when the lease that it is under ends.
    async fn next_delivery_due(&self, shares: &Shares) -> Result<Option<Timestamp>, ReadError>;

    /// Deliveries of one owner that are not finished.
    async fn deliveries_of(&self, owner: &Uid) -> Result<Vec<Delivery>, ReadError>;

    /// How many deliveries of one owner are not finished.
    async fn count_deliveries_of(&self, owner: &Uid) -> Result<u64, ReadError>;

    /// One job's record, and its state, if there is one.
    async fn job(&self, job: &JobName) -> Result<Option<(RawRecord, Option<JobState>)>, ReadError>;

    /// States of jobs whose `next_at` is not after `now`, earliest first.
    async fn due_job_states(&self, now: Timestamp, limit: u32) -> Result<Vec<JobState>, ReadError>;

    /// When the next job fires.
    async fn next_job_due(&self) -> Result<Option<Timestamp>, ReadError>;

    /// States of these jobs, in the order of their names.
    async fn job_states(&self, jobs: &[JobName]) -> Result<Vec<JobState>, ReadError>;

    /// Log entries of a project. An instant counts to the microsecond.
    async fn logs(&self, project: &ProjectId, filter: &LogFilter) -> Result<Vec<LogEntry>, ReadError>;

    /// IDs of logs of a project that have entries, in their order, after one of them.
    async fn log_ids(&self, project: &ProjectId, after: &str, limit: u32) -> Result<Vec<String>, ReadError>;

    /// Deletes at most `limit` entries of a log. Gives how many; fewer than the limit means that there is none left.
    async fn delete_log(&self, project: &ProjectId, log_id: &str, limit: u32) -> Result<u64, ApplyError>;

    /// One operation.
    async fn operation(&self, name: &OperationName) -> Result<Option<Operation>, ReadError>;

    /// One operation on a deny policy.
    async fn policy_operation(&self, name: &DenyOperationName) -> Result<Option<PolicyOperation>, ReadError>;

    /// At most `limit` operations below a parent (`projects/P/locations/L`), newest first, after a place where one
    /// stands or stood.
    async fn operations(
        &self,
        parent: &str,
        after: Option<&OperationPlace>,
        limit: u32,
    ) -> Result<Vec<Operation>, ReadError>;

    /// Audit entries of a request.
    async fn audit_of_request(&self, request_id: &str) -> Result<Vec<AuditEntry>, ReadError>;

    /// Audit entries of a resource, newest first.
    async fn audit_of_resource(&self, resource: &str, limit: u32) -> Result<Vec<AuditEntry>, ReadError>;

    /// Writes a batch of decisions. Of two at one place of one request the first stays.
    async fn append_decisions(&self, decisions: Vec<Decision>) -> Result<(), ApplyError>;

    /// What was decided under a request ID, in the order of the places.
    async fn decisions(&self, request_id: &str) -> Result<Vec<Decision>, ReadError>;

    /// How requests ended, of every kind and project. An instant counts to the microsecond.
    async fn requests(&self, filter: &DecisionFilter) -> Result<Vec<Decision>, ReadError>;

    /// Forgets at most `limit` of what has been kept long enough, oldest first. Gives how many; fewer than the limit
    /// means that there is no more.
    async fn forget(&self, expired: Expired, limit: u32) -> Result<u64, ApplyError>;
}

/// Somebody who keeps a picture of the configuration in memory.
pub trait Follower: Send + Sync {
    /// Takes the next batch of changes. Called in the order of revisions, one call at a time, before the writer is
    /// told that the change is done; it must be quick and must not wait.
    fn follow(&self, revision: Revision, changes: &[Change]);
}

/// A record as it is stored.
#[derive(Clone, Debug)]
pub struct RawRecord {
    /// The key as text.
    pub key: String,
    /// The record as JSON.
    pub json: String,
    /// The revision at which it was written.
    pub revision: Revision,
}
