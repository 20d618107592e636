//! A change to a service.

use context::Context;
use iam::Permit;
use iam::permission::{IamServiceAccountsActAs, RunServicesSetIamPolicy, RunServicesUpdate};
use names::Email;
use store::{
    ApplyError, Expectation, Operation, OperationKind, Plan, Record, RecordKey, RevisionRecord,
    ServiceRecord, Stored, Work,
};

use crate::operation::{Mode, finished};
use crate::runtime_account::{expect_account, runtime_account};
use crate::traffic::check_traffic;
use crate::validate::{check_service, check_settings};
use crate::view::etag;
use crate::{Run, ServiceSpec, SpecError, UpdateError, UpdateMask};

/// A change to the service of the permit.
#[derive(Clone, PartialEq, Debug)]
pub struct ServicePatch {
    /// What the selected fields become.
    pub spec: ServiceSpec,
    /// Which fields.
    pub mask: UpdateMask,
    /// The etag that the service must still have.
    pub etag: Option<String>,
    /// Whether a revision is made even when the template stays as it is.
    pub force_new_revision: bool,
    /// Whether it is changed or only checked.
    pub mode: Mode,
}

impl Run {
    /// The account that the service will run as after this change, for which the caller must show the permit to act:
    /// whoever changes what runs decides what the account does. `None` for the project's default one.
    pub async fn runtime_account_of_update(
        &self,
        permit: &Permit<RunServicesUpdate>,
        patch: &ServicePatch,
    ) -> Result<Option<Email>, UpdateError> {
        let mut record = self.found(permit).await?.record;
        patch.spec.clone().write_over(&patch.mask, &mut record);
        Ok(runtime_account(&record.template)?)
    }

    /// Changes the service. When the account that it will run as is not the default one, `act_as` must be for it; when
    /// it is opened to everybody (`invokerIamDisabled`), `opening` must be for the service.
    pub async fn update(
        &self,
        context: &Context,
        permit: Permit<RunServicesUpdate>,
        patch: ServicePatch,
        act_as: Option<Permit<IamServiceAccountsActAs>>,
        opening: Option<Permit<RunServicesSetIamPolicy>>,
    ) -> Result<Operation, UpdateError> {
        let ServicePatch { spec, mask, etag: expected, force_new_revision, mode } = patch;
        let Stored { record: before, revision: read_at } = self.found(&permit).await?;
        let name = before.name.clone();
        if expected.is_some_and(|expected| !expected.is_empty() && expected != etag(&before)) {
            return Err(UpdateError::EtagMismatch { name });
        }
        check_settings(&spec, &mask)?;
        let mut record = before.clone();
        spec.write_over(&mask, &mut record);
        check_service(&record)?;
        check_traffic(&record, &self.universe, self.routes.number(&name.project)).map_err(SpecError::from)?;
        let account = match runtime_account(&record.template)? {
            None => None,
            Some(email) => match self.account(&email, act_as.as_ref()).await? {
                None => return Err(UpdateError::ActAs(email)),
                found => found,
            },
        };
        let modifier = permit.principal().to_string();
        let made = if force_new_revision || record.template != before.template {
            Some(self.next_revision(context, &modifier, account.as_ref(), &mut record)?)
        } else {
            None
        };
        let opens = record.invoker_iam_disabled && !before.invoker_iam_disabled;
        if opens && opening.is_none_or(|opening| opening.uid() != permit.uid()) {
            return Err(UpdateError::Opens);
        }
        let expectations = self.named_revisions(&record, made.as_ref()).await?.map_err(SpecError::from)?;
        if let Some(made) = &made
            && self.store.find::<RevisionRecord>(&made.name).await?.is_some()
        {
            return Err(UpdateError::RevisionExists(made.name.clone()));
        }
        let changed = record != before;
        if changed {
            record.generation += 1;
            record.update_time = context.now();
            record.last_modifier = modifier;
        }
        let operation = finished(context, OperationKind::UpdateService, &name, &record);
        if mode == Mode::ValidateOnly {
            return Ok(operation);
        }
        let detail = serde_json::json!({
            "generation": record.generation,
            "image": record.template.containers[0].image,
            "revision": made.as_ref().map(|made| &made.name.revision),
            "ingress": record.ingress,
            "invokerIamDisabled": record.invoker_iam_disabled,
        });
        let entry = audit::entry(context, &permit, name.clone(), Some(&record.uid), detail);
        let mut plan = expect_account(Plan::new(), account.as_ref())
            .expect(Expectation::At(name.clone().into(), read_at))
            .work(Work::PutOperation(Box::new(operation.clone())))
            .audit(entry);
        plan.expectations.extend(expectations);
        if let Some(made) = made {
            for surplus in self.surplus(&record).await? {
                plan = plan.delete(surplus);
            }
            plan = plan.expect(Expectation::Absent(made.name.clone().into())).put(Record::Revision(made));
        }
        if changed {
            plan = plan.put(Record::Service(record));
        }
        match self.store.apply(plan).await {
            Ok(_) => Ok(operation),
            Err(
                ApplyError::Conflict(RecordKey::Account(account))
                | ApplyError::NotFound(RecordKey::Account(account)),
            ) => Err(UpdateError::ActAs(account.email)),
            Err(ApplyError::NotFound(RecordKey::Service(_))) => Err(UpdateError::NotFound(name)),
            // A revision that the traffic names, or that was to make room, went away meanwhile, or one came.
            Err(ApplyError::AlreadyExists(_) | ApplyError::Conflict(_) | ApplyError::NotFound(_)) => {
                Err(UpdateError::EtagMismatch { name })
            }
            Err(error) => Err(UpdateError::StoreFailed(error)),
        }
    }

    async fn found(&self, permit: &Permit<RunServicesUpdate>) -> Result<Stored<ServiceRecord>, UpdateError> {
        self.store
            .find::<ServiceRecord>(permit.name())
            .await?
            .filter(|stored| stored.record.uid == *permit.uid())
            .ok_or_else(|| UpdateError::NotFound(permit.name().clone()))
    }
}
