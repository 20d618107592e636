//! A new function.

use std::time::Duration;

use context::Context;
use iam::Permit;
use iam::permission::{CloudfunctionsFunctionsCreate, IamServiceAccountsActAs};
use names::{Email, FunctionId, FunctionName, Location, ProjectId};
use store::{
    AccountRecord, ApplyError, Expectation, FunctionGeneration, FunctionRecord, Operation, OperationKind,
    Plan, Record, RecordKey, ServiceRecord, Work,
};

use super::mask::FunctionMask;
use super::owned_service;
use crate::create_service::blank;
use crate::operation::{draw_uid, finished};
use crate::runtime_account::{expect_account, runtime_account};
use crate::template::check_template;
use crate::validate::check_labels;
use crate::{CreateFunctionError, FunctionSpec, FunctionSpecError, Run, SpecError, settings};

/// A function to be created in the project of the permit.
#[derive(Clone, PartialEq, Debug)]
pub struct NewFunction {
    /// Where.
    pub location: Location,
    /// Its short ID.
    pub function_id: FunctionId,
    /// Of which generation.
    pub generation: Generation,
    /// What it is to be.
    pub spec: FunctionSpec,
}

/// The two kinds of functions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Generation {
    /// With a policy of its own.
    First,
    /// On a Cloud Run service of its own.
    Second,
}

impl Generation {
    /// That of a stored function.
    pub fn of(stored: &FunctionGeneration) -> Self {
        match stored {
            FunctionGeneration::First { .. } => Self::First,
            FunctionGeneration::Second { .. } => Self::Second,
        }
    }
}

impl Run {
    /// The account that a new function would run as, for which the caller must show the permit to act. `None` for the
    /// project's default one, and for what is no e-mail, which [`Run::create_function`] refuses.
    pub fn account_of_new_function(
        &self,
        permit: &Permit<CloudfunctionsFunctionsCreate>,
        new: &NewFunction,
    ) -> Option<Email> {
        let named = runtime_account(&new.spec.template).ok().flatten();
        named.filter(|email| !self.is_default_account(permit.name(), new.generation, email))
    }

    /// Creates a function; one of the second generation with its service. One that names a service account needs the
    /// permit to act as that account.
    pub async fn create_function(
        &self,
        context: &Context,
        permit: Permit<CloudfunctionsFunctionsCreate>,
        new: NewFunction,
        act_as: Option<Permit<IamServiceAccountsActAs>>,
    ) -> Result<Operation, CreateFunctionError> {
        let NewFunction { location, function_id, generation, spec } = new;
        let name = FunctionName { project: permit.name().clone(), location, function: function_id };
        check_settings(&spec, &FunctionMask::everything())?;
        if self.function_url(&name).is_none() {
            return Err(FunctionSpecError::Region(name.location).into());
        }
        let creator = permit.principal().to_string();
        let mut record = self.blank_function(context, creator.clone(), &name, generation)?;
        spec.write_over(&FunctionMask::everything(), &mut record);
        let account = self.function_account(&mut record, act_as.as_ref()).await?;
        let account = account.map_err(CreateFunctionError::ActAs)?;
        check_function(&record)?;
        let mut plan = expect_account(Plan::new(), account.as_ref())
            .expect(Expectation::Is(permit.name().clone().into(), permit.uid().clone()))
            .expect(Expectation::Absent(name.clone().into()));
        if self.store.find::<FunctionRecord>(&name).await?.is_some() {
            return Err(CreateFunctionError::AlreadyExists(name));
        }
        match &mut record.generation {
            FunctionGeneration::First { backend, service_account_unique_id } => {
                *backend = check_template(&record.template, &self.images).map_err(FunctionSpecError::from)?;
                *service_account_unique_id = account.as_ref().map(|account| account.unique_id.clone());
            }
            FunctionGeneration::Second { service, service_uid } => {
                let mut owned = blank(context, creator.clone(), service.clone());
                owned.uid = service_uid.clone();
                if self.store.find::<ServiceRecord>(&owned.name).await?.is_some() {
                    return Err(CreateFunctionError::ServiceExists(owned.name));
                }
                owned_service::write_over(&record, &mut owned);
                let revision = self.next_revision(context, &creator, account.as_ref(), &mut owned);
                let revision = revision.map_err(FunctionSpecError::from)?;
                plan = plan
                    .expect(Expectation::Absent(owned.name.clone().into()))
                    .expect(Expectation::Absent(revision.name.clone().into()))
                    .put(Record::Revision(revision))
                    .put(Record::Service(owned));
            }
        }
        let operation = finished(context, OperationKind::CreateFunction, &name, &record);
        let detail = told(&record);
        let entry = audit::entry(context, &permit, name.clone(), Some(&record.uid), detail);
        let plan = plan
            .put(Record::Function(record))
            .work(Work::PutOperation(Box::new(operation.clone())))
            .audit(entry);
        match self.store.apply(plan).await {
            Ok(_) => Ok(operation),
            Err(ApplyError::AlreadyExists(RecordKey::Function(_))) => {
                Err(CreateFunctionError::AlreadyExists(name))
            }
            Err(ApplyError::AlreadyExists(RecordKey::Service(service))) => {
                Err(CreateFunctionError::ServiceExists(service))
            }
            Err(
                ApplyError::Conflict(RecordKey::Account(account))
                | ApplyError::NotFound(RecordKey::Account(account)),
            ) => Err(CreateFunctionError::ActAs(account.email)),
            Err(error) => Err(CreateFunctionError::StoreFailed(error)),
        }
    }

