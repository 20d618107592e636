//! What creating a function and changing one have in common: how a wish becomes what is stored.

use std::time::Duration;

use iam::Permit;
use iam::permission::IamServiceAccountsActAs;
use names::{Email, ProjectId};
use store::{AccountRecord, ApplyError, FunctionGeneration, FunctionRecord, RecordKey, RevisionTemplate};

use super::mask::FunctionMask;
use crate::runtime_account::runtime_account;
use crate::validate::check_labels;
use crate::{FunctionSpec, FunctionSpecError, Generation, Run, SpecError, WriteFunctionError, settings};

impl Run {
    /// Writes what is wished over the record. Gives the account that the function runs as, for which the proof has to
    /// be: `None` for the default one, by whatever name.
    pub(super) async fn written(
        &self,
        record: &mut FunctionRecord,
        spec: FunctionSpec,
        mask: &FunctionMask,
        act_as: Option<&Permit<IamServiceAccountsActAs>>,
    ) -> Result<Option<AccountRecord>, WriteFunctionError> {
        check_settings(&spec, mask)?;
        spec.write_over(mask, record);
        let generation = Generation::of(&record.generation);
        let account = match self.account_of(&record.name.project, generation, &record.template)? {
            None => {
                record.template.service_account.clear();
                None
            }
            Some(email) => {
                let proven = self.account(&email, act_as).await?;
                Some(proven.ok_or(WriteFunctionError::ActAs(email))?)
            }
        };
        check_function(record)?;
        Ok(account)
    }

    /// The account that the template names; `None` for the default one of the project and generation. Clients that write
    /// back what they read name that one too.
    pub(super) fn account_of(
        &self,
        project: &ProjectId,
        generation: Generation,
        template: &RevisionTemplate,
    ) -> Result<Option<Email>, WriteFunctionError> {
        let default = match generation {
            Generation::First => Some(self.universe.app_engine_account(project)),
            Generation::Second => {
                self.routes.number(project).map(|number| self.universe.compute_account(number))
            }
        };
        Ok(runtime_account(template)?.filter(|email| Some(email) != default.as_ref()))
    }
}

impl WriteFunctionError {
    /// Why a plan was not applied. An account that went away meanwhile is one that nobody may act as.
    pub(super) fn applying(error: ApplyError) -> Self {
        match error {
            ApplyError::Conflict(RecordKey::Account(account))
            | ApplyError::NotFound(RecordKey::Account(account)) => Self::ActAs(account.email),
            error => Self::StoreFailed(error),
        }
    }
}

impl From<SpecError> for WriteFunctionError {
    fn from(error: SpecError) -> Self {
        Self::Spec(error.into())
    }
}

/// Refuses settings that are asked for but not served.
fn check_settings(spec: &FunctionSpec, mask: &FunctionMask) -> Result<(), FunctionSpecError> {
    let mut selected = spec.settings.iter().filter(|(path, _)| mask.selects_setting(path));
    selected.try_for_each(|(path, value)| {
        settings::check(path, value).map_err(|_| FunctionSpecError::NotYet { field: path.clone() })
    })
}

/// Checks what is the function's alone.
fn check_function(record: &FunctionRecord) -> Result<(), FunctionSpecError> {
    let image = record.template.containers.first().map(|container| container.image.as_str());
    if image.is_none_or(str::is_empty) {
        return Err(FunctionSpecError::SourceMissing);
    }
    check_labels("labels", &record.labels)?;
    let longest = match record.generation {
        FunctionGeneration::First { .. } => LONGEST_OF_THE_FIRST,
        FunctionGeneration::Second { .. } => Duration::MAX,
    };
    if let Some(found) = record.template.timeout.filter(|timeout| *timeout > longest) {
        return Err(SpecError::TimeoutTooLong { found }.into());
    }
    let bytes = serde_json::to_string(record).map_or(0, |json| json.len());
    if bytes > MOST_BYTES { Err(FunctionSpecError::TooLarge { bytes }) } else { Ok(()) }
}

/// What is written down about a change.
pub(super) fn told(record: &FunctionRecord) -> serde_json::Value {
    serde_json::json!({
        "image": record.template.containers.first().map(|container| &container.image),
        "ingress": record.ingress,
        "version": record.version,
        "serviceAccount": record.template.service_account,
    })
}

/// Of JSON.
const MOST_BYTES: usize = 1 << 20;
/// As at Google: nine minutes.
const LONGEST_OF_THE_FIRST: Duration = Duration::from_secs(540);
