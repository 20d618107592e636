//! The port's face: writes go to the writer, reads to the readers.

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use names::{DenyOperationName, JobName, OperationName, ProjectId, Revision, Uid};
use sqlx::Any;
use sqlx::pool::PoolConnection;
use store::{
    ApplyError, AuditEntry, Backend, Decision, DecisionFilter, Delivery, Expired, Follower, JobState, Lease,
    LogEntry, LogFilter, Operation, OperationPlace, Page, Plan, PolicyOperation, RawRecord, ReadError,
    Shares,
};

use crate::SqlStore;
use crate::fault::Failure;
use crate::tables::deliveries::Claim;
use crate::tables::{audit, decisions, deliveries, job_states, logs, operations, records};
use crate::writer::{Apply, Decide, DeleteLog, Forget, Release};

#[async_trait]
impl Backend for SqlStore {
    async fn apply(&self, plan: Plan) -> Result<Revision, ApplyError> {
        self.writer.write(Apply(plan)).await
    }

    async fn apply_each(&self, plans: Vec<Plan>) -> Vec<Result<Revision, ApplyError>> {
        self.writer.write_each(plans.into_iter().map(Apply).collect()).await
    }

    async fn follow(&self, follower: Arc<dyn Follower>) -> Result<Revision, ReadError> {
        self.writer.follow(follower).await
    }

    async fn record(&self, kind: &'static str, key: &str) -> Result<Option<RawRecord>, ReadError> {
        self.reading(async { records::one(&mut *self.reader().await?, kind, key).await }).await
    }

    async fn records(
        &self,
        kind: &'static str,
        prefix: &str,
        page: &Page,
    ) -> Result<Vec<RawRecord>, ReadError> {
        self.reading(async { records::page(&mut *self.reader().await?, kind, prefix, page).await }).await
    }

    async fn keys(&self, kind: &'static str, prefix: &str) -> Result<Vec<(String, Revision)>, ReadError> {
        self.reading(async { records::keys(&mut *self.reader().await?, kind, prefix).await }).await
    }

    async fn records_of(&self, kind: &'static str, keys: &[String]) -> Result<Vec<RawRecord>, ReadError> {
        self.reading(async { records::of(&mut *self.reader().await?, kind, keys).await }).await
    }

    async fn claim_deliveries(
        &self,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
        shares: &Shares,
    ) -> Result<Vec<(Lease, Delivery)>, ApplyError> {
        self.writer
            .write(Claim { holder: holder.to_owned(), now, until, limit, shares: shares.clone() })
            .await
    }

    async fn release_leases(&self, holder: &str) -> Result<u64, ApplyError> {
        self.writer.write(Release(holder.to_owned())).await
    }

    async fn next_delivery_due(&self, shares: &Shares) -> Result<Option<Timestamp>, ReadError> {
        self.reading(async { deliveries::next_due(&mut *self.reader().await?, shares).await }).await
    }

    async fn deliveries_of(&self, owner: &Uid) -> Result<Vec<Delivery>, ReadError> {
        self.reading(async { deliveries::of(&mut *self.reader().await?, owner).await }).await
    }

    async fn count_deliveries_of(&self, owner: &Uid) -> Result<u64, ReadError> {
        self.reading(async { deliveries::count_of(&mut *self.reader().await?, owner).await }).await
    }

    async fn job(&self, job: &JobName) -> Result<Option<(RawRecord, Option<JobState>)>, ReadError> {
        self.reading(async { job_states::with_job(&mut *self.reader().await?, job).await }).await
    }

    async fn due_job_states(&self, now: Timestamp, limit: u32) -> Result<Vec<JobState>, ReadError> {
        self.reading(async { job_states::due(&mut *self.reader().await?, now, limit).await }).await
    }

    async fn next_job_due(&self) -> Result<Option<Timestamp>, ReadError> {
        self.reading(async { job_states::next_due(&mut *self.reader().await?).await }).await
    }

    async fn job_states(&self, jobs: &[JobName]) -> Result<Vec<JobState>, ReadError> {
        self.reading(async { job_states::of(&mut *self.reader().await?, jobs).await }).await
    }

    async fn logs(&self, project: &ProjectId, filter: &LogFilter) -> Result<Vec<LogEntry>, ReadError> {
        self.reading(async { logs::read(&mut *self.reader().await?, project, filter).await }).await
    }

    async fn log_ids(&self, project: &ProjectId, after: &str, limit: u32) -> Result<Vec<String>, ReadError> {
        self.reading(async { logs::ids(&mut *self.reader().await?, project, after, limit).await }).await
    }

    async fn delete_log(&self, project: &ProjectId, log_id: &str, limit: u32) -> Result<u64, ApplyError> {
        self.writer.write(DeleteLog { project: project.clone(), log_id: log_id.to_owned(), limit }).await
    }

    async fn operation(&self, name: &OperationName) -> Result<Option<Operation>, ReadError> {
        self.reading(async { operations::one(&mut *self.reader().await?, name).await }).await
    }

    async fn policy_operation(&self, name: &DenyOperationName) -> Result<Option<PolicyOperation>, ReadError> {
        self.reading(async { operations::of_policy(&mut *self.reader().await?, name).await }).await
    }

    async fn operations(
        &self,
        parent: &str,
        after: Option<&OperationPlace>,
        limit: u32,
    ) -> Result<Vec<Operation>, ReadError> {
        self.reading(async { operations::page(&mut *self.reader().await?, parent, after, limit).await }).await
    }

    async fn audit_of_request(&self, request_id: &str) -> Result<Vec<AuditEntry>, ReadError> {
        self.reading(async { audit::of_request(&mut *self.reader().await?, request_id).await }).await
    }

    async fn audit_of_resource(&self, resource: &str, limit: u32) -> Result<Vec<AuditEntry>, ReadError> {
        self.reading(async { audit::of_resource(&mut *self.reader().await?, resource, limit).await }).await
    }

    async fn append_decisions(&self, decisions: Vec<Decision>) -> Result<(), ApplyError> {
        self.writer.write(Decide(decisions)).await
    }

    async fn decisions(&self, request_id: &str) -> Result<Vec<Decision>, ReadError> {
        self.reading(async { decisions::of_request(&mut *self.reader().await?, request_id).await }).await
    }

    async fn requests(&self, filter: &DecisionFilter) -> Result<Vec<Decision>, ReadError> {
        self.reading(async { decisions::requests(&mut *self.reader().await?, filter).await }).await
    }

    async fn forget(&self, expired: Expired, limit: u32) -> Result<u64, ApplyError> {
        self.writer.write(Forget { expired, limit }).await
    }
}

impl SqlStore {
    async fn reader(&self) -> Result<PoolConnection<Any>, sqlx::Error> {
        self.readers.acquire().await
    }

    /// Reads, while hand-driven time stands still: the database answers from outside the runtime.
    async fn reading<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>> + Send,
    ) -> Result<T, ReadError> {
        let read = self.timer.outside("the store reads", work).await;
        read.map_err(|failure| failure.into_read(self.dialect))
    }
}
