//! A stored service, and what was run at a time, as objects.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use names::{ProjectNumber, RevisionName, ServiceName};
use run::{
    Container, RevisionTemplate, RevisionView, ServiceRecord, ServiceScaling, ServiceView, TrafficView,
};
use serde_json::json;
use wire::google::cloud::run::v1;
use wire::google::cloud::run::v1::Condition;
use wire::time::timestamp;

use super::{API_VERSION, keys};
use crate::cloud_run::message::shown;

/// What of an object everybody sees but who does not have its record.
struct About<'a> {
    /// `Service`, as in `kind`.
    kind: &'static str,
    /// `services`, as in its path.
    collection: &'static str,
    /// The service that it is, or belongs to.
    service: &'a ServiceName,
    /// Its own short name.
    name: &'a str,
    /// The number of its project, by which Knative's form names it.
    number: ProjectNumber,
}

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

fn about_half<'a>(
    kind: &'static str,
    collection: &'static str,
    view: &'a ServiceView,
    number: ProjectNumber,
) -> About<'a> {
    let service = &view.record.name;
    About { kind, collection, service, name: service.service.as_str(), number }
}

/// The metadata of what changes with its service, and goes with it.
fn half(about: &About<'_>, view: &ServiceView) -> v1::ObjectMeta {
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
fn metadata(about: &About<'_>, created: Timestamp) -> v1::ObjectMeta {
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
fn labels(about: &About<'_>, own: &BTreeMap<String, String>) -> HashMap<String, String> {
    let mut labels: HashMap<_, _> = own.clone().into_iter().collect();
    labels.insert(keys::LOCATION.to_owned(), about.service.location.to_string());
    labels
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

/// The generation, as far as a number of the form goes.
fn generation(record: &ServiceRecord) -> i32 {
    i32::try_from(record.generation).unwrap_or(i32::MAX)
}

/// The etag as a resource version, which is a plain text.
fn version(etag: &str) -> String {
    etag.trim_matches('"').to_owned()
}

/// The etag that a resource version stands for; nothing where none was said.
pub(super) fn etag(version: &str) -> Option<String> {
    (!version.is_empty()).then(|| format!("\"{version}\""))
}

/// What is run.
fn template(template: &RevisionTemplate) -> v1::RevisionTemplate {
    let mut annotations = template.annotations.clone();
    annotations.extend(template.kept_annotations.clone());
    let mut say = |key: &str, value: String| drop(annotations.insert(key.to_owned(), value));
    if let Some(resources) = template.containers.first().and_then(|container| container.resources.as_ref()) {
        say(keys::CPU_THROTTLING, resources.cpu_idle.to_string());
        if resources.startup_cpu_boost {
            say(keys::CPU_BOOST, "true".to_owned());
        }
    }
    if let Some(word) = word(&keys::SANDBOXES, &template.execution_environment.as_str()) {
        say(keys::EXECUTION_ENVIRONMENT, word);
    }
    if template.health_check_disabled {
        say(keys::HEALTH_CHECK_DISABLED, "true".to_owned());
    }
    if template.session_affinity {
        say(keys::SESSION_AFFINITY, "true".to_owned());
    }
    if let Some(scaling) = &template.scaling {
        // Both 0 is something else than nothing said.
        if scaling.max_instance_count == 0 || scaling.min_instance_count != 0 {
            say(keys::REVISION_MIN_INSTANCES, scaling.min_instance_count.to_string());
        }
        if scaling.max_instance_count != 0 {
            say(keys::REVISION_MAX_INSTANCES, scaling.max_instance_count.to_string());
        }
    }
    v1::RevisionTemplate {
        metadata: Some(v1::ObjectMeta {
            annotations: annotations.into_iter().collect(),
            labels: template.labels.clone().into_iter().collect(),
            name: template.revision.clone(),
            ..v1::ObjectMeta::default()
        }),
        spec: Some(v1::RevisionSpec {
            container_concurrency: template.max_instance_request_concurrency,
            containers: template.containers.iter().map(container).collect(),
            service_account_name: template.service_account.clone(),
            // The form knows no fractions; what was said in another one is not cut short.
            timeout_seconds: template.timeout.map_or(0, |timeout| {
                let seconds = timeout.as_secs() + u64::from(timeout.subsec_nanos() > 0);
                i32::try_from(seconds).unwrap_or(i32::MAX)
            }),
            ..v1::RevisionSpec::default()
        }),
    }
}

fn container(container: &Container) -> v1::Container {
    let limits = container.resources.as_ref().map(|resources| resources.limits.clone()).unwrap_or_default();
    v1::Container {
        name: container.name.clone(),
        image: container.image.clone(),
        env: container
            .environment
            .iter()
            .map(|variable| v1::EnvVar {
                name: variable.name.clone(),
                value: variable.value.clone(),
                value_from: None,
            })
            .collect(),
        ports: container
            .ports
            .iter()
            .map(|port| v1::ContainerPort {
                container_port: port.container_port,
                name: port.name.clone(),
                protocol: String::new(),
            })
            .collect(),
        resources: (!limits.is_empty()).then(|| v1::ResourceRequirements {
            limits: limits.into_iter().collect(),
            requests: HashMap::new(),
        }),
        ..v1::Container::default()
    }
}

/// What v2 has fields for, and what only the server says.
fn annotations(view: &ServiceView) -> BTreeMap<String, String> {
    let record = &view.record;
    let mut annotations = record.annotations.clone();
    annotations.extend(record.kept_annotations.clone());
    let mut say = |key: &str, value: String| drop(annotations.insert(key.to_owned(), value));
    say(keys::CREATOR, shown(&record.creator));
    say(keys::LAST_MODIFIER, shown(&record.last_modifier));
    let ingress = word(&keys::INGRESSES, &record.ingress).unwrap_or_default();
    say(keys::INGRESS, ingress.clone());
    say(keys::INGRESS_STATUS, ingress);
    if !view.urls.is_empty() {
        say(keys::URLS, json!(view.urls).to_string());
    }
    if !record.custom_audiences.is_empty() {
        say(keys::CUSTOM_AUDIENCES, json!(record.custom_audiences).to_string());
    }
    for (key, on) in [
        (keys::DEFAULT_URL_DISABLED, record.default_uri_disabled),
        (keys::INVOKER_IAM_DISABLED, record.invoker_iam_disabled),
    ] {
        if on {
            say(key, "true".to_owned());
        }
    }
    for (key, text) in [
        (keys::CLIENT_NAME, &record.client),
        (keys::CLIENT_VERSION, &record.client_version),
        (keys::DESCRIPTION, &record.description),
        (keys::LAUNCH_STAGE, &record.launch_stage),
    ] {
        if !text.is_empty() {
            say(key, text.clone());
        }
    }
    let ServiceScaling { min_instance_count, max_instance_count, scaling_mode, manual_instance_count } =
        record.scaling.clone().unwrap_or_default();
    for (key, count) in [
        (keys::MIN_INSTANCES, Some(min_instance_count).filter(|count| *count != 0)),
        (keys::MAX_INSTANCES, Some(max_instance_count).filter(|count| *count != 0)),
        (keys::MANUAL_INSTANCE_COUNT, manual_instance_count),
    ] {
        if let Some(count) = count {
            say(key, count.to_string());
        }
    }
    if let Some(word) = word(&keys::SCALING_MODES, &scaling_mode.as_str()) {
        say(keys::SCALING_MODE, word);
    }
    annotations
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

/// The word of an annotation for what it stands for.
fn word<T: PartialEq>(words: &[(&str, T)], meaning: &T) -> Option<String> {
    words.iter().find(|(_, found)| found == meaning).map(|(word, _)| (*word).to_owned())
}
