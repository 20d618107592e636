//! Services: each method parses names, asks for permits, calls one use case.

use context::Context;
use iam::permission::{
    IamServiceAccountsActAs, RunServicesCreate, RunServicesDelete, RunServicesGet, RunServicesList,
    RunServicesUpdate,
};
use iam::{Permission, Permit};
use names::{Email, ParentName, ProjectRef, ServiceId, ServiceName};
use problem::Problem;
use run::{Deletion, Mode, NewService, Page, ServicePatch, ServiceSpec, UpdateMask, Where};
use wire::google::cloud::run::v2::{
    CreateServiceRequest, DeleteServiceRequest, GetServiceRequest, ListServicesRequest, ListServicesResponse,
    Service, UpdateServiceRequest,
};
use wire::google::longrunning::Operation;

use super::problems::Form;
use super::{CloudRun, message, spec::spec};
use crate::pages::{self, Pages};
use crate::permits;
use crate::refusal::{invalid, malformed};
use crate::update_mask;

/// Where a service is to be created, and how its wishes are spelled.
pub(super) struct Creation {
    /// The form in which it came.
    pub form: Form,
    /// The project and the region.
    pub parent: ParentName<ProjectRef>,
    /// The same in the caller's words.
    pub asked: String,
    /// Its ID.
    pub service_id: ServiceId,
    /// Whether it is created or only checked.
    pub mode: Mode,
}

/// Which service is to be changed, and how the change is spelled.
pub(super) struct Change<'a> {
    /// The form in which it came.
    pub form: Form,
    /// The service; `None` where the caller's words name none.
    pub name: Option<ServiceName>,
    /// The caller's words.
    pub asked: &'a str,
}

impl CloudRun {
    pub(super) async fn create(
        &self,
        context: Context,
        request: CreateServiceRequest,
    ) -> Result<Operation, Problem> {
        let parent =
            ParentName::<ProjectRef>::parse(&request.parent).map_err(|error| malformed("parent", &error))?;
        let service_id =
            ServiceId::parse(&request.service_id).map_err(|error| malformed("service_id", &error))?;
        let service = request.service.ok_or_else(|| invalid("service", "it is missing"))?;
        let (asked, mode) = (request.parent, mode(request.validate_only));
        let new = Creation { form: Form::Resource, parent, asked, service_id, mode };
        let operation = self.create_in_form(&context, new, || spec(service)).await?;
        message::operation(&self.run, &operation)
    }

    /// Creates a service that came in either form; what is wished is read when it is known that it may be.
    pub(super) async fn create_in_form(
        &self,
        context: &Context,
        new: Creation,
        spec: impl FnOnce() -> Result<ServiceSpec, Problem>,
    ) -> Result<operations::Operation, Problem> {
        let Creation { form, parent, asked, service_id, mode } = new;
        let project = self.permits.project(&parent.project);
        let permit = self.permits.ask::<RunServicesCreate>(context, &asked, project)?;
        let spec = spec()?;
        let opening = if spec.invoker_iam_disabled { self.shown(context, permit.name()) } else { None };
        let act_as = self.act_as(context, &spec.template.service_account)?;
        let asked = format!("{asked}/services/{service_id}");
        let new = NewService { location: parent.location, service_id, spec, mode };
        let created = self.run.create(context, permit, new, act_as, opening).await;
        created.map_err(|error| self.problem_of_create(form, context, error, &asked))
    }

    pub(super) async fn get(&self, context: Context, request: GetServiceRequest) -> Result<Service, Problem> {
        let name = self.named("name", &request.name)?;
        let permit = self.permits.ask::<RunServicesGet>(&context, &request.name, name)?;
        match self.run.get(&context, &permit).await {
            Ok(stored) => message::stored(&self.run, stored),
            Err(error) => Err(self.problem_of_get(error, &request.name)),
        }
    }

    pub(super) async fn list(
        &self,
        context: Context,
        request: ListServicesRequest,
    ) -> Result<ListServicesResponse, Problem> {
        let (reference, place) = place(&request.parent)?;
        let limit = pages::size(request.page_size, 100, 1000)?;
        let pages = Pages::of("ListServices", &[&request.parent, &request.show_deleted.to_string()]);
        let after = pages.after(&request.page_token)?;
        let project = self.permits.project(&reference);
        let permit = self.permits.ask::<RunServicesList>(&context, &request.parent, project)?;
        // What is deleted is gone at once, so that `show_deleted` has nothing to add.
        let listing = self.run.list(&context, &permit, place, Page { after, limit }).await;
        let listing = listing.map_err(super::problems::of_list)?;
        let services = listing.records.into_iter().map(|stored| message::stored(&self.run, stored));
        Ok(ListServicesResponse {
            services: services.collect::<Result<_, _>>()?,
            next_page_token: pages.token(listing.next.as_deref()),
            ..ListServicesResponse::default()
        })
    }