    /// A function of which nothing was said yet.
    fn blank_function(
        &self,
        context: &Context,
        creator: String,
        name: &FunctionName,
        generation: Generation,
    ) -> Result<FunctionRecord, FunctionSpecError> {
        let now = context.now();
        let generation = match generation {
            Generation::First => FunctionGeneration::First {
                backend: store::BackendRecord::Hello,
                service_account_unique_id: None,
            },
            Generation::Second => FunctionGeneration::Second {
                service: owned_service::name_of(name).map_err(FunctionSpecError::ServiceId)?,
                service_uid: draw_uid(context),
            },
        };
        Ok(FunctionRecord {
            name: name.clone(),
            uid: draw_uid(context),
            description: String::new(),
            labels: Default::default(),
            build: Default::default(),
            template: Default::default(),
            ingress: Default::default(),
            security_level: String::new(),
            generation,
            version: 1,
            creator,
            create_time: now,
            update_time: now,
        })
    }

    /// The account that the function runs as, for which the proof has to be: `None` for the default one, by whatever
    /// name. The e-mail where the proof is missing.
    pub(super) async fn function_account(
        &self,
        record: &mut FunctionRecord,
        act_as: Option<&Permit<IamServiceAccountsActAs>>,
    ) -> Result<Result<Option<AccountRecord>, Email>, FunctionAccountError> {
        let named = runtime_account(&record.template).map_err(FunctionSpecError::from)?;
        let Some(email) = named.filter(|email| {
            !self.is_default_account(&record.name.project, Generation::of(&record.generation), email)
        }) else {
            record.template.service_account.clear();
            return Ok(Ok(None));
        };
        match self.account(&email, act_as).await? {
            Some(account) => Ok(Ok(Some(account))),
            None => Ok(Err(email)),
        }
    }

    /// Clients that write back what they read name the default account too.
    pub(super) fn is_default_account(
        &self,
        project: &ProjectId,
        generation: Generation,
        email: &Email,
    ) -> bool {
        match generation {
            Generation::First => *email == self.universe.app_engine_account(project),
            Generation::Second => {
                let number = self.routes.number(project);
                number.is_some_and(|number| *email == self.universe.compute_account(number))
            }
        }
    }
}

/// Why it cannot be told as what a function runs.
#[derive(Debug, thiserror::Error)]
pub(super) enum FunctionAccountError {
    #[error(transparent)]
    Spec(#[from] FunctionSpecError),
    #[error(transparent)]
    StoreUnread(#[from] store::ReadError),
}

impl From<FunctionAccountError> for CreateFunctionError {
    fn from(error: FunctionAccountError) -> Self {
        match error {
            FunctionAccountError::Spec(error) => Self::Spec(error),
            FunctionAccountError::StoreUnread(error) => Self::StoreUnread(error),
        }
    }
}

/// Refuses settings that are asked for but not served.
pub(super) fn check_settings(spec: &FunctionSpec, mask: &FunctionMask) -> Result<(), FunctionSpecError> {
    let mut selected = spec.settings.iter().filter(|(path, _)| mask.selects_setting(path));
    selected.try_for_each(|(path, value)| {
        settings::check(path, value).map_err(|_| FunctionSpecError::NotYet { field: path.clone() })
    })
}

/// Checks what is the function's alone.
pub(super) fn check_function(record: &FunctionRecord) -> Result<(), FunctionSpecError> {
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
