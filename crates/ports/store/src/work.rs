//! Work: what is due, under way or done. No follower sees it.

use std::time::Duration;

use jiff::Timestamp;
use names::{
    DenyOperationName, Email, JobName, OperationId, OperationName, ProjectId, ResourceName, Uid, UniqueId,
};

use crate::{DenyPolicyRecord, LogEntry, TokenKind};

/// A change to work, applied in the transaction of its plan.
#[derive(Clone, Debug)]
pub enum Work {
    /// Adds log entries.
    AppendLogs(Vec<LogEntry>),
    /// Takes back every delivery of an owner that nobody is sending.
    CancelDeliveries {
        /// The owner's uid.
        owner: Uid,
    },
    /// Forgets when a job fires.
    DeleteJobState(Uid),
    /// Forgets an operation.
    DeleteOperation(OperationName),
    /// Ends a delivery that this lease holds.
    FinishDelivery(Lease),
    /// Adds a delivery.
    PutDelivery(Box<Delivery>),
    /// Adds a delivery, unless its owner has as many already: [`crate::ApplyError::Full`].
    PutDeliveryWithin {
        /// The delivery.
        delivery: Box<Delivery>,
        /// How many of its owner may be unfinished, this one included.
        most: u32,
    },
    /// Writes when a job fires next and how its last attempt went, unless it has changed since `expected`.
    PutJobState {
        /// The new state; its `version` is ignored and becomes one more than what is stored.
        state: Box<JobState>,
        /// The version that was read; `None` when there must be none yet.
        expected: Option<u64>,
    },
    /// Writes an operation.
    PutOperation(Box<Operation>),
    /// Writes an operation on a deny policy.
    PutPolicyOperation(Box<PolicyOperation>),
    /// Gives up a lease and sets when the delivery is due again.
    RescheduleDelivery {
        /// The lease that is given up.
        lease: Lease,
        /// The delivery as it goes on.
        delivery: Box<Delivery>,
    },
    /// Counts an attempt before it is sent: writes the delivery, which the lease goes on holding, now until `until`.
    StartAttempt {
        /// The lease that goes on.
        lease: Lease,
        /// The delivery with the attempt counted.
        delivery: Box<Delivery>,
        /// When the lease ends if nobody records how the attempt went.
        until: Timestamp,
    },
}

/// One HTTP request to be sent, as an identity, not before an instant, until it is judged done.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Delivery {
    /// What it is.
    pub uid: Uid,
    /// What asked for it, such as a job.
    pub owner: ResourceName,
    /// Which one of that name.
    pub owner_uid: Uid,
    /// The project that it counts for.
    pub project: ProjectId,
    /// `true` when a user asked for it now, beside the schedule.
    pub forced: bool,
    /// What is sent.
    pub request: DeliveryRequest,
    /// As whom.
    pub identity: Option<DeliveryIdentity>,
    /// When it was due first; attempts keep it.
    pub schedule_time: Timestamp,
    /// Not before this instant.
    pub due_at: Timestamp,
    /// Attempts that were started.
    pub attempts: u32,
    /// When the first attempt was started.
    pub first_attempt_at: Option<Timestamp>,
    /// When it was accepted.
    pub create_time: Timestamp,
}

/// What is sent.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct DeliveryRequest {
    /// The method in capitals.
    pub method: String,
    /// Where to.
    pub url: String,
    /// Headers, in order, without identity.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(with = "crate::base64_text")]
    pub body: Vec<u8>,
    /// How long one attempt may take.
    pub attempt_deadline: Duration,
}

/// Whose token a delivery carries, and which.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct DeliveryIdentity {
    /// The account's e-mail.
    pub service_account_email: Email,
    /// Which account of that name.
    pub service_account_unique_id: UniqueId,
    /// The token's audience or scopes; neither is empty.
    #[serde(flatten)]
    pub token: TokenKind,
}

