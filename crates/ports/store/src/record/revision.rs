//! Revisions of Cloud Run services: what was run at a time. They never change.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use names::{ResourceName, RevisionName, Uid, UniqueId};

use super::Recorded;

/// A revision.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub struct RevisionRecord {
    /// Its canonical name.
    pub name: RevisionName,
    /// What it is, under whatever name.
    pub uid: Uid,
    /// What is run.
    pub template: RevisionTemplate,
    /// Where requests go, worked out from the template.
    pub backend: BackendRecord,
    /// How finished its user takes it to be, in the API's spelling; empty when not said.
    pub launch_stage: String,
    /// Which account of the template's e-mail it runs as; `None` for the project's default one.
    #[serde(default)]
    pub service_account_unique_id: Option<UniqueId>,
    /// Who made it.
    pub creator: String,
    /// When it was made.
    pub create_time: Timestamp,
}

/// What is run.
#[derive(Clone, PartialEq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct RevisionTemplate {
    /// The short ID that its revision is to have; empty for one that the server makes up.
    #[serde(default)]
    pub revision: String,
    /// User's labels.
    pub labels: BTreeMap<String, String>,
    /// User's annotations.
    pub annotations: BTreeMap<String, String>,
    /// Annotations of the system's namespaces that change nothing, for the clients that wrote them.
    #[serde(default)]
    pub kept_annotations: BTreeMap<String, String>,
    /// The containers; exactly one for now.
    pub containers: Vec<Container>,
    /// The account that the service runs as, by e-mail; empty means the project's default.
    pub service_account: String,
    /// How long a request may take; 300 s when unset, at most 3600 s.
    pub timeout: Option<Duration>,
    /// Requests at once per instance; 0 when unset.
    pub max_instance_request_concurrency: i32,
    /// How many instances it is to have.
    #[serde(default)]
    pub scaling: Option<RevisionScaling>,
    /// The sandbox, in the API's spelling (`EXECUTION_ENVIRONMENT_GEN2`); empty when not said.
    #[serde(default)]
    pub execution_environment: String,
    /// Whether a client is to stay with one instance.
    #[serde(default)]
    pub session_affinity: bool,
    /// Whether a revision counts as ready before it was seen to answer.
    #[serde(default)]
    pub health_check_disabled: bool,
}

/// One container of a revision.
#[derive(Clone, PartialEq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Container {
    /// Its name; may be empty.
    pub name: String,
    /// The image.
    pub image: String,
    /// Environment variables, in order.
    pub environment: Vec<EnvironmentVariable>,
    /// Where it listens; at most one.
    #[serde(default)]
    pub ports: Vec<ContainerPort>,
    /// What it may use.
    #[serde(default)]
    pub resources: Option<Resources>,
}

/// Where a container listens, and what it speaks there.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct ContainerPort {
    /// `http1`, `h2c`, or empty for the first of these.
    pub name: String,
    /// 1 to 65535; 0 when not said.
    pub container_port: i32,
}

/// What a container may use.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Resources {
    /// Quantities such as `512Mi` by `cpu` and `memory`.
    pub limits: BTreeMap<String, String>,
    /// Whether it has CPU only while it answers.
    pub cpu_idle: bool,
    /// Whether it has more CPU while it starts.
    pub startup_cpu_boost: bool,
}

/// How many instances a revision is to have.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct RevisionScaling {
    /// At least.
    pub min_instance_count: i32,
    /// At most; 0 when not said.
    pub max_instance_count: i32,
}

/// An environment variable with a plain value.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct EnvironmentVariable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Where requests go.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BackendRecord {
    /// An address that already runs, from an image that is a URL: `http://127.0.0.1:3000`.
    Address(String),
    /// The built-in page of `gcr.io/cloudrun/hello`.
    Hello,
}

impl Recorded for RevisionRecord {
    const KIND: &'static str = "revision";
    type Key = RevisionName;

    fn key(&self) -> RevisionName {
        self.name.clone()
    }
    fn uid(&self) -> &Uid {
        &self.uid
    }
    /// Permissions on a revision are asked about its service.
    fn resource(&self) -> Option<ResourceName> {
        None
    }
}
