//! `domains.cloudrun.com/v1`, as gcloud speaks it: domains of one's own that lead to services (facts §2.2, §2.4).

use std::collections::BTreeMap;

use context::Context;
use iam::permission::{
    RunDomainmappingsCreate, RunDomainmappingsDelete, RunDomainmappingsGet, RunDomainmappingsList,
};
use names::{DomainMappingName, HostName, Location, ProjectRef, ServiceId};
use problem::{Problem, Reason};
use run::{
    CreateDomainMappingError, DeleteDomainMappingError, DomainMappingView, GetDomainMappingError,
    NewDomainMapping, Where,
};
use tonic::{Request, Response, Status};
use wire::google::cloud::run::v1;
use wire::google::cloud::run::v1::domain_mappings_server::DomainMappings;
use wire::google::cloud::run::v1::{
    CertificateMode, Condition, CreateDomainMappingRequest, DeleteDomainMappingRequest, DomainMapping,
    DomainMappingSpec, DomainMappingStatus, GetDomainMappingRequest, ListDomainMappingsRequest,
    ListDomainMappingsResponse, ObjectMeta,
};
use wire::time::timestamp;

use super::CloudRun;
use super::knative::{Namespace, mode, nowhere};
use super::problems::of_field;
use crate::call::{reply, unimplemented};
use crate::refusal::{invalid, malformed, store_failed};
use crate::surface;

#[tonic::async_trait]
impl DomainMappings for CloudRun {
    async fn create_domain_mapping(
        &self,
        request: Request<CreateDomainMappingRequest>,
    ) -> Result<Response<DomainMapping>, Status> {
        let region = Namespace::region(&request);
        reply(&surface::RUN, request, |context, message| self.map_domain(context, region, message)).await
    }

    async fn get_domain_mapping(
        &self,
        request: Request<GetDomainMappingRequest>,
    ) -> Result<Response<DomainMapping>, Status> {
        let region = Namespace::region(&request);
        reply(&surface::RUN, request, |context, message| self.domain_mapping(context, region, message)).await
    }

    async fn list_domain_mappings(
        &self,
        request: Request<ListDomainMappingsRequest>,
    ) -> Result<Response<ListDomainMappingsResponse>, Status> {
        let region = Namespace::region(&request);
        reply(&surface::RUN, request, |context, message| self.domain_mappings(context, region, message)).await
    }

    async fn delete_domain_mapping(
        &self,
        request: Request<DeleteDomainMappingRequest>,
    ) -> Result<Response<v1::Status>, Status> {
        let region = Namespace::region(&request);
        reply(&surface::RUN, request, |context, message| self.unmap_domain(context, region, message)).await
    }
}

impl CloudRun {
    async fn map_domain(
        &self,
        context: Context,
        region: Option<Location>,
        request: CreateDomainMappingRequest,
    ) -> Result<DomainMapping, Problem> {
        let Namespace { project, place } = Namespace::read("parent", &request.parent, region)?;
        let mapping = request.domain_mapping.unwrap_or_default();
        let metadata = mapping.metadata.unwrap_or_default();
        let spec = mapping.spec.unwrap_or_default();
        let field = |path: &str| format!("domain_mapping.{path}");
        let domain = HostName::parse(&metadata.name)
            .map_err(|error| invalid(&field("metadata.name"), error.to_string()))?;
        let service = ServiceId::parse(&spec.route_name)
            .map_err(|error| invalid(&field("spec.routeName"), error.to_string()))?;
        let mut labels: BTreeMap<_, _> = metadata.labels.into_iter().collect();
        let label = labels.remove(LOCATION).map(|text| Location::parse(&text)).transpose();
        let label = label.map_err(|error| invalid(&field("metadata.labels"), error.to_string()))?;
        let location = match (place, label) {
            (Where::Region(region), Some(label)) if region != label => {
                let text = format!("{LOCATION} says '{label}', the request '{region}'");
                return Err(invalid(&field("metadata.labels"), text));
            }
            (Where::Region(location), _) => Some(location),
            (Where::Everywhere, label) => label,
        };
        let project = self.permits.project(&project);
        let namespace = &metadata.namespace;
        let named = || ProjectRef::parse(namespace).ok().and_then(|named| self.permits.project(&named));
        if !namespace.is_empty() && named() != project {
            let text = "it is not the project that the path names".to_owned();
            return Err(invalid(&field("metadata.namespace"), text));
        }
        let permit = self.permits.ask::<RunDomainmappingsCreate>(&context, &request.parent, project)?;
        if spec.force_override {
            return Err(unimplemented("Taking a domain from where it is mapped (spec.forceOverride)"));
        }
        let certificate_mode = match CertificateMode::try_from(spec.certificate_mode) {
            Ok(CertificateMode::Unspecified) => String::new(),
            Ok(mode) => mode.as_str_name().to_owned(),
            Err(_) => return Err(invalid(&field("spec.certificateMode"), "it has no such value".to_owned())),
        };
        let new = NewDomainMapping {
            location,
            domain,
            service,
            labels,
            annotations: metadata.annotations.into_iter().collect(),
            certificate_mode,
            mode: mode(&request.dry_run)?,
        };
        match self.run.create_domain_mapping(&context, permit, new).await {
            Ok(view) => Ok(message(view)),
            Err(error) => Err(problem_of_create(error)),
        }
    }

    async fn domain_mapping(
        &self,
        context: Context,
        region: Option<Location>,
        request: GetDomainMappingRequest,
    ) -> Result<DomainMapping, Problem> {
        let name = self.mapping_named(&request.name, region)?;
        let permit = self.permits.ask::<RunDomainmappingsGet>(&context, &request.name, name)?;
        match self.run.get_domain_mapping(&context, &permit).await {
            Ok(view) => Ok(message(view)),
            Err(error) => Err(match &error {
                GetDomainMappingError::NotFound(_) => self.permits.missing(&request.name),
                GetDomainMappingError::StoreUnread(_) => store_failed(&error),
            }),
        }
    }