/// The right to send one delivery for a while. Whoever holds an older fence has lost it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lease {
    /// Which delivery.
    pub delivery: Uid,
    /// Grows with every claim.
    pub fence: i64,
}

/// When a job fires next, and how its last attempt went.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct JobState {
    /// The job.
    pub job: JobName,
    /// Which one of that name.
    pub job_uid: Uid,
    /// The next firing; `None` while paused, or while one that it must wait for is under way.
    pub next_at: Option<Timestamp>,
    /// The next firing as users see it, also while it waits for one under way.
    pub schedule_time: Option<Timestamp>,
    /// The scheduled execution that is under way.
    pub executing: Option<Uid>,
    /// When that execution is tried again; `None` while an attempt is under way.
    #[serde(default)]
    pub retry_at: Option<Timestamp>,
    /// When the system held it back, because it could not be fired as it is stored.
    #[serde(default)]
    pub disabled_at: Option<Timestamp>,
    /// When the last attempt was started.
    pub last_attempt_time: Option<Timestamp>,
    /// How it went; `None` before the first.
    pub status: Option<StatusRecord>,
    /// Grows with every write.
    pub version: u64,
}

impl JobState {
    /// The state of a job of which nothing is known: nothing fires, nothing is under way.
    pub fn idle(job: JobName, job_uid: Uid) -> Self {
        Self {
            job,
            job_uid,
            next_at: None,
            schedule_time: None,
            executing: None,
            retry_at: None,
            disabled_at: None,
            last_attempt_time: None,
            status: None,
            version: 0,
        }
    }
}

/// `google.rpc.Status` without details.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct StatusRecord {
    /// Canonical code by number; 0 is success.
    pub code: i32,
    /// What happened.
    pub message: String,
}

/// A long-running operation.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Operation {
    /// Its canonical name.
    pub name: OperationName,
    /// What it does.
    pub kind: OperationKind,
    /// What it does it to.
    pub target: ResourceName,
    /// The record of the target as the operation left it or is making it, as JSON.
    pub record: serde_json::Value,
    /// When it was accepted.
    pub create_time: Timestamp,
    /// How it ended; `None` while it runs.
    pub outcome: Option<OperationOutcome>,
}

/// Where an operation stands among those of its parent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OperationPlace {
    /// When it was accepted.
    pub create_time: Timestamp,
    /// Its canonical name.
    pub name: OperationName,
}

impl Operation {
    /// Where it stands.
    pub fn place(&self) -> OperationPlace {
        OperationPlace { create_time: self.create_time, name: self.name.clone() }
    }
}

/// A long-running operation on a deny policy: it has ended when it is written.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub struct PolicyOperation {
    /// Its ID among those of its policy.
    pub operation: OperationId,
    /// What it did.
    pub kind: PolicyOperationKind,
    /// The policy as the operation left it.
    pub record: DenyPolicyRecord,
    /// When it was accepted.
    pub create_time: Timestamp,
    /// How it ended.
    pub outcome: OperationOutcome,
}

impl PolicyOperation {
    /// Its canonical name.
    pub fn name(&self) -> DenyOperationName {
        DenyOperationName { policy: self.record.name.clone(), operation: self.operation.clone() }
    }
}

/// What an operation on a deny policy does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PolicyOperationKind {
    /// Makes it.
    Create,
    /// Deletes it.
    Delete,
    /// Changes it.
    Update,
}

/// What an operation does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OperationKind {
    /// Creates a function.
    CreateFunction,
    /// Creates a Cloud Run service.
    CreateService,
    /// Deletes a function.
    DeleteFunction,
    /// Deletes a revision of a Cloud Run service; the target is the service.
    DeleteRevision,
    /// Deletes a Cloud Run service.
    DeleteService,
    /// Changes a function.
    UpdateFunction,
    /// Changes a Cloud Run service.
    UpdateService,
}

/// How an operation ended.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OperationOutcome {
    /// Not as wished.
    Failed(StatusRecord),
    /// The target is as `record` says.
    Succeeded,
}
