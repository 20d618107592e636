//! Jobs on a schedule: an HTTP request, at times that a cron line or an English one names, as an identity.
//!
//! Ada creates a job that calls her private service each weekday at nine in Berlin, as the account `runner`. She may
//! act as `runner`; without the proof of that, the job cannot be written down:
//!
//! ```
//! use scheduler::{Authorization, HttpFields, JobFields, NewJob, ProvenIdentity, TargetFields};
//! # use iam::{Permit, permission::IamServiceAccountsActAs};
//! # use scheduler::TokenKind;
//! # use std::collections::BTreeMap;
//! fn nine_o_clock(act_as: Permit<IamServiceAccountsActAs>) -> NewJob {
//!     let token = TokenKind::Id("https://hello-1.europe-west3.run.app".into());
//!     NewJob {
//!         location: "europe-west3".parse().unwrap(),
//!         job_id: Some("report".parse().unwrap()),
//!         fields: JobFields {
//!             description: "the morning's report".into(),
//!             target: Some(TargetFields::Http(HttpFields {
//!                 uri: "https://hello-1.europe-west3.run.app/report".into(),
//!                 method: None,
//!                 headers: BTreeMap::new(),
//!                 body: Vec::new(),
//!                 authorization: Authorization::Token(ProvenIdentity { act_as, token }),
//!             })),
//!             schedule: "0 9 * * MON-FRI".into(),
//!             time_zone: "Europe/Berlin".into(),
//!             retry: None,
//!             attempt_deadline: None,
//!         },
//!     }
//! }
//! ```
//!
//! At nine the worker writes a delivery and the job's new state in one transaction; `delivery` sends it, and asks
//! this crate, as the owner, to judge the answer. At half past nine Bob says `run`: that is a delivery of its own,
//! beside the schedule.
//!
//! Use cases: [`Scheduler::create`], [`Scheduler::get`], [`Scheduler::list`], [`Scheduler::propose_update`] and
//! [`Scheduler::update`], [`Scheduler::pause`], [`Scheduler::resume`], [`Scheduler::run`], [`Scheduler::delete`].
//!
//! Invariants: of one job's scheduled executions at most one is under way; a due instant either fires or is
//! coalesced into the latest one, late if necessary; a retry keeps its schedule time and is never past the next start; each
//! accepted `run` leads to at least one attempt unless the job is deleted; a paused job sends nothing that nobody
//! asked for by `run`; a job never carries a token of an account that its writer could not act as, and an access token
//! only to Google's APIs; a target of a kind that is not called yet is kept, and each attempt at it fails with
//! UNIMPLEMENTED, on the job and in the log. The choices that Google's documents leave open are in
//! `docs/decisions/0003`.

mod change;
mod check;
mod create_job;
mod delete_job;
mod entries;
mod execution;
mod fields;
mod firing;
#[doc(hidden)]
pub mod fuzz;
mod get_job;
mod headers;
mod identity;
mod job;
mod judge;
mod list_jobs;
mod mask;
mod owner;
mod pause_job;
mod resume_job;
mod run_job;
mod status;
mod update_job;
mod uri;
mod worker;

use std::sync::Arc;

use access::Access;
use context::Randomness;
use store::{ApplyError, ReadError, Store};
use supervise::Tasks;
use tokio::sync::Notify;

pub use check::InvalidJob;
pub use create_job::{CreateError, NewJob};
pub use delete_job::DeleteError;
pub use fields::{
    AppEngineFields, Authorization, HttpFields, JobFields, Method, NamedIdentity, ProvenIdentity,
    PubsubFields, RetryFields, TargetFields,
};
pub use get_job::GetError;
pub use headers::HeaderError;
pub use job::{Job, Standing};
pub use list_jobs::{JobListing, ListError};
pub use mask::UpdateMask;
pub use pause_job::PauseError;
pub use resume_job::ResumeError;
pub use run_job::RunError;
pub use store::{
    AppEngineTarget, HttpTarget, JobRecord, JobTarget, Page, PubsubTarget, RetryRecord, StatusRecord,
    TargetIdentity, TokenKind,
};
pub use update_job::{JobPatch, ProposedUpdate, ProvenUpdate, UnprovenUpdate, UpdateError, WrongAccount};
pub use uri::UriError;

/// What the scheduler works with.
#[derive(Clone)]
pub struct Parts {
    /// Which accounts there are.
    pub access: Access,
    /// Who sends.
    pub deliveries: delivery::Handle,
    /// Where chance comes from.
    pub randomness: Arc<dyn Randomness>,
    /// Where jobs are.
    pub store: Store,
    /// Where the worker runs, and what it waits on.
    pub tasks: Tasks,
}

/// A cheap-clone handle onto the jobs of every project. It is also the [`delivery::DeliveryOwner`] of what they send, under the
/// kind `job`.
#[derive(Clone)]
pub struct Scheduler {
    parts: Arc<Parts>,
    woken: Arc<Notify>,
}

impl Scheduler {
    /// A scheduler whose worker is not started yet: see [`Scheduler::start`].
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts), woken: Arc::default() }
    }

    /// Tells the worker that a job may be due before any that it knows of.
    fn wake(&self) {
        self.woken.notify_one();
    }
}

/// How the store fails.
#[derive(Debug, thiserror::Error)]
pub enum StoreFailed {
    /// Reading.
    #[error("the job could not be read")]
    Read(#[from] ReadError),
    /// Writing.
    #[error("the job could not be written")]
    Write(#[from] ApplyError),
}
