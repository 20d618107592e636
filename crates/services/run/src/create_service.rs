//! A new service.

use context::Context;
use iam::Permit;
use iam::permission::{IamServiceAccountsActAs, InProject, RunServicesCreate, RunServicesSetIamPolicy};
use names::{Location, RevisionId, ServiceId, ServiceName};
use store::{
    ApplyError, Expectation, Operation, OperationKind, Plan, Record, RecordKey, ServiceRecord, Work,
};

use crate::operation::{Mode, draw_uid, finished};
use crate::runtime_account::{expect_account, runtime_account};
use crate::traffic::check_traffic;
use crate::validate::{check_service, check_settings};
use crate::{CreateError, Run, ServiceSpec, SpecError, UpdateMask};

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
    /// Creates a service. A template that names a service account needs the permit to act as that account; one that is
    /// open to everybody (`invokerIamDisabled`), the permit to say who invokes it, as no policy closes it.
    pub async fn create(
        &self,
        context: &Context,
        permit: Permit<RunServicesCreate>,
        new: NewService,
        act_as: Option<Permit<IamServiceAccountsActAs>>,
        opening: Option<Permit<InProject<RunServicesSetIamPolicy>>>,
    ) -> Result<Operation, CreateError> {
        let NewService { location, service_id, spec, mode } = new;
        let name = ServiceName { project: permit.name().clone(), location, service: service_id };
        check_settings(&spec, &UpdateMask::everything())?;
        let creator = permit.principal().to_string();
        let mut record = blank(context, creator.clone(), name.clone());
        spec.write_over(&UpdateMask::everything(), &mut record);
        check_service(&record)?;
        check_traffic(&record, &self.universe, self.routes.number(&name.project)).map_err(SpecError::from)?;
        let account = match runtime_account(&record.template)? {
            None => None,
            Some(email) => match self.account(&email, act_as.as_ref()).await? {
                None => return Err(CreateError::ActAs(email)),
                found => found,
            },
        };
        let revision = self.next_revision(context, &creator, account.as_ref(), &mut record)?;
        self.named_revisions(&record, Some(&revision)).await?.map_err(SpecError::from)?;
        if record.invoker_iam_disabled && opening.is_none_or(|opening| *opening.name() != name.project) {
            return Err(CreateError::Opens);
        }
        let operation = finished(context, OperationKind::CreateService, &name, &record);
        if self.store.find::<ServiceRecord>(&name).await?.is_some() {
            return Err(CreateError::AlreadyExists(name));
        }
        if mode == Mode::ValidateOnly {
            return Ok(operation);
        }
        let detail = serde_json::json!({
            "image": record.template.containers[0].image,
            "revision": revision.name.revision,
            "ingress": record.ingress,
            "invokerIamDisabled": record.invoker_iam_disabled,
        });
        let entry = audit::entry(context, &permit, name.clone(), Some(&record.uid), detail);
        let plan = expect_account(Plan::new(), account.as_ref())
            .expect(Expectation::Is(permit.name().clone().into(), permit.uid().clone()))
            .expect(Expectation::Absent(name.clone().into()))
            .expect(Expectation::Absent(revision.name.clone().into()))
            .put(Record::Revision(revision))
            .put(Record::Service(record))
            .work(Work::PutOperation(Box::new(operation.clone())))
            .audit(entry);
        match self.store.apply(plan).await {
            Ok(_) => Ok(operation),
            Err(ApplyError::AlreadyExists(RecordKey::Service(_))) => Err(CreateError::AlreadyExists(name)),
            Err(
                ApplyError::Conflict(RecordKey::Account(account))
                | ApplyError::NotFound(RecordKey::Account(account)),
            ) => Err(CreateError::ActAs(account.email)),
            Err(error) => Err(CreateError::StoreFailed(error)),
        }
    }
}

/// A service of which nothing was said yet. Its latest revision is named with the first one that is made.
pub(crate) fn blank(context: &Context, creator: String, name: ServiceName) -> ServiceRecord {
    let now = context.now();
    ServiceRecord {
        latest_revision: RevisionId::parse(name.service.as_str())
            .expect("a service's ID is shorter and alike"),
        name,
        uid: draw_uid(context),
        description: String::new(),
        labels: Default::default(),
        annotations: Default::default(),
        kept_annotations: Default::default(),
        client: String::new(),
        client_version: String::new(),
        custom_audiences: Vec::new(),
        launch_stage: String::new(),
        scaling: None,
        ingress: Default::default(),
        invoker_iam_disabled: false,
        default_uri_disabled: false,
        template: Default::default(),
        traffic: Vec::new(),
        revisions_made: 0,
        generation: 1,
        creator: creator.clone(),
        last_modifier: creator,
        create_time: now,
        update_time: now,
    }
}
