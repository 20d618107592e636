//! Whose token a job carries, and the proof that its writer may act as that account.

use iam::Permit;
use iam::permission::IamServiceAccountsActAs;
use names::{AccountName, Email, ProjectId};
use store::{Expectation, Plan, TargetIdentity, TokenKind};

use crate::{InvalidJob, Scheduler};

/// Why a job cannot carry an account's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IdentityError {
    Gone(Email),
    Invalid(InvalidJob),
    Unproven(Email),
}

impl Scheduler {
    /// The identity that a job of this project carries: the account as it is now, which the permit must be for.
    pub(crate) fn identity(
        &self,
        project: &ProjectId,
        named: Option<(Email, TokenKind)>,
        act_as: Option<&Permit<IamServiceAccountsActAs>>,
    ) -> Result<Option<TargetIdentity>, IdentityError> {
        let Some((email, token)) = named else { return Ok(None) };
        let Some(act_as) = act_as.filter(|act_as| act_as.name().email == email) else {
            return Err(IdentityError::Unproven(email));
        };
        if act_as.name().project != *project {
            let project = project.clone();
            return Err(IdentityError::Invalid(InvalidJob::AccountElsewhere { email, project, token }));
        }
        let Some(account) = self.parts.access.account(&email) else { return Err(IdentityError::Gone(email)) };
        Ok(Some(TargetIdentity {
            service_account_email: email,
            service_account_unique_id: account.unique_id,
            token,
        }))
    }

    /// The account that has this e-mail; where there is none, the one that a job of this project would mean.
    pub(crate) fn account_name(&self, project: &ProjectId, email: &Email) -> AccountName {
        match self.parts.access.account(email) {
            Some(account) => account.name,
            None => AccountName { project: project.clone(), email: email.clone() },
        }
    }
}

/// Adds that the account of the proof is still there when the job is written, and is still that one.
pub(crate) fn expect_account(plan: Plan, act_as: Option<&Permit<IamServiceAccountsActAs>>) -> Plan {
    match act_as {
        Some(act_as) => plan.expect(Expectation::Is(act_as.name().clone().into(), act_as.uid().clone())),
        None => plan,
    }
}
