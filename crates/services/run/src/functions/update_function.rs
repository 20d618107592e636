//! A change to a function.

use context::Context;
use iam::Permit;
use iam::permission::{CloudfunctionsFunctionsUpdate, IamServiceAccountsActAs};
use names::Email;
use store::{
    ApplyError, Expectation, FunctionGeneration, FunctionRecord, Operation, OperationKind, Plan, Record,
    RecordKey, ServiceRecord, Stored, Work,
};

use super::mask::FunctionMask;
use super::owned_service;
use super::write::told;
use crate::operation::finished;
use crate::runtime_account::expect_account;
use crate::template::check_template;
use crate::validate::check_service;
use crate::{FunctionSpec, Generation, Run, UpdateFunctionError, WriteFunctionError};

/// A change to the function of the permit.
#[derive(Clone, PartialEq, Debug)]
pub struct FunctionPatch {
    /// What the selected fields become.
    pub spec: FunctionSpec,
    /// Which fields.
    pub mask: FunctionMask,
}

impl Run {
    /// The account that the function will run as after this change, for which the caller must show the permit to act.
    /// `None` for the project's default one.
    pub async fn account_of_function_update(
        &self,
        permit: &Permit<CloudfunctionsFunctionsUpdate>,
        patch: &FunctionPatch,
    ) -> Result<Option<Email>, UpdateFunctionError> {
        let mut record = self.function_found(permit).await?.record;
        patch.spec.clone().write_over(&patch.mask, &mut record);
        let generation = Generation::of(&record.generation);
        Ok(self.account_of(&record.name.project, generation, &record.template)?)
    }

    /// Changes the function, and the service that it owns. When the account that it will run as is not the default one,
    /// `act_as` must be for it.
    pub async fn update_function(
        &self,
        context: &Context,
        permit: Permit<CloudfunctionsFunctionsUpdate>,
        patch: FunctionPatch,
        act_as: Option<Permit<IamServiceAccountsActAs>>,
    ) -> Result<Operation, UpdateFunctionError> {
        let FunctionPatch { spec, mask } = patch;
        let Stored { mut record, revision: read_at } = self.function_found(&permit).await?;
        let name = record.name.clone();
        let account = self.written(&mut record, spec, &mask, act_as.as_ref()).await?;
        record.version += 1;
        record.update_time = context.now();
        let mut plan = expect_account(Plan::new(), account.as_ref())
            .expect(Expectation::At(name.clone().into(), read_at));
        match &mut record.generation {
            FunctionGeneration::First { backend, service_account_unique_id } => {
                let checked = check_template(&record.template, &self.images);
                *backend = checked.map_err(WriteFunctionError::from)?;
                *service_account_unique_id = account.as_ref().map(|account| account.unique_id.clone());
            }
            FunctionGeneration::Second { service, service_uid } => {
                let found = self.store.find::<ServiceRecord>(service).await;
                let found = found.map_err(WriteFunctionError::from)?;
                let Some(found) = found.filter(|found| found.record.uid == *service_uid) else {
                    return Err(UpdateFunctionError::ServiceGone(service.clone()));
                };
                let service = service.clone();
                let Stored { record: before, revision: service_at } = found;
                let mut owned = before.clone();
                owned_service::write_over(&record, &mut owned);
                let modifier = permit.principal().to_string();
                if owned.template != before.template {
                    // A name that somebody gave the revision before is that one's.
                    owned.template.revision.clear();
                    let made = self.next_revision(context, &modifier, account.as_ref(), &mut owned);
                    let made = made.map_err(WriteFunctionError::from)?;
                    let surplus = self.surplus(&owned).await.map_err(WriteFunctionError::from)?;
                    for surplus in surplus {
                        plan = plan.delete(surplus);
                    }
                    let absent = Expectation::Absent(made.name.clone().into());
                    plan = plan.expect(absent).put(Record::Revision(made));
                }
                check_service(&owned).map_err(WriteFunctionError::from)?;
                owned.generation += 1;
                owned.update_time = context.now();
                owned.last_modifier = modifier;
                plan = plan.expect(Expectation::At(service.into(), service_at)).put(Record::Service(owned));
            }
        }
        let operation = finished(context, OperationKind::UpdateFunction, &name, &record);
        let entry = audit::entry(context, &permit, name.clone(), Some(&record.uid), told(&record));
        let plan = plan
            .put(Record::Function(record))
            .work(Work::PutOperation(Box::new(operation.clone())))
            .audit(entry);
        match self.store.apply(plan).await {
            Ok(_) => Ok(operation),
            Err(ApplyError::NotFound(RecordKey::Function(_))) => Err(UpdateFunctionError::NotFound(name)),
            Err(error) => match WriteFunctionError::applying(error) {
                // The function, its service or one of its revisions was changed between the two.
                WriteFunctionError::StoreFailed(
                    ApplyError::AlreadyExists(_) | ApplyError::Conflict(_) | ApplyError::NotFound(_),
                ) => Err(UpdateFunctionError::Contended(name)),
                error => Err(error.into()),
            },
        }
    }

    /// The generation of a function, for whoever may change it.
    pub async fn generation_of(
        &self,
        permit: &Permit<CloudfunctionsFunctionsUpdate>,
    ) -> Result<Generation, UpdateFunctionError> {
        Ok(Generation::of(&self.function_found(permit).await?.record.generation))
    }

    async fn function_found(
        &self,
        permit: &Permit<CloudfunctionsFunctionsUpdate>,
    ) -> Result<Stored<FunctionRecord>, UpdateFunctionError> {
        let name = permit.name();
        let found = self.store.find::<FunctionRecord>(name).await;
        found
            .map_err(WriteFunctionError::from)?
            .filter(|stored| stored.record.uid == *permit.uid())
            .ok_or_else(|| UpdateFunctionError::NotFound(name.clone()))
    }
}
