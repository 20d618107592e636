//! What becomes of every field of an object that a caller may set, and what the fields of v2 are called here.

use super::annotations::at;
use super::keys;
use crate::cloud_run::fields::Fields;
use crate::cloud_run::fields::Treatment::{Inside, OutputOnly, Setting, Written};

/// The caller's name for the field that the use cases call `path`. Settings come with the caller's own.
pub(in crate::cloud_run) fn field(path: &str) -> String {
    let known = NAMES.iter().find_map(|(theirs, ours)| {
        let rest = path.strip_prefix(theirs)?;
        (rest.is_empty() || rest.starts_with(['.', '['])).then(|| format!("{ours}{rest}"))
    });
    let annotated = |(theirs, key): &(&str, &str)| {
        let annotations = if theirs.starts_with("template.") {
            "spec.template.metadata.annotations"
        } else {
            "metadata.annotations"
        };
        (*theirs == path).then(|| at(annotations, key))
    };
    let known = ANNOTATED.iter().find_map(annotated).or(known);
    known.unwrap_or_else(|| if path.is_empty() { "service".to_owned() } else { path.to_owned() })
}

/// Fields that are annotations here.
const ANNOTATED: &[(&str, &str)] = &[
    ("customAudiences", keys::CUSTOM_AUDIENCES),
    ("description", keys::DESCRIPTION),
    ("scaling", keys::MAX_INSTANCES),
    ("scaling.manualInstanceCount", keys::MANUAL_INSTANCE_COUNT),
    ("template.scaling", keys::REVISION_MAX_INSTANCES),
];

/// Beginnings of paths that differ.
const NAMES: &[(&str, &str)] = &[
    ("annotations", "metadata.annotations"),
    ("labels", "metadata.labels"),
    ("template.annotations", "spec.template.metadata.annotations"),
    ("template.containers", "spec.template.spec.containers"),
    ("template.labels", "spec.template.metadata.labels"),
    ("template.maxInstanceRequestConcurrency", "spec.template.spec.containerConcurrency"),
    ("template.revision", "spec.template.metadata.name"),
    ("template.serviceAccount", "spec.template.spec.serviceAccountName"),
    ("template.timeout", "spec.template.spec.timeoutSeconds"),
    ("traffic", "spec.traffic"),
];

/// By path in the API's spelling, in alphabetical order.
pub(in crate::cloud_run) const OBJECT: &Fields = &[
    // Read apart: both say of what kind the object is.
    ("apiVersion", OutputOnly),
    ("kind", OutputOnly),
    ("metadata", Inside),
    // Read apart, one by one.
    ("metadata.annotations", Written),
    ("metadata.clusterName", Setting),
    ("metadata.creationTimestamp", OutputOnly),
    ("metadata.deletionGracePeriodSeconds", OutputOnly),
    ("metadata.deletionTimestamp", OutputOnly),
    ("metadata.finalizers", Setting),
    ("metadata.generateName", Setting),
    ("metadata.generation", OutputOnly),
    ("metadata.labels", Written),
    ("metadata.name", Written),
    ("metadata.namespace", Written),
    ("metadata.ownerReferences", Setting),
    // Read apart: it is what a replacement expects.
    ("metadata.resourceVersion", OutputOnly),
    ("metadata.selfLink", OutputOnly),
    ("metadata.uid", OutputOnly),
    ("spec", Inside),
    ("spec.template", Inside),
    ("spec.template.metadata", Inside),
    ("spec.template.metadata.annotations", Written),
    ("spec.template.metadata.clusterName", Setting),
    ("spec.template.metadata.creationTimestamp", OutputOnly),
    ("spec.template.metadata.deletionGracePeriodSeconds", OutputOnly),
    ("spec.template.metadata.deletionTimestamp", OutputOnly),
    ("spec.template.metadata.finalizers", Setting),
    ("spec.template.metadata.generateName", Setting),
    ("spec.template.metadata.generation", OutputOnly),
    ("spec.template.metadata.labels", Written),
    ("spec.template.metadata.name", Written),
    ("spec.template.metadata.namespace", OutputOnly),
    ("spec.template.metadata.ownerReferences", Setting),
    ("spec.template.metadata.resourceVersion", OutputOnly),
    ("spec.template.metadata.selfLink", OutputOnly),
    ("spec.template.metadata.uid", OutputOnly),
    ("spec.template.spec", Inside),
    ("spec.template.spec.containerConcurrency", Written),
    ("spec.template.spec.containers", Inside),
    ("spec.template.spec.containers.args", Setting),
    ("spec.template.spec.containers.command", Setting),
    ("spec.template.spec.containers.env", Inside),
    ("spec.template.spec.containers.env.name", Written),
    ("spec.template.spec.containers.env.value", Written),
    ("spec.template.spec.containers.env.valueFrom", Setting),
    ("spec.template.spec.containers.envFrom", Setting),
    ("spec.template.spec.containers.image", Written),
    ("spec.template.spec.containers.imagePullPolicy", Setting),
    ("spec.template.spec.containers.livenessProbe", Setting),
    ("spec.template.spec.containers.name", Written),
    // Its protocol is read apart: there is but one.
    ("spec.template.spec.containers.ports", Written),
    ("spec.template.spec.containers.readinessProbe", Setting),
    ("spec.template.spec.containers.resources", Inside),
    ("spec.template.spec.containers.resources.limits", Written),
    ("spec.template.spec.containers.resources.requests", Setting),
    ("spec.template.spec.containers.securityContext", Setting),
    ("spec.template.spec.containers.startupProbe", Setting),
    ("spec.template.spec.containers.terminationMessagePath", Setting),
    ("spec.template.spec.containers.terminationMessagePolicy", Setting),
    ("spec.template.spec.containers.volumeMounts", Setting),
    ("spec.template.spec.containers.workingDir", Setting),
    ("spec.template.spec.enableServiceLinks", Setting),
    ("spec.template.spec.imagePullSecrets", Setting),
    ("spec.template.spec.nodeSelector", Setting),
    ("spec.template.spec.runtimeClassName", Setting),
    ("spec.template.spec.serviceAccountName", Written),
    ("spec.template.spec.timeoutSeconds", Written),
    ("spec.template.spec.volumes", Setting),
    ("spec.traffic", Inside),
    ("spec.traffic.configurationName", Setting),
    ("spec.traffic.latestRevision", Written),
    ("spec.traffic.percent", Written),
    ("spec.traffic.revisionName", Written),
    ("spec.traffic.tag", Written),
    ("spec.traffic.url", OutputOnly),
    ("status", OutputOnly),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_called_as_they_are_in_the_callers_form() {
        for (theirs, ours) in [
            ("", "service"),
            ("traffic", "spec.traffic"),
            ("template.containers[0].image", "spec.template.spec.containers[0].image"),
            ("template.containers[1]", "spec.template.spec.containers[1]"),
            ("labels", "metadata.labels"),
            ("scaling.manualInstanceCount", "metadata.annotations['run.googleapis.com/manualInstanceCount']"),
            ("template.scaling", "spec.template.metadata.annotations['autoscaling.knative.dev/maxScale']"),
            ("customAudiences", "metadata.annotations['run.googleapis.com/custom-audiences']"),
            ("spec.template.spec.volumes", "spec.template.spec.volumes"),
        ] {
            assert_eq!(field(theirs), ours);
        }
    }
}
