//! Changing a job.
//!
//! In two steps, because only the job as it is now says whether the changed job carries a token: a patch that
//! touches nothing but the URI of a job would send somebody else's token to a place of its writer's choice.
//! [`Scheduler::propose_update`] tells which account it would act as; the update that [`Scheduler::update`] takes can
//! then only be had with the proof.

use context::Context;
use iam::Permit;
use iam::permission::{CloudschedulerJobsUpdate, IamServiceAccountsActAs};
use names::{AccountName, Email, JobName};
use store::{JobRecord, Plan};

use crate::change::{Changed, fails_as_a_change};
use crate::check::{CheckedJob, InvalidJob, Surroundings, check};
use crate::create_job::{Lasting, detail, record};
use crate::fields::{JobFields, NamedIdentity};
use crate::firing::{self, Clockwork};
use crate::identity::{IdentityError, expect_account};
use crate::mask::{UpdateMask, merge};
use crate::{Job, Scheduler, StoreFailed};

/// What is to be changed.
#[derive(Clone, Debug, PartialEq)]
pub struct JobPatch {
    /// The new values.
    pub fields: JobFields<NamedIdentity>,
    /// The fields to replace.
    pub mask: UpdateMask,
}

/// An update, and whether it needs a proof yet.
#[derive(Debug)]
#[must_use = "nothing is changed until the update is made"]
pub enum ProposedUpdate {
    /// The changed job carries a token of an account.
    ActsAs(UnprovenUpdate),
    /// The changed job carries none.
    Proven(ProvenUpdate),
}

/// An update whose writer has yet to show that they may act as the account.
#[derive(Debug)]
pub struct UnprovenUpdate {
    account: AccountName,
    permit: Permit<CloudschedulerJobsUpdate>,
    patch: JobPatch,
}

/// An update that may be made.
#[derive(Debug)]
pub struct ProvenUpdate {
    permit: Permit<CloudschedulerJobsUpdate>,
    patch: JobPatch,
    act_as: Option<Box<Permit<IamServiceAccountsActAs>>>,
}

/// The proof is for another account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proof is for {shown}, the job acts as {needed}")]
pub struct WrongAccount {
    /// The account that the job acts as.
    pub needed: AccountName,
    /// The account that the proof is for.
    pub shown: AccountName,
}

/// Why a job was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The account that it was to act as is gone meanwhile.
    #[error("service account {0} does not exist")]
    AccountGone(Email),
    /// It was being changed by others all the while; the caller may try again.
    #[error("{0} was changed by somebody else")]
    Contended(JobName),
    /// It cannot be written like this.
    #[error(transparent)]
    Invalid(#[from] InvalidJob),
    /// It is gone.
    #[error("Job not found.")]
    NotFound(JobName),
    /// The store failed.
    #[error("the job could not be changed")]
    StoreFailed(#[source] StoreFailed),
}

impl UnprovenUpdate {
    /// The account that the changed job acts as.
    pub fn account(&self) -> &AccountName {
        &self.account
    }

    /// The same update with the proof.
    pub fn prove(self, act_as: Permit<IamServiceAccountsActAs>) -> Result<ProvenUpdate, WrongAccount> {
        if *act_as.name() != self.account {
            return Err(WrongAccount { needed: self.account, shown: act_as.name().clone() });
        }
        Ok(ProvenUpdate { permit: self.permit, patch: self.patch, act_as: Some(Box::new(act_as)) })
    }
}

impl Scheduler {
    /// Works out what the permit's job would be, and says whose token it would carry. Changes nothing.
    pub async fn propose_update(
        &self,
        permit: Permit<CloudschedulerJobsUpdate>,
        patch: JobPatch,
    ) -> Result<ProposedUpdate, UpdateError> {
        let name = permit.name();
        let found = self.read(name, permit.uid()).await;
        let found = found.map_err(|error| UpdateError::StoreFailed(error.into()))?;
        let (stored, _) = found.ok_or_else(|| UpdateError::NotFound(name.clone()))?;
        let identity = self.merged(&stored.record, &patch)?.identity;
        Ok(match identity {
            Some((email, _)) => {
                let account = self.account_name(&name.project, &email);
                ProposedUpdate::ActsAs(UnprovenUpdate { account, permit, patch })
            }
            None => ProposedUpdate::Proven(ProvenUpdate { permit, patch, act_as: None }),
        })
    }

    /// Changes the job. A changed schedule or time zone starts afresh from now; an execution under way goes on as it
    /// began, retries included.
    pub async fn update(&self, context: &Context, update: ProvenUpdate) -> Result<Job, UpdateError> {
        let ProvenUpdate { permit, patch, act_as } = update;
        let now = context.now();
        self.change(&permit, |current| {
            let checked = self.merged(&current.record, &patch)?;
            let (name, before) = (current.record.name.clone(), &current.record);
            // Somebody gave the job another account since the proposal: the proof does not cover it.
            let unproven = |error| match error {
                IdentityError::Gone(email) => UpdateError::AccountGone(email),
                IdentityError::Invalid(invalid) => UpdateError::Invalid(invalid),
                IdentityError::Unproven(_) => UpdateError::Contended(name.clone()),
            };
            let identity = checked.identity.clone();
            let identity = self.identity(&name.project, identity, act_as.as_deref()).map_err(unproven)?;
            let acts = act_as.as_deref().filter(|_| identity.is_some());
            let clockwork = Clockwork { schedule: checked.schedule.clone(), zone: checked.zone.clone() };
            let lasting = Lasting {
                name: name.clone(),
                uid: before.uid.clone(),
                paused_at: before.paused_at,
                create_time: before.create_time,
            };
            let record = record(checked, identity, lasting, now);
            let same_times = record.schedule == before.schedule && record.time_zone == before.time_zone;
            // A job that stood still because it could not be fired starts again with any change.
            let stands_still = current.state.schedule_time.is_none();
            let state = if record.paused_at.is_some() || (same_times && !stands_still) {
                current.state
            } else {
                firing::restart(current.state, &clockwork, now)
            };
            let entry = audit::entry(context, &permit, name, Some(&record.uid), detail(&record));
            Ok(Changed { record, state, plan: expect_account(Plan::new().audit(entry), acts) })
        })
        .await
    }

    fn merged(&self, job: &JobRecord, patch: &JobPatch) -> Result<CheckedJob, UpdateError> {
        let fields = merge(JobFields::of_record(job), &patch.fields, &patch.mask);
        let (project, universe) = (&job.name.project, self.parts.access.universe());
        Ok(check(fields, Surroundings { project, universe })?)
    }
}

fails_as_a_change!(UpdateError);
