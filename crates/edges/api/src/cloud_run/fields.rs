//! What becomes of every field of a service that a caller may set.
//!
//! The list is total: a field that the protocol has and the list has not fails a test, and until somebody decided is
//! refused when it is set. So nothing that a caller asks for is dropped without a word.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What becomes of a field that a caller sets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Treatment {
    /// It is a message, or a list of them, whose own fields are in the list.
    Inside,
    /// Only the server writes it; clients that write back what they read send it too.
    OutputOnly,
    /// It is not served. The use case refuses it by name unless it asks for what happens anyway.
    Setting,
    /// It is stored.
    Written,
}

/// Every field of a message and what becomes of it, in alphabetical order.
pub(crate) type Fields = [(&'static str, Treatment)];

use Treatment::{Inside, OutputOnly, Setting, Written};

/// The settings that the caller made, by their path in the API's spelling. What stands in lists is collected under one
/// path, by its place in them.
pub(crate) fn settings(fields: &Fields, service: &Value) -> BTreeMap<String, Value> {
    let mut settings = BTreeMap::new();
    walk(fields, "", None, service, &mut settings);
    settings
}

/// The treatment of a path such as `template.containers.image`.
pub(crate) fn treatment(fields: &Fields, path: &str) -> Option<Treatment> {
    fields.iter().find(|(known, _)| *known == path).map(|(_, treatment)| *treatment)
}

fn walk(
    known: &Fields,
    path: &str,
    place: Option<&str>,
    message: &Value,
    settings: &mut BTreeMap<String, Value>,
) {
    let Some(fields) = message.as_object() else { return };
    for (name, value) in fields {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match treatment(known, &path) {
            Some(OutputOnly | Written) => {}
            Some(Inside) => match value {
                Value::Array(items) => {
                    for (at, item) in items.iter().enumerate() {
                        let place = place.map_or(at.to_string(), |place| format!("{place}.{at}"));
                        walk(known, &path, Some(&place), item, settings);
                    }
                }
                _ => walk(known, &path, place, value, settings),
            },
            Some(Setting) | None => match place {
                None => {
                    settings.insert(path, value.clone());
                }
                Some(place) => {
                    let collected = settings.entry(path).or_insert_with(|| Value::Object(Map::new()));
                    collected[place] = value.clone();
                }
            },
        }
    }
}

/// By path in the API's spelling.
pub(super) const FIELDS: &Fields = &[
    ("annotations", Written),
    ("binaryAuthorization", Setting),
    ("buildConfig", Setting),
    ("client", Written),
    ("clientVersion", Written),
    ("conditions", OutputOnly),
    ("createTime", OutputOnly),
    ("creator", OutputOnly),
    ("customAudiences", Written),
    ("defaultUriDisabled", Written),
    ("deleteTime", OutputOnly),
    ("description", Written),
    // Read apart: it is what an update expects.
    ("etag", OutputOnly),
    ("expireTime", OutputOnly),
    ("generation", OutputOnly),
    ("iapEnabled", Setting),
    ("ingress", Written),
    ("invokerIamDisabled", Written),
    ("labels", Written),
    ("lastModifier", OutputOnly),
    ("latestCreatedRevision", OutputOnly),
    ("latestReadyRevision", OutputOnly),
    ("launchStage", Written),
    ("multiRegionSettings", Setting),
    // Read apart: it says which service an update is for. Creating takes it from elsewhere.
    ("name", OutputOnly),
    ("observedGeneration", OutputOnly),
    ("reconciling", OutputOnly),
    ("satisfiesPzs", OutputOnly),
    ("scaling", Written),
    ("template", Inside),
    ("template.annotations", Written),
    ("template.containers", Inside),
    ("template.containers.args", Setting),
    ("template.containers.baseImageUri", Setting),
    ("template.containers.buildInfo", OutputOnly),
    ("template.containers.command", Setting),
    ("template.containers.dependsOn", Setting),
    ("template.containers.env", Inside),
    ("template.containers.env.name", Written),
    ("template.containers.env.value", Written),
    ("template.containers.env.valueSource", Setting),
    ("template.containers.image", Written),
    ("template.containers.livenessProbe", Setting),
    ("template.containers.name", Written),
    ("template.containers.ports", Written),
    ("template.containers.readinessProbe", Setting),
    ("template.containers.resources", Written),
    ("template.containers.sourceCode", Setting),
    ("template.containers.startupProbe", Setting),
    ("template.containers.volumeMounts", Setting),
    ("template.containers.workingDir", Setting),
    ("template.encryptionKey", Setting),
    ("template.encryptionKeyRevocationAction", Setting),
    ("template.encryptionKeyShutdownDuration", Setting),
    ("template.executionEnvironment", Written),
    ("template.gpuZonalRedundancyDisabled", Setting),
    ("template.healthCheckDisabled", Written),
    ("template.labels", Written),
    ("template.maxInstanceRequestConcurrency", Written),
    ("template.nodeSelector", Setting),
    ("template.revision", Written),
    ("template.scaling", Written),
    ("template.serviceAccount", Written),
    ("template.serviceMesh", Setting),
    ("template.sessionAffinity", Written),
    ("template.timeout", Written),
    ("template.volumes", Setting),
    ("template.vpcAccess", Setting),
    ("terminalCondition", OutputOnly),
    ("threatDetectionEnabled", Setting),
    ("traffic", Written),
    ("trafficStatuses", OutputOnly),
    ("uid", OutputOnly),
    ("updateTime", OutputOnly),
    ("uri", OutputOnly),
    ("urls", OutputOnly),
];

#[cfg(test)]
mod tests {
    use prost_reflect::{Kind, MessageDescriptor};
    use wire::google::cloud::run::{v1, v2};

    use super::*;
    use crate::cloud_run::knative::OBJECT;

    /// Every field of the message, and of those that are decided upon field by field.
    fn decided_upon(known: &Fields, prefix: &str, message: &MessageDescriptor, paths: &mut Vec<String>) {
        for field in message.fields() {
            let name = field.json_name();
            let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
            if treatment(known, &path) == Some(Inside) {
                let Kind::Message(inner) = field.kind() else { panic!("{path} has no fields of its own") };
                decided_upon(known, &path, &inner, paths);
            }
            paths.push(path);
        }
    }

    #[test]
    fn every_field_of_a_service_is_decided_upon() {
        for (known, message) in
            [(FIELDS, wire::message::<v2::Service>()), (OBJECT, wire::message::<v1::Service>())]
        {
            let mut paths = Vec::new();
            decided_upon(known, "", &message, &mut paths);
            paths.sort();
            let listed: Vec<&str> = known.iter().map(|(path, _)| *path).collect();
            assert_eq!(
                paths, listed,
                "every field once, in alphabetical order, and no field that there is not"
            );
        }
    }

    #[test]
    fn field_that_nobody_decided_upon_is_a_setting() {
        let service = serde_json::json!({ "teleports": true, "description": "x", "uid": "y" });
        assert_eq!(settings(FIELDS, &service), BTreeMap::from([("teleports".to_owned(), Value::Bool(true))]));
    }

    #[test]
    fn settings_in_lists_are_collected_by_place() {
        let service = serde_json::json!({ "template": { "containers": [
            { "image": "a", "env": [{ "name": "A", "valueSource": {} }] },
            { "image": "b", "env": [{ "name": "B" }, { "name": "C", "valueSource": { "secretKeyRef": { "secret": "s" } } }] },
        ] } });
        let expected = serde_json::json!({ "0.0": {}, "1.1": { "secretKeyRef": { "secret": "s" } } });
        assert_eq!(
            settings(FIELDS, &service),
            BTreeMap::from([("template.containers.env.valueSource".to_owned(), expected)])
        );
    }
}