    async fn domain_mappings(
        &self,
        context: Context,
        region: Option<Location>,
        request: ListDomainMappingsRequest,
    ) -> Result<ListDomainMappingsResponse, Problem> {
        let Namespace { project, place } = Namespace::read("parent", &request.parent, region)?;
        let project = self.permits.project(&project);
        let permit = self.permits.ask::<RunDomainmappingsList>(&context, &request.parent, project)?;
        let ListDomainMappingsRequest { r#continue, field_selector, label_selector, limit, watch, .. } =
            request;
        let selects = [r#continue, field_selector, label_selector].iter().any(|text| !text.is_empty());
        if selects || limit != 0 || watch {
            return Err(unimplemented(
                "Listing some of the domain mappings (limit, continue, selectors, watch)",
            ));
        }
        let listed = self.run.list_domain_mappings(&context, &permit, &place).await;
        let items = listed.map_err(super::problems::of_list)?.into_iter().map(message).collect();
        Ok(ListDomainMappingsResponse {
            api_version: API_VERSION.to_owned(),
            items,
            kind: "DomainMappingList".to_owned(),
        })
    }

    async fn unmap_domain(
        &self,
        context: Context,
        region: Option<Location>,
        request: DeleteDomainMappingRequest,
    ) -> Result<v1::Status, Problem> {
        let name = self.mapping_named(&request.name, region)?;
        let permit = self.permits.ask::<RunDomainmappingsDelete>(&context, &request.name, name)?;
        let mode = mode(&request.dry_run)?;
        match self.run.delete_domain_mapping(&context, permit, mode).await {
            Ok(()) => Ok(v1::Status { status: "Success".to_owned(), ..v1::Status::default() }),
            Err(error) => Err(match &error {
                DeleteDomainMappingError::NotFound(_) => self.permits.missing(&request.name),
                DeleteDomainMappingError::StoreFailed(_) | DeleteDomainMappingError::StoreUnread(_) => {
                    store_failed(&error)
                }
            }),
        }
    }

    /// The mapping that is meant. One that does not exist keeps the name it would have, somewhere.
    fn mapping_named(
        &self,
        name: &str,
        region: Option<Location>,
    ) -> Result<Option<DomainMappingName>, Problem> {
        let (Namespace { project, place }, domain) = Namespace::of_member(name, "/domainmappings/", region)?;
        let domain = HostName::parse(domain).map_err(|error| malformed("name", &error))?;
        let Some(project) = self.permits.project(&project) else { return Ok(None) };
        Ok(Some(match place {
            Where::Region(location) => DomainMappingName { project, location, domain },
            Where::Everywhere => match self.run.domain_mapping_of(&project, &domain) {
                Some(name) => name,
                None => DomainMappingName { project, location: nowhere(), domain },
            },
        }))
    }
}

fn problem_of_create(error: CreateDomainMappingError) -> Problem {
    match error {
        CreateDomainMappingError::AlreadyExists(domain) => {
            let text = format!("Domain '{domain}' is mapped already.");
            Problem::new(Reason::RESOURCE_ALREADY_EXISTS, text).about(domain.to_string())
        }
        CreateDomainMappingError::Domain(_) => invalid("domain_mapping.metadata.name", error.to_string()),
        CreateDomainMappingError::Location(_) => invalid("domain_mapping.spec.routeName", error.to_string()),
        CreateDomainMappingError::Spec(error) => {
            of_field(&format!("domain_mapping.{}", error.field()), &error)
        }
        CreateDomainMappingError::StoreFailed(_) | CreateDomainMappingError::StoreUnread(_) => {
            store_failed(&error)
        }
    }
}

/// A mapping as callers see it.
fn message(view: DomainMappingView) -> DomainMapping {
    let DomainMappingView { record, is_routed } = view;
    let condition = |kind: &str| Condition {
        last_transition_time: Some(timestamp(record.create_time)),
        reason: if is_routed { String::new() } else { "RouteNotReady".to_owned() },
        status: if is_routed { "True" } else { "False" }.to_owned(),
        r#type: kind.to_owned(),
        ..Condition::default()
    };
    let mut labels: std::collections::HashMap<_, _> = record.labels.clone().into_iter().collect();
    labels.insert(LOCATION.to_owned(), record.name.location.to_string());
    DomainMapping {
        api_version: API_VERSION.to_owned(),
        kind: "DomainMapping".to_owned(),
        metadata: Some(ObjectMeta {
            annotations: record.annotations.clone().into_iter().collect(),
            creation_timestamp: Some(timestamp(record.create_time)),
            generation: 1,
            labels,
            name: record.name.domain.to_string(),
            namespace: record.name.project.to_string(),
            uid: record.uid.to_string(),
            ..ObjectMeta::default()
        }),
        spec: Some(DomainMappingSpec {
            certificate_mode: CertificateMode::from_str_name(&record.certificate_mode)
                .unwrap_or_default()
                .into(),
            force_override: false,
            route_name: record.service.to_string(),
        }),
        status: Some(DomainMappingStatus {
            conditions: vec![condition("Ready"), condition("DomainRoutable")],
            mapped_route_name: record.service.to_string(),
            observed_generation: 1,
            url: format!("https://{}", record.name.domain),
            ..DomainMappingStatus::default()
        }),
    }
}

const API_VERSION: &str = "domains.cloudrun.com/v1";
/// Where Knative's form says the region.
const LOCATION: &str = "cloud.googleapis.com/location";
