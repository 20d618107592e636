//! Services: each method parses names, asks for permits, calls one use case.

use context::Context;
use iam::permission::{RunServicesDelete, RunServicesGet, RunServicesList};
use names::{Location, ParentName, ProjectNumber, ProjectRef, ServiceId};
use problem::Problem;
use run::{
    Deletion, ListsServices, OperationView, ServicePatch, ServiceRecord, ServiceView, Stored, UpdateMask,
    Where,
};
use tonic::{Request, Response, Status};
use wire::google::cloud::run::v1;
use wire::google::cloud::run::v1::services_server::Services;
use wire::google::cloud::run::v1::{
    CreateServiceRequest, DeleteServiceRequest, GetServiceRequest, ListMeta, ListServicesRequest,
    ListServicesResponse, ReplaceServiceRequest, Service,
};

use super::listing::{ListRequest, Listing, Object};
use super::{API_VERSION, Knative, Namespace, mode, read, show, success};
use crate::call::reply;
use crate::cloud_run::message::Unshowable;
use crate::cloud_run::problems::{Form, of_list};
use crate::cloud_run::services::{Change, Creation};
use crate::refusal::{internal, invalid, malformed};
use crate::surface;

#[tonic::async_trait]
impl Services for Knative {
    async fn create_service(
        &self,
        request: Request<CreateServiceRequest>,
    ) -> Result<Response<Service>, Status> {
        let region = Namespace::region(&request);
        reply(&surface::RUN, request, |context, message| self.create(context, region, message)).await
    }

    async fn get_service(&self, request: Request<GetServiceRequest>) -> Result<Response<Service>, Status> {
        let region = Namespace::region(&request);
        reply(&surface::RUN, request, |context, message| async move {
            let view = self.half::<RunServicesGet>(&context, &message.name, region).await?;
            self.object(&view)
        })
        .await
    }

    async fn list_services(
        &self,
        request: Request<ListServicesRequest>,
    ) -> Result<Response<ListServicesResponse>, Status> {
        let region = Namespace::region(&request);
        reply(&surface::RUN, request, |context, message| async move {
            let (items, metadata) =
                self.listed::<RunServicesList, _>(&context, &message, region, show::service).await?;
            Ok(ListServicesResponse {
                api_version: API_VERSION.to_owned(),
                items,
                kind: "ServiceList".to_owned(),
                metadata: Some(metadata),
                unreachable: Vec::new(),
            })
        })
        .await
    }

    async fn replace_service(
        &self,
        request: Request<ReplaceServiceRequest>,
    ) -> Result<Response<Service>, Status> {
        let region = Namespace::region(&request);
        reply(&surface::RUN, request, |context, message| self.replace(context, region, message)).await
    }

    async fn delete_service(
        &self,
        request: Request<DeleteServiceRequest>,
    ) -> Result<Response<v1::Status>, Status> {
        let region = Namespace::region(&request);
        reply(&surface::RUN, request, |context, message| self.delete(context, region, message)).await
    }
}

impl Knative {
    async fn create(
        &self,
        context: Context,
        region: Option<Location>,
        request: CreateServiceRequest,
    ) -> Result<Service, Problem> {
        let namespace = Namespace::read("parent", &request.parent, region)?;
        let service = request.service.ok_or_else(|| invalid("service", "it is missing"))?;
        let metadata = service.metadata.clone().unwrap_or_default();
        let service_id = service_id("metadata.name", &metadata.name)?;
        self.same_project(&namespace, &metadata.namespace)?;
        let labelled = metadata.labels.get(super::keys::LOCATION);
        let location = match (&namespace.place, labelled) {
            (Where::Region(region), _) => region.clone(),
            (Where::Everywhere, Some(label)) => {
                Location::parse(label).map_err(|error| invalid("metadata.labels", error.to_string()))?
            }
            (Where::Everywhere, None) => return Err(invalid("parent", REGION_UNSAID)),
        };
        let mode = mode(&request.dry_run)?;
        let parent = ParentName { project: namespace.project.clone(), location: location.clone() };
        let asked = Namespace { place: Where::Region(location.clone()), ..namespace }.asked();
        let new = Creation { form: Form::Knative, parent, asked, service_id, mode };
        let spec = || {
            let (spec, label) = read::spec(service)?;
            same_region(&location, label.as_ref())?;
            Ok(spec)
        };
        let operation = self.run.create_in_form(&context, new, spec).await?;
        self.left_by(&operation)
    }

