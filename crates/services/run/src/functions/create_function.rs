//! A new function.

use context::Context;
use iam::Permit;
use iam::permission::{CloudfunctionsFunctionsCreate, IamServiceAccountsActAs};
use names::{Email, FunctionId, FunctionName, Location};
use store::{
    ApplyError, Expectation, FunctionGeneration, FunctionRecord, Operation, OperationKind, Plan, Record,
    RecordKey, ServiceRecord, Work,
};

use super::mask::FunctionMask;
use super::owned_service;
use super::write::told;
use crate::create_service::blank;
use crate::operation::{draw_uid, finished};
use crate::runtime_account::expect_account;
use crate::template::check_template;
use crate::{CreateFunctionError, FunctionSpec, FunctionSpecError, Run, WriteFunctionError};

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
        self.account_of(permit.name(), new.generation, &new.spec.template).ok().flatten()
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
        if self.function_url(&name).is_none() {
            return Err(WriteFunctionError::Spec(FunctionSpecError::Region(name.location)).into());
        }
        let creator = permit.principal().to_string();
        let record = self.blank_function(context, creator.clone(), &name, generation);
        let mut record = record.map_err(WriteFunctionError::from)?;
        let account = self.written(&mut record, spec, &FunctionMask::everything(), act_as.as_ref()).await?;
        let mut plan = expect_account(Plan::new(), account.as_ref())
            .expect(Expectation::Is(permit.name().clone().into(), permit.uid().clone()))
            .expect(Expectation::Absent(name.clone().into()));
        let present = self.store.find::<FunctionRecord>(&name).await;
        if present.map_err(WriteFunctionError::from)?.is_some() {
            return Err(CreateFunctionError::AlreadyExists(name));
        }
        match &mut record.generation {
            FunctionGeneration::First { backend, service_account_unique_id } => {
                let checked = check_template(&record.template, &self.images);
                *backend = checked.map_err(WriteFunctionError::from)?;
                *service_account_unique_id = account.as_ref().map(|account| account.unique_id.clone());
            }
            FunctionGeneration::Second { service, service_uid } => {
                let mut owned = blank(context, creator.clone(), service.clone());
                owned.uid = service_uid.clone();
                let present = self.store.find::<ServiceRecord>(&owned.name).await;
                if present.map_err(WriteFunctionError::from)?.is_some() {
                    return Err(CreateFunctionError::ServiceExists(owned.name));
                }
                owned_service::write_over(&record, &mut owned);
                let revision = self.next_revision(context, &creator, account.as_ref(), &mut owned);
                let revision = revision.map_err(WriteFunctionError::from)?;
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
            Err(error) => Err(WriteFunctionError::applying(error).into()),
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
}
