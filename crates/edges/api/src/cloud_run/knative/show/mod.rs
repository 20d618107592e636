//! A stored service, and what was run at a time, as objects.

mod about;
mod annotations;
mod template;

use jiff::Timestamp;
use names::{ProjectNumber, RevisionName, ServiceName};
use run::{RevisionView, ServiceView, TrafficView};
use wire::google::cloud::run::v1;
use wire::google::cloud::run::v1::Condition;
use wire::time::timestamp;

use super::{API_VERSION, keys};
use crate::cloud_run::message::shown;
use about::{About, about_half, generation, half, labels, metadata, version};
use annotations::annotations;
use template::template;

pub(super) use about::etag;

/// A service as callers see it.
pub(super) fn service(view: &ServiceView, number: ProjectNumber) -> v1::Service {
    let record = &view.record;
    let ServiceName { service, .. } = &record.name;
    let about = About {
        kind: "Service",
        collection: "services",
        service: &record.name,
        name: service.as_str(),
        number,
    };
    let latest = view.latest_revision.revision.to_string();
    let url = view.urls.first().cloned().unwrap_or_default();
    v1::Service {
        api_version: API_VERSION.to_owned(),
        kind: about.kind.to_owned(),
        metadata: Some(v1::ObjectMeta {
            annotations: annotations(view).into_iter().collect(),
            generation: generation(record),
            labels: labels(&about, &record.labels),
            resource_version: version(&view.etag),
            uid: record.uid.to_string(),
            ..metadata(&about, record.create_time)
        }),
        spec: Some(v1::ServiceSpec {
            template: Some(template(&record.template)),
            traffic: view.traffic.iter().map(target).collect(),
        }),
        status: Some(v1::ServiceStatus {
            address: (!url.is_empty()).then(|| v1::Addressable { url: url.clone() }),
            conditions: ["Ready", "ConfigurationsReady", "RoutesReady"]
                .map(|kind| met(kind, record.update_time))
                .into(),
            latest_created_revision_name: latest.clone(),
            latest_ready_revision_name: latest,
            observed_generation: generation(record),
            traffic: view.traffic.iter().map(|shown| status(shown, &view.latest_revision)).collect(),
            url,
        }),
    }
}

/// What a service runs.
pub(super) fn configuration(view: &ServiceView, number: ProjectNumber) -> v1::Configuration {
    let record = &view.record;
    let about = about_half("Configuration", "configurations", view, number);
    let latest = view.latest_revision.revision.to_string();
    v1::Configuration {
        api_version: API_VERSION.to_owned(),
        kind: about.kind.to_owned(),
        metadata: Some(half(&about, view)),
        spec: Some(v1::ConfigurationSpec { template: Some(template(&record.template)) }),
        status: Some(v1::ConfigurationStatus {
            conditions: vec![met("Ready", record.update_time)],
            latest_created_revision_name: latest.clone(),
            latest_ready_revision_name: latest,
            observed_generation: generation(record),
        }),
    }
}

/// How a service is reached.
pub(super) fn route(view: &ServiceView, number: ProjectNumber) -> v1::Route {
    let record = &view.record;
    let about = about_half("Route", "routes", view, number);
    let url = view.urls.first().cloned().unwrap_or_default();
    v1::Route {
        api_version: API_VERSION.to_owned(),
        kind: about.kind.to_owned(),
        metadata: Some(half(&about, view)),
        spec: Some(v1::RouteSpec { traffic: view.traffic.iter().map(target).collect() }),
        status: Some(v1::RouteStatus {
            address: (!url.is_empty()).then(|| v1::Addressable { url: url.clone() }),
            conditions: vec![met("Ready", record.update_time)],
            observed_generation: generation(record),
            traffic: view.traffic.iter().map(|shown| status(shown, &view.latest_revision)).collect(),
            url,
        }),
    }
}

/// A revision as callers see it.
pub(super) fn revision(view: &RevisionView, number: ProjectNumber) -> v1::Revision {
    let record = &view.record;
    let RevisionName { service, revision } = &record.name;
    let about = About { kind: "Revision", collection: "revisions", service, name: revision.as_str(), number };
    let template = template(&record.template);
    let of_template = template.metadata.unwrap_or_default();
    let mut annotations = of_template.annotations;
    annotations.insert(keys::CREATOR.to_owned(), shown(&record.creator));
    let mut labels = labels(&about, &record.template.labels);
    for key in [keys::CONFIGURATION, keys::ROUTE, keys::SERVICE] {
        labels.insert(key.to_owned(), service.service.to_string());
    }
    let met = |kind: &str| met(kind, record.create_time);
    let active = if view.is_serving {
        met("Active")
    } else {
        Condition {
            status: "False".to_owned(),
            reason: "Retired".to_owned(),
            severity: "Info".to_owned(),
            ..met("Active")
        }
    };
    v1::Revision {
        api_version: API_VERSION.to_owned(),
        kind: about.kind.to_owned(),
        metadata: Some(v1::ObjectMeta {
            annotations,
            generation: 1,
            labels,
            resource_version: version(&view.etag),
            uid: record.uid.to_string(),
            ..metadata(&about, record.create_time)
        }),
        spec: template.spec,
        status: Some(v1::RevisionStatus {
            conditions: vec![met("Ready"), active, met("ContainerHealthy"), met("ResourcesAvailable")],
            observed_generation: 1,
            service_name: service.service.to_string(),
            ..v1::RevisionStatus::default()
        }),
    }
}

/// How requests are to be divided.
fn target(view: &TrafficView) -> v1::TrafficTarget {
    let run::TrafficTarget { revision, percent, tag } = &view.target;
    v1::TrafficTarget {
        latest_revision: revision.is_none(),
        percent: i32::try_from(*percent).unwrap_or(i32::MAX),
        revision_name: revision.as_ref().map(ToString::to_string).unwrap_or_default(),
        tag: tag.as_ref().map(ToString::to_string).unwrap_or_default(),
        ..v1::TrafficTarget::default()
    }
}

/// How they are divided: with the revision that is the latest, and where a tag is reached.
fn status(view: &TrafficView, latest: &RevisionName) -> v1::TrafficTarget {
    let target = target(view);
    let revision_name =
        if target.latest_revision { latest.revision.to_string() } else { target.revision_name };
    v1::TrafficTarget { revision_name, url: view.uri.clone().unwrap_or_default(), ..target }
}

/// A condition that holds since then.
fn met(kind: &str, since: Timestamp) -> Condition {
    Condition {
        last_transition_time: Some(timestamp(since)),
        status: "True".to_owned(),
        r#type: kind.to_owned(),
        ..Condition::default()
    }
}