    /// What a request for a list selects of the services that are there, as `show` has it.
    pub(super) async fn listed<P: ListsServices, T: Object>(
        &self,
        context: &Context,
        request: &impl ListRequest,
        region: Option<Location>,
        show: impl Fn(&ServiceView, ProjectNumber) -> T,
    ) -> Result<(Vec<T>, ListMeta), Problem> {
        let selects = request.selects();
        let namespace = Namespace::read("parent", selects.parent, region)?;
        let asked = namespace.asked();
        let mut listing = Listing::read(&asked, &selects)?;
        let project = self.run.permits.project(&namespace.project);
        let permit = self.run.permits.ask::<P>(context, &asked, project)?;
        loop {
            let found = self.run.run.list(context, &permit, namespace.place.clone(), listing.page()).await;
            let found = found.map_err(of_list)?;
            let mut objects = Vec::with_capacity(found.records.len());
            for stored in found.records {
                let view = self.viewed(stored)?;
                objects.push(show(&view, self.number(&view.record.name)?));
            }
            if let Some(done) = listing.selected(objects, found.next) {
                return Ok(done);
            }
        }
    }

    async fn replace(
        &self,
        context: Context,
        region: Option<Location>,
        request: ReplaceServiceRequest,
    ) -> Result<Service, Problem> {
        let (namespace, id) = Self::member(&request.name, region)?;
        let service = request.service.ok_or_else(|| invalid("service", "it is missing"))?;
        let metadata = service.metadata.clone().unwrap_or_default();
        if metadata.name != id.as_str() {
            return Err(invalid("metadata.name", "it is not the service that the path names"));
        }
        self.same_project(&namespace, &metadata.namespace)?;
        let mode = mode(&request.dry_run)?;
        let asked = format!("{}/services/{id}", namespace.asked());
        let name = self.service_named(&namespace, id);
        let location = name.as_ref().map(|name| name.location.clone());
        let patch = || {
            let (spec, label) = read::spec(service)?;
            location.map_or(Ok(()), |location| same_region(&location, label.as_ref()))?;
            Ok(ServicePatch {
                spec,
                mask: UpdateMask::everything(),
                etag: show::etag(&metadata.resource_version),
                force_new_revision: false,
                mode,
            })
        };
        let change = Change { form: Form::Knative, name, asked: &asked };
        let operation = self.run.update_in_form(&context, change, patch).await?;
        self.left_by(&operation)
    }

    async fn delete(
        &self,
        context: Context,
        region: Option<Location>,
        request: DeleteServiceRequest,
    ) -> Result<v1::Status, Problem> {
        let (namespace, service) = Self::member(&request.name, region)?;
        let asked = format!("{}/services/{service}", namespace.asked());
        let name = self.service_named(&namespace, service);
        let permit = self.run.permits.ask::<RunServicesDelete>(&context, &asked, name)?;
        let deletion = Deletion { etag: None, mode: mode(&request.dry_run)? };
        match self.run.run.delete(&context, permit, deletion).await {
            Ok(_) => Ok(success()),
            Err(error) => Err(self.run.problem_of_delete(error, &asked)),
        }
    }

    pub(super) fn member(name: &str, region: Option<Location>) -> Result<(Namespace, ServiceId), Problem> {
        let (namespace, id) = Namespace::of_member(name, "/services/", region)?;
        Ok((namespace, ServiceId::parse(id).map_err(|error| malformed("name", &error))?))
    }

    /// That the object is in the project that the path names, if it says so.
    fn same_project(&self, namespace: &Namespace, said: &str) -> Result<(), Problem> {
        let project = self.run.permits.project(&namespace.project);
        let said = Some(said).filter(|said| !said.is_empty());
        match said.map(|said| ProjectRef::parse(said).map(|said| self.run.permits.project(&said) == project))
        {
            None | Some(Ok(true)) => Ok(()),
            Some(_) => Err(invalid("metadata.namespace", "it is not the project that the path names")),
        }
    }

    /// The service as an operation left it.
    fn left_by(&self, operation: &operations::Operation) -> Result<Service, Problem> {
        match self.run.run.view_of_operation(operation) {
            Some(OperationView::Service(view)) => self.object(&view),
            Some(OperationView::Function(_) | OperationView::Revision(_)) | None => {
                Err(internal(&Unshowable { name: operation.name.to_string() }))
            }
        }
    }

    pub(super) fn viewed(&self, stored: Stored<ServiceRecord>) -> Result<ServiceView, Problem> {
        let name = stored.record.name.to_string();
        self.run.run.view(stored).ok_or_else(|| internal(&Unshowable { name }))
    }

    fn object(&self, view: &ServiceView) -> Result<Service, Problem> {
        Ok(show::service(view, self.number(&view.record.name)?))
    }
}

fn service_id(field: &str, text: &str) -> Result<ServiceId, Problem> {
    ServiceId::parse(text).map_err(|error| invalid(field, error.to_string()))
}

/// That a label for the region, if there is one, says the one that the host or the path says.
fn same_region(location: &Location, label: Option<&Location>) -> Result<(), Problem> {
    match label {
        Some(label) if label != location => {
            let text = format!("{} says '{label}', the request '{location}'", super::keys::LOCATION);
            Err(invalid("metadata.labels", text))
        }
        _ => Ok(()),
    }
}

const REGION_UNSAID: &str = "it does not say in which region: send the request to the region's host, such as us-central1-run.googleapis.com, or name it in the label cloud.googleapis.com/location";