    pub(super) async fn update(
        &self,
        context: Context,
        request: UpdateServiceRequest,
    ) -> Result<Operation, Problem> {
        let service = request.service.ok_or_else(|| invalid("service", "it is missing"))?;
        let asked = service.name.clone();
        let name = self.named("service.name", &asked)?;
        let mask = update_mask::read(request.update_mask, UpdateMask::parse)?;
        if request.allow_missing && !name.as_ref().is_some_and(|name| self.permits.exists(name.clone())) {
            return self.create_missing(context, service, name, request.validate_only).await;
        }
        let patch = || {
            Ok(ServicePatch {
                mask,
                etag: Some(service.etag.clone()),
                force_new_revision: request.force_new_revision,
                mode: mode(request.validate_only),
                spec: spec(service)?,
            })
        };
        let change = Change { form: Form::Resource, name, asked: &asked };
        let operation = self.update_in_form(&context, change, patch).await?;
        message::operation(&self.run, &operation)
    }

    /// Changes a service that came in either form; the change is read when it is known that it may be made.
    pub(super) async fn update_in_form(
        &self,
        context: &Context,
        Change { form, name, asked }: Change<'_>,
        patch: impl FnOnce() -> Result<ServicePatch, Problem>,
    ) -> Result<operations::Operation, Problem> {
        let permit = self.permits.ask::<RunServicesUpdate>(context, asked, name)?;
        let patch = patch()?;
        let opening = if patch.spec.invoker_iam_disabled { self.shown(context, permit.name()) } else { None };
        let problem = |error| self.problem_of_update(form, context, error, asked);
        let runs_as = self.run.runtime_account_of_update(&permit, &patch).await.map_err(problem)?;
        let act_as = match &runs_as {
            Some(email) => Some(self.permits.act_as(context, email)?),
            None => None,
        };
        self.run.update(context, permit, patch, act_as, opening).await.map_err(problem)
    }

    /// Creates what an update did not find. Who may not is told what somebody is told who may not change it: whether
    /// the service is there stays a secret.
    async fn create_missing(
        &self,
        context: Context,
        service: Service,
        name: Option<ServiceName>,
        validate_only: bool,
    ) -> Result<Operation, Problem> {
        let asked = service.name.clone();
        let project = name.as_ref().map(|name| name.project.clone());
        let Ok(_) = self.permits.ask::<RunServicesCreate>(&context, &asked, project) else {
            return Err(self.permits.denied(context.principal(), RunServicesUpdate::NAME, &asked));
        };
        let Some((parent, service_id)) = asked.rsplit_once("/services/") else {
            return Err(self.permits.missing(&asked));
        };
        let request = CreateServiceRequest {
            parent: parent.to_owned(),
            service_id: service_id.to_owned(),
            service: Some(service),
            validate_only,
        };
        self.create(context, request).await
    }

    pub(super) async fn delete(
        &self,
        context: Context,
        request: DeleteServiceRequest,
    ) -> Result<Operation, Problem> {
        let name = self.named("name", &request.name)?;
        let permit = self.permits.ask::<RunServicesDelete>(&context, &request.name, name)?;
        let deletion = Deletion { etag: Some(request.etag), mode: mode(request.validate_only) };
        match self.run.delete(&context, permit, deletion).await {
            Ok(operation) => message::operation(&self.run, &operation),
            Err(error) => Err(self.problem_of_delete(error, &request.name)),
        }
    }

    /// The permit, where the caller has it: the use case knows whether it is needed.
    fn shown<P: Permission>(&self, context: &Context, name: &P::Resource) -> Option<Permit<P>> {
        self.permits.access().permit::<P>(context, name).ok()
    }

    /// The permit to act as the account of a template. What is no e-mail is left to the use case to refuse.
    fn act_as(
        &self,
        context: &Context,
        account: &str,
    ) -> Result<Option<Permit<IamServiceAccountsActAs>>, Problem> {
        match Email::parse_folded(account) {
            Ok(email) => self.permits.act_as(context, &email).map(Some),
            Err(_) => Ok(None),
        }
    }
}

pub(super) fn mode(validate_only: bool) -> Mode {
    if validate_only { Mode::ValidateOnly } else { Mode::Apply }
}

/// `projects/P/locations/L`, or `projects/P/locations/-` for all of them.
fn place(parent: &str) -> Result<(ProjectRef, Where), Problem> {
    if let Some(project) = parent.strip_suffix("/locations/-") {
        return Ok((permits::project_in("parent", project)?, Where::Everywhere));
    }
    let parent = ParentName::<ProjectRef>::parse(parent).map_err(|error| malformed("parent", &error))?;
    Ok((parent.project, Where::Region(parent.location)))
}
