//! Projects that were deleted too long ago to come back.

use context::RequestId;
use iam::SystemAct;
use jiff::Timestamp;
use names::{AttachmentPoint, DenyPolicyName, Principal, ResourceName, System};
use store::{
    AccountKeyRecord, AccountRecord, ApplyError, AuditEntry, DeletedAccountRecord, DenyPolicyRecord,
    DomainMappingRecord, ErasedProjectRecord, Expectation, Expired, FunctionRecord, JobRecord, Page, Plan,
    ProjectRecord, ProjectState, ReadError, Record, Recorded, RevisionRecord, RoleRecord, ServiceRecord,
    Stored, Work,
};
use tracing::{info, warn};

use crate::worker::BETWEEN_WRITES;
use crate::{Retention, UNDELETE_WITHIN};

/// Why a project was not erased. What was erased of it stays so.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EraseError {
    /// What is in them could not be read.
    #[error("what is in it could not be read")]
    ReadFailed(#[from] ReadError),
    /// It changed meanwhile, or the store failed.
    #[error("what is in it could not be erased")]
    StoreFailed(#[from] ApplyError),
}

impl Retention {
    /// Erases those that were marked for deletion long enough ago.
    pub(crate) async fn forget_deleted_projects(&self, now: Timestamp) {
        let before = now.checked_sub(UNDELETE_WITHIN).unwrap_or(Timestamp::MIN);
        let all = match self.parts.store.all::<ProjectRecord>("").await {
            Ok(all) => all,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                return warn!(error, "the projects could not be read");
            }
        };
        for project in all.iter().filter(|stored| is_gone(&stored.record, before)) {
            let id = project.record.id.as_str();
            match self.erase(project).await {
                Ok(true) => info!(project = id, "a project that nobody can bring back is erased"),
                Ok(false) => return,
                // One does not keep the others; the next round goes on where this one ended.
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    warn!(project = id, error, "a project that nobody can bring back could not be erased");
                }
            }
        }
    }

    /// Erases one project: what it holds in small writes, then the project itself, of which a stone remains, so that its ID
    /// and its number are never given again. `false` where a drain came before the end.
    async fn erase(&self, project: &Stored<ProjectRecord>) -> Result<bool, EraseError> {
        let id = &project.record.id;
        let inside = format!("{}/", ResourceName::from(id.clone()));
        let of_project = DenyPolicyName::prefix(&AttachmentPoint::Project(id.clone()));
        // What leads to others goes before them.
        self.erase_all::<DomainMappingRecord>(project, "", |mapping| mapping.name.project == *id).await?;
        self.erase_all::<FunctionRecord>(project, &inside, |_| true).await?;
        self.erase_all::<ServiceRecord>(project, &inside, |_| true).await?;
        self.erase_all::<RevisionRecord>(project, &inside, |_| true).await?;
        self.erase_jobs(project, &inside).await?;
        self.erase_all::<DenyPolicyRecord>(project, &of_project, |_| true).await?;
        self.erase_all::<RoleRecord>(project, &inside, |_| true).await?;
        self.erase_all::<AccountRecord>(project, &inside, |_| true).await?;
        self.erase_all::<AccountKeyRecord>(project, &inside, |_| true).await?;
        self.erase_all::<DeletedAccountRecord>(project, &inside, |_| true).await?;
        self.forget_all(&Expired::OfProject(id.clone())).await?;
        if self.parts.tasks.drain().is_draining() {
            return Ok(false);
        }
        let plan = Plan::new()
            .expect(as_it_was(project))
            .delete(id.clone())
            .put(Record::ErasedProject(stone(project, self.parts.tasks.timer().now())))
            .audit(self.entry(project));
        self.parts.store.apply(plan).await?;
        Ok(true)
    }

    /// Erases the records of a kind whose keys start with `prefix` and that are `meant`, with the policies that hang on them.
    async fn erase_all<R: Recorded>(
        &self,
        project: &Stored<ProjectRecord>,
        prefix: &str,
        meant: impl Fn(&R) -> bool,
    ) -> Result<(), EraseError> {
        self.erase_each::<R>(
            project,
            prefix,
            |plan, record| if meant(record) { plan.delete(record.key()) } else { plan },
        )
        .await
    }

    /// Erases jobs, with when they fire and what they were about to send.
    async fn erase_jobs(&self, project: &Stored<ProjectRecord>, prefix: &str) -> Result<(), EraseError> {
        self.erase_each::<JobRecord>(project, prefix, |plan, job| {
            plan.delete(job.key())
                .work(Work::DeleteJobState(job.uid.clone()))
                .work(Work::CancelDeliveries { owner: job.uid.clone() })
        })
        .await
    }

    async fn erase_each<R: Recorded>(
        &self,
        project: &Stored<ProjectRecord>,
        prefix: &str,
        add: impl Fn(Plan, &R) -> Plan,
    ) -> Result<(), EraseError> {
        let (drain, timer) = (self.parts.tasks.drain(), self.parts.tasks.timer());
        let mut page = Page::first(AT_ONCE);
        while !drain.is_draining() {
            let listing = self.parts.store.list::<R>(prefix, &page).await?;
            let plan = listing.records.iter().fold(Plan::new(), |plan, stored| add(plan, &stored.record));
            if !plan.changes.is_empty() {
                self.parts.store.apply(plan.expect(as_it_was(project))).await?;
                let _ended = drain.unless_draining(timer.sleep(BETWEEN_WRITES)).await;
            }
            match listing.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        Ok(())
    }

    fn entry(&self, project: &Stored<ProjectRecord>) -> AuditEntry {
        let ProjectRecord { id, uid, number, .. } = &project.record;
        let now = self.parts.tasks.timer().now();
        AuditEntry {
            time: now,
            request_id: RequestId::draw(now, &*self.parts.randomness).to_string(),
            principal: Principal::System(System::acting_for_itself()).to_string(),
            permission: SystemAct::ForgetExpired.name().to_owned(),
            resource: ResourceName::from(id.clone()).to_string(),
            uid: Some(uid.clone()),
            detail: serde_json::json!({ "erased": "project", "number": number }),
        }
    }
}

/// Nobody brought it back and nobody else is erasing it.
fn as_it_was(project: &Stored<ProjectRecord>) -> Expectation {
    Expectation::At(project.record.id.clone().into(), project.revision)
}

fn is_gone(project: &ProjectRecord, before: Timestamp) -> bool {
    project.state == ProjectState::DeleteRequested
        && project.deleted_at.is_some_and(|deleted_at| deleted_at <= before)
}

fn stone(project: &Stored<ProjectRecord>, now: Timestamp) -> ErasedProjectRecord {
    let ProjectRecord { id, uid, number, .. } = project.record.clone();
    ErasedProjectRecord { id, uid, number, erased_at: now }
}

/// A few milliseconds of the writer's time.
const AT_ONCE: u32 = 100;
