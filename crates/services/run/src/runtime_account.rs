//! The account that a service runs as, and the proof that its writer may act as that one.

use iam::Permit;
use iam::permission::IamServiceAccountsActAs;
use names::Email;
use store::{AccountRecord, Expectation, Plan, ReadError, RevisionTemplate};

use crate::{Run, SpecError};

impl Run {
    /// The account of this e-mail as it is now; `None` where the permit is not for it, or not for it any more.
    pub(crate) async fn account(
        &self,
        email: &Email,
        act_as: Option<&Permit<IamServiceAccountsActAs>>,
    ) -> Result<Option<AccountRecord>, ReadError> {
        let Some(act_as) = act_as.filter(|act_as| act_as.name().email == *email) else { return Ok(None) };
        let stored = self.store.find::<AccountRecord>(act_as.name()).await?;
        Ok(stored.map(|stored| stored.record).filter(|record| record.uid == *act_as.uid()))
    }
}

/// The account that the template names; `None` for the project's default one.
pub(crate) fn runtime_account(template: &RevisionTemplate) -> Result<Option<Email>, SpecError> {
    match template.service_account.as_str() {
        "" => Ok(None),
        text => Email::parse_folded(text).map(Some).map_err(SpecError::ServiceAccount),
    }
}

/// Adds that the account of the proof is still there when the service is written, and is still that one.
pub(crate) fn expect_account(plan: Plan, account: Option<&AccountRecord>) -> Plan {
    match account {
        Some(account) => plan.expect(Expectation::Is(account.name.clone().into(), account.uid.clone())),
        None => plan,
    }
}
