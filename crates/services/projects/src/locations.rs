//! Where a project's resources can be.

use iam::Permit;
use iam::permission::ResourcemanagerProjectsGet;
use names::Location;

use crate::Projects;

/// A place for resources.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// Its ID, such as `us-central1`.
    pub id: Location,
    /// What people call it, where it is one of Google's regions.
    pub display_name: Option<&'static str>,
}

impl Projects {
    /// Google's regions, by ID; those after `after`, at most `limit`. Resources may be in other places, too: Doorward
    /// takes every location that could be one, since all of them are here.
    pub fn list_locations(
        &self,
        _: &Permit<ResourcemanagerProjectsGet>,
        after: Option<&str>,
        limit: usize,
    ) -> Vec<Place> {
        let following = REGIONS.iter().filter(|(id, _)| after.is_none_or(|after| *id > after));
        following.take(limit).map(|(id, name)| place(id, name)).collect()
    }

    /// One location of the permit's project.
    pub fn location(&self, _: &Permit<ResourcemanagerProjectsGet>, id: Location) -> Place {
        let known = REGIONS.iter().find(|(known, _)| *known == id.as_str());
        Place { display_name: known.map(|(_, name)| *name), id }
    }
}

fn place(id: &str, name: &'static str) -> Place {
    Place { id: id.parse().expect("a test parses every region"), display_name: Some(name) }
}

/// cloud.google.com/compute/docs/regions-zones, in the order of their IDs.
const REGIONS: &[(&str, &str)] = &[
    ("africa-south1", "Johannesburg"),
    ("asia-east1", "Taiwan"),
    ("asia-east2", "Hong Kong"),
    ("asia-northeast1", "Tokyo"),
    ("asia-northeast2", "Osaka"),
    ("asia-northeast3", "Seoul"),
    ("asia-south1", "Mumbai"),
    ("asia-south2", "Delhi"),
    ("asia-southeast1", "Singapore"),
    ("asia-southeast2", "Jakarta"),
    ("australia-southeast1", "Sydney"),
    ("australia-southeast2", "Melbourne"),
    ("europe-central2", "Warsaw"),
    ("europe-north1", "Finland"),
    ("europe-north2", "Stockholm"),
    ("europe-southwest1", "Madrid"),
    ("europe-west1", "Belgium"),
    ("europe-west10", "Berlin"),
    ("europe-west12", "Turin"),
    ("europe-west2", "London"),
    ("europe-west3", "Frankfurt"),
    ("europe-west4", "Netherlands"),
    ("europe-west6", "Zurich"),
    ("europe-west8", "Milan"),
    ("europe-west9", "Paris"),
    ("me-central1", "Doha"),
    ("me-central2", "Dammam"),
    ("me-west1", "Tel Aviv"),
    ("northamerica-northeast1", "Montréal"),
    ("northamerica-northeast2", "Toronto"),
    ("northamerica-south1", "Querétaro"),
    ("southamerica-east1", "São Paulo"),
    ("southamerica-west1", "Santiago"),
    ("us-central1", "Iowa"),
    ("us-east1", "South Carolina"),
    ("us-east4", "Northern Virginia"),
    ("us-east5", "Columbus"),
    ("us-south1", "Dallas"),
    ("us-west1", "Oregon"),
    ("us-west2", "Los Angeles"),
    ("us-west3", "Salt Lake City"),
    ("us-west4", "Las Vegas"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_locations_in_order() {
        assert!(REGIONS.is_sorted_by(|(one, _), (next, _)| one < next));
        assert!(REGIONS.iter().all(|(id, name)| place(id, name).id.as_str() == *id));
    }
}
