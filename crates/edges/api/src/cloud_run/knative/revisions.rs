//! Revisions: what was run at a time.

use context::Context;
use iam::Permit;
use iam::permission::{InProject, RunRevisionsDelete, RunRevisionsGet, RunRevisionsList};
use names::{Location, RevisionId, RevisionName, ServiceId, ServiceName};
use problem::Problem;
use run::{RevisionDeletion, RevisionView};
use tonic::{Request, Response, Status};
use wire::google::cloud::run::v1;
use wire::google::cloud::run::v1::revisions_server::Revisions;
use wire::google::cloud::run::v1::{
    DeleteRevisionRequest, GetRevisionRequest, ListRevisionsRequest, ListRevisionsResponse, Revision,
};

use super::listing::{ListRequest, Listing};
use super::{API_VERSION, Knative, Namespace, keys, mode, nowhere, show, success};
use crate::call::reply;
use crate::cloud_run::problems::of_list;
use crate::refusal::{malformed, store_failed};
use crate::surface;

#[tonic::async_trait]
impl Revisions for Knative {
    async fn get_revision(&self, request: Request<GetRevisionRequest>) -> Result<Response<Revision>, Status> {
        let region = Namespace::region(&request);
        reply(&surface::RUN, request, |context, message| self.revision(context, region, message)).await
    }

    async fn list_revisions(
        &self,
        request: Request<ListRevisionsRequest>,
    ) -> Result<Response<ListRevisionsResponse>, Status> {
        let region = Namespace::region(&request);
        reply(&surface::RUN, request, |context, message| self.revisions(context, region, message)).await
    }

    async fn delete_revision(
        &self,
        request: Request<DeleteRevisionRequest>,
    ) -> Result<Response<v1::Status>, Status> {
        let region = Namespace::region(&request);
        reply(&surface::RUN, request, |context, message| self.delete_revision(context, region, message)).await
    }
}

/// Whose revisions are listed.
enum Listed {
    /// Those of all of its services.
    Project(Permit<InProject<RunRevisionsList>>),
    /// Its own.
    Service(Permit<RunRevisionsList>),
}

impl Knative {
    async fn revision(
        &self,
        context: Context,
        region: Option<Location>,
        request: GetRevisionRequest,
    ) -> Result<Revision, Problem> {
        let (asked, revision, service) = self.service_of(&request.name, region).await?;
        let permit = self.run.permits.ask::<RunRevisionsGet>(&context, &asked, service)?;
        match self.run.run.get_revision(&context, &permit, &revision).await {
            Ok(view) => self.revision_object(&view),
            Err(error) => Err(self.run.problem_of_get_revision(error, &asked)),
        }
    }

    async fn revisions(
        &self,
        context: Context,
        region: Option<Location>,
        request: ListRevisionsRequest,
    ) -> Result<ListRevisionsResponse, Problem> {
        let selects = request.selects();
        let namespace = Namespace::read("parent", selects.parent, region)?;
        let asked = namespace.asked();
        let mut listing = Listing::read(&asked, &selects)?;
        // Who asks for those of one service needs the permission on that one only.
        let service = listing.selector.value_of(keys::SERVICE).and_then(|id| ServiceId::parse(id).ok());
        let service = service.and_then(|id| self.service_named(&namespace, id));
        let service = service.filter(|name| self.run.permits.exists(name.clone()));
        // Both are refused in the same words: whether there is such a service is told to nobody else.
        let permit = match service {
            Some(name) => {
                Listed::Service(self.run.permits.ask::<RunRevisionsList>(&context, &asked, Some(name))?)
            }
            None => {
                let project = self.run.permits.project(&namespace.project);
                Listed::Project(
                    self.run.permits.ask::<InProject<RunRevisionsList>>(&context, &asked, project)?,
                )
            }
        };
        let (items, metadata) = loop {
            let (run, page) = (&self.run.run, listing.page());
            let found = match &permit {
                Listed::Project(permit) => {
                    run.list_revisions_of_all(&context, permit, &namespace.place, page).await
                }
                Listed::Service(permit) => run.list_revisions(&context, permit, page).await,
            };
            let found = found.map_err(of_list)?;
            let objects = found.revisions.iter().map(|view| self.revision_object(view));
            let objects = objects.collect::<Result<Vec<_>, _>>()?;
            if let Some(done) = listing.selected(objects, found.next) {
                break done;
            }
        };
        Ok(ListRevisionsResponse {
            api_version: API_VERSION.to_owned(),
            items,
            kind: "RevisionList".to_owned(),
            metadata: Some(metadata),
            unreachable: Vec::new(),
        })
    }

    async fn delete_revision(
        &self,
        context: Context,
        region: Option<Location>,
        request: DeleteRevisionRequest,
    ) -> Result<v1::Status, Problem> {
        let (asked, revision, service) = self.service_of(&request.name, region).await?;
        let permit = self.run.permits.ask::<RunRevisionsDelete>(&context, &asked, service)?;
        let deletion = RevisionDeletion { revision, etag: None, mode: mode(&request.dry_run)? };
        match self.run.run.delete_revision(&context, permit, deletion).await {
            Ok(_) => Ok(success()),
            Err(error) => Err(self.run.problem_of_delete_revision(error, &asked)),
        }
    }

    /// The revision that is meant, as it is called in refusals, and the service that it belongs to; one that does not
    /// exist belongs to nobody's. Refusals name no service, by which the caller would know that there is one.
    async fn service_of(
        &self,
        name: &str,
        region: Option<Location>,
    ) -> Result<(String, RevisionId, Option<ServiceName>), Problem> {
        let (namespace, id) = Namespace::of_member(name, "/revisions/", region)?;
        let revision = RevisionId::parse(id).map_err(|error| malformed("name", &error))?;
        let asked = format!("{}/revisions/{revision}", namespace.asked());
        let Some(project) = self.run.permits.project(&namespace.project) else {
            return Ok((asked, revision, None));
        };
        let found = self.run.run.revision_named(&project, &namespace.place, &revision).await;
        if let Some(RevisionName { service, .. }) = found.map_err(|error| store_failed(&error))? {
            return Ok((asked, revision, Some(service)));
        }
        let nobodys = ServiceId::parse("nobody").expect("a valid literal");
        let absent = ServiceName { project, location: nowhere(), service: nobodys };
        Ok((asked, revision, Some(absent)))
    }

    fn revision_object(&self, view: &RevisionView) -> Result<Revision, Problem> {
        Ok(show::revision(view, self.number(&view.record.name.service)?))
    }
}
