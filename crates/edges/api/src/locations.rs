//! `google.cloud.location.Locations`: where resources can be, which client libraries mix into other services
//! (facts §0.4). One service for every API, since all of them take the same locations here: who may see the project may
//! see its locations.

use access::Access;
use context::Context;
use iam::permission::ResourcemanagerProjectsGet;
use names::{ParentName, ProjectRef};
use problem::Problem;
use projects::{Place, Projects};
use tonic::{Request, Response, Status};
use wire::google::cloud::location::locations_server::Locations;
use wire::google::cloud::location::{
    GetLocationRequest, ListLocationsRequest, ListLocationsResponse, Location,
};

use crate::call::{reply, unimplemented};
use crate::pages::{self, Pages};
use crate::permits::{self, Permits};
use crate::refusal::malformed;
use crate::surface;

/// The mixin.
pub(crate) struct Places {
    permits: Permits,
    projects: Projects,
}

impl Places {
    pub(crate) fn new(projects: Projects, access: Access) -> Self {
        Self { permits: Permits::new(access, &surface::RESOURCE_MANAGER), projects }
    }

    async fn list(
        &self,
        context: Context,
        request: ListLocationsRequest,
    ) -> Result<ListLocationsResponse, Problem> {
        let asked = &request.name;
        let reference = permits::project_in("name", asked)?;
        let limit = pages::size(request.page_size, 100, 500)?;
        let pages = Pages::of("ListLocations", &[asked, &request.filter]);
        let after = pages.after(&request.page_token)?;
        let project = self.permits.project(&reference);
        let permit = self.permits.ask::<ResourcemanagerProjectsGet>(&context, asked, project)?;
        if !request.filter.is_empty() {
            return Err(unimplemented("A filter of locations"));
        }
        let limit = limit as usize;
        let mut places = self.projects.list_locations(&permit, after.as_deref(), limit + 1);
        let more = places.len() > limit;
        places.truncate(limit);
        let last = places.last().filter(|_| more).map(|place| place.id.as_str());
        let next_page_token = pages.token(last);
        let locations = places.into_iter().map(|place| location(asked, place)).collect();
        Ok(ListLocationsResponse { locations, next_page_token })
    }

    async fn get(&self, context: Context, request: GetLocationRequest) -> Result<Location, Problem> {
        let asked = &request.name;
        let addressed = ParentName::<ProjectRef>::parse(asked).map_err(|error| malformed("name", &error))?;
        let project = self.permits.project(&addressed.project);
        let permit = self.permits.ask::<ResourcemanagerProjectsGet>(&context, asked, project)?;
        let parent = asked.split("/locations/").next().unwrap_or_default();
        Ok(location(parent, self.projects.location(&permit, addressed.location)))
    }
}

#[tonic::async_trait]
impl Locations for Places {
    async fn list_locations(
        &self,
        request: Request<ListLocationsRequest>,
    ) -> Result<Response<ListLocationsResponse>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| self.list(context, message)).await
    }

    async fn get_location(&self, request: Request<GetLocationRequest>) -> Result<Response<Location>, Status> {
        reply(&surface::RESOURCE_MANAGER, request, |context, message| self.get(context, message)).await
    }
}

/// A location in the project as the caller wrote it.
fn location(project: &str, place: Place) -> Location {
    let id = place.id.to_string();
    Location {
        name: format!("{project}/locations/{id}"),
        display_name: place.display_name.unwrap_or_default().to_owned(),
        labels: [("cloud.googleapis.com/region".to_owned(), id.clone())].into(),
        location_id: id,
        metadata: None,
    }
}
