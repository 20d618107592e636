//! `google.cloud.run.v2.Revisions`: what was run at a time.

use context::Context;
use iam::permission::{InProject, RunRevisionsDelete, RunRevisionsGet, RunRevisionsList};
use names::{ParentName, ProjectRef, RevisionName};
use problem::Problem;
use run::{Page, RevisionDeletion, RevisionView, Where};
use tonic::{Request, Response, Status};
use wire::google::cloud::run::v2::revisions_server::Revisions;
use wire::google::cloud::run::v2::{
    Condition, DeleteRevisionRequest, GetRevisionRequest, ListRevisionsRequest, ListRevisionsResponse,
    Revision, condition::Reasons, condition::RevisionReason, condition::State,
};
use wire::google::longrunning::Operation;
use wire::time::{duration, timestamp};

use super::message::{launch_stage, met, shown};
use super::{CloudRun, message, running, services};
use crate::call::reply;
use crate::pages::{self, Pages};
use crate::refusal::malformed;
use crate::surface;

#[tonic::async_trait]
impl Revisions for CloudRun {
    async fn get_revision(&self, request: Request<GetRevisionRequest>) -> Result<Response<Revision>, Status> {
        reply(&surface::RUN, request, |context, message| self.revision(context, message)).await
    }

    async fn list_revisions(
        &self,
        request: Request<ListRevisionsRequest>,
    ) -> Result<Response<ListRevisionsResponse>, Status> {
        reply(&surface::RUN, request, |context, message| self.revisions(context, message)).await
    }

    async fn delete_revision(
        &self,
        request: Request<DeleteRevisionRequest>,
    ) -> Result<Response<Operation>, Status> {
        reply(&surface::RUN, request, |context, message| self.delete_revision(context, message)).await
    }
}

impl CloudRun {
    async fn revision(&self, context: Context, request: GetRevisionRequest) -> Result<Revision, Problem> {
        let name = revision_name(&request.name)?;
        let service =
            self.permits.project(&name.service.project).map(|project| name.service.within(&project));
        let permit = self.permits.ask::<RunRevisionsGet>(&context, &request.name, service)?;
        match self.run.get_revision(&context, &permit, &name.revision).await {
            Ok(view) => Ok(message(view)),
            Err(error) => Err(self.problem_of_get_revision(error, &request.name)),
        }
    }

    async fn revisions(
        &self,
        context: Context,
        request: ListRevisionsRequest,
    ) -> Result<ListRevisionsResponse, Problem> {
        let limit = pages::size(request.page_size, 100, 1000)?;
        let pages = Pages::of("ListRevisions", &[&request.parent]);
        let after = pages.after(&request.page_token)?;
        let page = Page { after, limit };
        // What is deleted is gone at once, so that `show_deleted` has nothing to add.
        let listing = match request.parent.strip_suffix("/services/-") {
            Some(everywhere) => {
                let parent = ParentName::<ProjectRef>::parse(everywhere)
                    .map_err(|error| malformed("parent", &error))?;
                let project = self.permits.project(&parent.project);
                let permit =
                    self.permits.ask::<InProject<RunRevisionsList>>(&context, everywhere, project)?;
                let place = Where::Region(parent.location);
                self.run.list_revisions_of_all(&context, &permit, &place, page).await
            }
            None => {
                let service = self.named("parent", &request.parent)?;
                let permit = self.permits.ask::<RunRevisionsList>(&context, &request.parent, service)?;
                self.run.list_revisions(&context, &permit, page).await
            }
        };
        let listing = listing.map_err(super::problems::of_list)?;
        Ok(ListRevisionsResponse {
            revisions: listing.revisions.into_iter().map(message).collect(),
            next_page_token: pages.token(listing.next.as_deref()),
        })
    }

    async fn delete_revision(
        &self,
        context: Context,
        request: DeleteRevisionRequest,
    ) -> Result<Operation, Problem> {
        let name = revision_name(&request.name)?;
        let service =
            self.permits.project(&name.service.project).map(|project| name.service.within(&project));
        let permit = self.permits.ask::<RunRevisionsDelete>(&context, &request.name, service)?;
        let mode = services::mode(request.validate_only);
        let deletion = RevisionDeletion { revision: name.revision, etag: Some(request.etag), mode };
        match self.run.delete_revision(&context, permit, deletion).await {
            Ok(operation) => message::operation(&self.run, &operation),
            Err(error) => Err(self.problem_of_delete_revision(error, &request.name)),
        }
    }
}

/// A revision as callers see it.
pub(super) fn message(view: RevisionView) -> Revision {
    let RevisionView { record, etag, is_serving } = view;
    let template = &record.template;
    let met = |kind| met(kind, record.create_time);
    let active = if is_serving {
        met("Active")
    } else {
        let reasons = Some(Reasons::RevisionReason(RevisionReason::Retired.into()));
        Condition { state: State::ConditionFailed.into(), reasons, ..met("Active") }
    };
    Revision {
        name: record.name.to_string(),
        uid: record.uid.to_string(),
        generation: 1,
        labels: template.labels.clone().into_iter().collect(),
        annotations: template.annotations.clone().into_iter().collect(),
        create_time: Some(timestamp(record.create_time)),
        update_time: Some(timestamp(record.create_time)),
        launch_stage: launch_stage(&record.launch_stage).into(),
        service: record.name.service.service.to_string(),
        scaling: running::scaling(template),
        max_instance_request_concurrency: template.max_instance_request_concurrency,
        timeout: template.timeout.map(duration),
        service_account: template.service_account.clone(),
        containers: template.containers.iter().map(running::container).collect(),
        execution_environment: running::execution_environment(template).into(),
        conditions: vec![met("Ready"), active, met("ContainerReady"), met("ResourcesAvailable")],
        observed_generation: 1,
        session_affinity: template.session_affinity,
        creator: shown(&record.creator),
        etag,
        ..Revision::default()
    }
}

fn revision_name(name: &str) -> Result<RevisionName<ProjectRef>, Problem> {
    RevisionName::parse(name).map_err(|error| malformed("name", &error))
}
