//! The metadata of objects.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use names::{ProjectNumber, ServiceName};
use run::{ServiceRecord, ServiceView};
use wire::google::cloud::run::v1;
use wire::time::timestamp;

use crate::cloud_run::knative::{API_VERSION, keys};

/// What of an object everybody sees but who does not have its record.
pub(super) struct About<'a> {
    /// `Service`, as in `kind`.
    pub(super) kind: &'static str,
    /// `services`, as in its path.
    pub(super) collection: &'static str,
    /// The service that it is, or belongs to.
    pub(super) service: &'a ServiceName,
    /// Its own short name.
    pub(super) name: &'a str,
    /// The number of its project, by which Knative's form names it.
    pub(super) number: ProjectNumber,
}

pub(super) fn about_half<'a>(
    kind: &'static str,
    collection: &'static str,
    view: &'a ServiceView,
    number: ProjectNumber,
) -> About<'a> {
    let service = &view.record.name;
    About { kind, collection, service, name: service.service.as_str(), number }
}

/// The metadata of what changes with its service, and goes with it.
pub(super) fn half(about: &About<'_>, view: &ServiceView) -> v1::ObjectMeta {
    let record = &view.record;
    let mut labels = labels(about, &record.labels);
    labels.insert(keys::SERVICE.to_owned(), about.name.to_owned());
    v1::ObjectMeta {
        generation: generation(record),
        labels,
        resource_version: version(&view.etag),
        uid: record.uid.to_string(),
        owner_references: vec![v1::OwnerReference {
            api_version: API_VERSION.to_owned(),
            block_owner_deletion: true,
            controller: true,
            kind: "Service".to_owned(),
            name: about.name.to_owned(),
            uid: record.uid.to_string(),
        }],
        ..metadata(about, record.create_time)
    }
}

/// What the metadata of every object says.
pub(super) fn metadata(about: &About<'_>, created: Timestamp) -> v1::ObjectMeta {
    let About { collection, name, number, .. } = about;
    v1::ObjectMeta {
        creation_timestamp: Some(timestamp(created)),
        name: (*name).to_owned(),
        namespace: number.to_string(),
        self_link: format!("/apis/{API_VERSION}/namespaces/{number}/{collection}/{name}"),
        ..v1::ObjectMeta::default()
    }
}

/// The user's labels, and where the object is.
pub(super) fn labels(about: &About<'_>, own: &BTreeMap<String, String>) -> HashMap<String, String> {
    let mut labels: HashMap<_, _> = own.clone().into_iter().collect();
    labels.insert(keys::LOCATION.to_owned(), about.service.location.to_string());
    labels
}

/// The generation, as far as a number of the form goes.
pub(super) fn generation(record: &ServiceRecord) -> i32 {
    i32::try_from(record.generation).unwrap_or(i32::MAX)
}

/// The etag as a resource version, which is a plain text.
pub(super) fn version(etag: &str) -> String {
    etag.trim_matches('"').to_owned()
}

/// The etag that a resource version stands for; nothing where none was said.
pub(in crate::cloud_run::knative) fn etag(version: &str) -> Option<String> {
    (!version.is_empty()).then(|| format!("\"{version}\""))
}
