use context::Context;
use iam::Permit;
use iam::permission::{IamServiceAccountsActAs, RunServicesCreate};
use names::{Email, Location, ServiceId, ServiceName};
use store::{
    ApplyError, BackendRecord, Expectation, Operation, OperationKind, Plan, Record, ServiceRecord, Work,
};

use crate::operation::{Mode, draw_uid, finished};
use crate::template::runtime_account;
use crate::validate::{check_record, check_settings};
use crate::{CreateError, Run, ServiceSpec, UpdateMask};

/// A service to be created in the project of the permit.
#[derive(Clone, PartialEq, Debug)]
pub struct NewService {
    /// Where.
    pub location: Location,
    /// Its short ID.
    pub service_id: ServiceId,
    /// What it is to be.
    pub spec: ServiceSpec,
    /// Whether it is created or only checked.
    pub mode: Mode,
}

impl Run {
    /// Creates a service. A template that names a service account needs the permit to act as that account.
    pub async fn create(
        &self,
        context: &Context,
        permit: Permit<RunServicesCreate>,
        new: NewService,
        act_as: Option<Permit<IamServiceAccountsActAs>>,
    ) -> Result<Operation, CreateError> {
        let NewService { location, service_id, spec, mode } = new;
        let name = ServiceName { project: permit.name().clone(), location, service: service_id };
        check_settings(&spec, &UpdateMask::everything())?;
        let record = new_record(context, permit.principal().to_string(), name.clone(), spec)?;
        if let Some(account) = unshown_account(runtime_account(&record.template)?, act_as.as_ref()) {
            return Err(CreateError::ActAs(account));
        }
        let operation = finished(context, OperationKind::CreateService, &record);
        if mode == Mode::ValidateOnly {
            return match self.store.find::<ServiceRecord>(&name).await? {
                Some(_) => Err(CreateError::AlreadyExists(name)),
                None => Ok(operation),
            };
        }
        let detail = serde_json::json!({ "image": record.template.containers[0].image });
        let entry = audit::entry(context, &permit, name.clone(), Some(&record.uid), detail);
        let plan = Plan::new()
            .expect(Expectation::Is(permit.name().clone().into(), permit.uid().clone()))
            .expect(Expectation::Absent(name.clone().into()))
            .put(Record::Service(record))
            .work(Work::PutOperation(Box::new(operation.clone())))
            .audit(entry);
        match self.store.apply(plan).await {
            Ok(_) => Ok(operation),
            Err(ApplyError::AlreadyExists(_)) => Err(CreateError::AlreadyExists(name)),
            Err(error) => Err(CreateError::StoreFailed(error)),
        }
    }
}

fn new_record(
    context: &Context,
    creator: String,
    name: ServiceName,
    spec: ServiceSpec,
) -> Result<ServiceRecord, CreateError> {
    let now = context.now();
    let mut record = ServiceRecord {
        name,
        uid: draw_uid(context),
        description: String::new(),
        labels: Default::default(),
        annotations: Default::default(),
        client: String::new(),
        client_version: String::new(),
        custom_audiences: Vec::new(),
        launch_stage: String::new(),
        scaling: None,
        template: Default::default(),
        backend: BackendRecord::Hello,
        generation: 1,
        creator: creator.clone(),
        last_modifier: creator,
        create_time: now,
        update_time: now,
    };
    spec.write_over(&UpdateMask::everything(), &mut record);
    record.backend = check_record(&record)?;
    Ok(record)
}

/// The account that the service is to run as, unless it was shown that the caller may act as it.
pub(crate) fn unshown_account(
    account: Option<Email>,
    act_as: Option<&Permit<IamServiceAccountsActAs>>,
) -> Option<Email> {
    account.filter(|account| act_as.is_none_or(|permit| permit.name().email != *account))
}
