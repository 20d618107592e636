//! Cloud Run services.

use std::collections::BTreeMap;

use jiff::Timestamp;
use names::{ResourceName, RevisionId, ServiceName, TrafficTag, Uid};
use routes::Ingress;

use super::{Recorded, RevisionTemplate};

/// A service.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub struct ServiceRecord {
    /// Its canonical name.
    pub name: ServiceName,
    /// What it is, under whatever name.
    pub uid: Uid,
    /// At most 512 characters.
    pub description: String,
    /// User's labels.
    pub labels: BTreeMap<String, String>,
    /// User's annotations.
    pub annotations: BTreeMap<String, String>,
    /// Annotations of the system's namespaces that change nothing, for the clients that wrote them.
    #[serde(default)]
    pub kept_annotations: BTreeMap<String, String>,
    /// Name of the client that wrote it, as given.
    pub client: String,
    /// Version of that client, as given.
    pub client_version: String,
    /// Audiences that tokens may carry besides the service's own URLs.
    pub custom_audiences: Vec<String>,
    /// How finished its user takes it to be, in the API's spelling (`BETA`); empty when not said.
    #[serde(default)]
    pub launch_stage: String,
    /// How many instances it is to have over all revisions.
    #[serde(default)]
    pub scaling: Option<ServiceScaling>,
    /// From where it may be called at all.
    pub ingress: Ingress,
    /// Whether everybody may call it, without a policy that says so.
    pub invoker_iam_disabled: bool,
    /// Whether it has no host below `run.app`.
    pub default_uri_disabled: bool,
    /// What the next revision is made from, and the latest was.
    pub template: RevisionTemplate,
    /// How requests are divided between revisions; empty means all of them to the latest.
    pub traffic: Vec<TrafficTarget>,
    /// The revision that was made last.
    pub latest_revision: RevisionId,
    /// How many revisions were ever made: the number of the latest.
    pub revisions_made: u64,
    /// Counts the changes by users, from 1.
    pub generation: u64,
    /// Who made it.
    pub creator: String,
    /// Who last changed it.
    pub last_modifier: String,
    /// When it was made.
    pub create_time: Timestamp,
    /// When it was last changed.
    pub update_time: Timestamp,
}

/// A share of a service's requests.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct TrafficTarget {
    /// Which revision; `None` for whichever is the latest.
    pub revision: Option<RevisionId>,
    /// How many of a hundred requests to the service's own hosts.
    pub percent: u32,
    /// The tag under whose host all requests go there.
    pub tag: Option<TrafficTag>,
}

/// How many instances a service is to have.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct ServiceScaling {
    /// At least.
    pub min_instance_count: i32,
    /// At most; 0 when not said.
    pub max_instance_count: i32,
    /// In the API's spelling (`AUTOMATIC`); empty when not said.
    pub scaling_mode: String,
    /// Exactly so many, with the mode `MANUAL`.
    pub manual_instance_count: Option<i32>,
}

impl Recorded for ServiceRecord {
    const KIND: &'static str = "service";
    type Key = ServiceName;

    fn key(&self) -> ServiceName {
        self.name.clone()
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    fn resource(&self) -> Option<ResourceName> {
        Some(self.name.clone().into())
    }
}
