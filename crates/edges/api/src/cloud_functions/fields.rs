//! What becomes of every field of a function that a caller may set, in both APIs. The lists are total, as that of
//! services is.

use crate::cloud_run::{Fields, Treatment};

use Treatment::{Inside, OutputOnly, Setting, Written};

/// Where a setting of v1 is in v2.
pub(super) fn second_of(first: &str) -> String {
    match first {
        "eventTrigger" | "kmsKeyName" => first.to_owned(),
        _ => format!("serviceConfig.{first}"),
    }
}

/// What v1 says of the build, and where v2 has it. Nothing is built here, so that all of it is kept as it was said.
pub(super) const BUILD_OF_THE_FIRST: [(&str, &str); 12] = [
    ("automaticUpdatePolicy", "automaticUpdatePolicy"),
    ("buildEnvironmentVariables", "environmentVariables"),
    ("buildServiceAccount", "serviceAccount"),
    ("buildWorkerPool", "workerPool"),
    ("dockerRegistry", "dockerRegistry"),
    ("dockerRepository", "dockerRepository"),
    ("entryPoint", "entryPoint"),
    ("onDeployUpdatePolicy", "onDeployUpdatePolicy"),
    ("runtime", "runtime"),
    ("sourceArchiveUrl", "sourceArchiveUrl"),
    ("sourceRepository", "sourceRepository"),
    ("sourceUploadUrl", "sourceUploadUrl"),
];

/// The fields of v2, by path in the API's spelling.
pub(super) const SECOND: &Fields = &[
    ("buildConfig", Inside),
    ("buildConfig.automaticUpdatePolicy", Written),
    ("buildConfig.build", OutputOnly),
    ("buildConfig.dockerRegistry", Written),
    ("buildConfig.dockerRepository", Written),
    ("buildConfig.entryPoint", Written),
    ("buildConfig.environmentVariables", Written),
    ("buildConfig.onDeployUpdatePolicy", Written),
    ("buildConfig.runtime", Written),
    ("buildConfig.serviceAccount", Written),
    ("buildConfig.source", Written),
    ("buildConfig.sourceProvenance", OutputOnly),
    ("buildConfig.workerPool", Written),
    ("createTime", OutputOnly),
    ("description", Written),
    // Read apart: v2 makes functions of one generation only.
    ("environment", OutputOnly),
    ("eventTrigger", Setting),
    ("kmsKeyName", Setting),
    ("labels", Written),
    // Read apart: it says which function an update is for. Creating takes it from elsewhere.
    ("name", OutputOnly),
    ("satisfiesPzs", OutputOnly),
    ("serviceConfig", Inside),
    // Whoever divides the traffic does so at the service.
    ("serviceConfig.allTrafficOnLatestRevision", OutputOnly),
    ("serviceConfig.availableCpu", Written),
    ("serviceConfig.availableMemory", Written),
    ("serviceConfig.binaryAuthorizationPolicy", Setting),
    ("serviceConfig.environmentVariables", Written),
    ("serviceConfig.ingressSettings", Written),
    ("serviceConfig.maxInstanceCount", Written),
    ("serviceConfig.maxInstanceRequestConcurrency", Written),
    ("serviceConfig.minInstanceCount", Written),
    ("serviceConfig.revision", OutputOnly),
    ("serviceConfig.secretEnvironmentVariables", Setting),
    ("serviceConfig.secretVolumes", Setting),
    ("serviceConfig.securityLevel", Written),
    ("serviceConfig.service", OutputOnly),
    ("serviceConfig.serviceAccountEmail", Written),
    ("serviceConfig.timeoutSeconds", Written),
    ("serviceConfig.uri", OutputOnly),
    ("serviceConfig.vpcConnector", Setting),
    ("serviceConfig.vpcConnectorEgressSettings", Setting),
    ("state", OutputOnly),
    ("stateMessages", OutputOnly),
    ("updateTime", OutputOnly),
    ("url", OutputOnly),
];

/// The fields of v1.
pub(super) const FIRST: &Fields = &[
    ("automaticUpdatePolicy", Written),
    ("availableMemoryMb", Written),
    ("buildEnvironmentVariables", Written),
    ("buildId", OutputOnly),
    ("buildName", OutputOnly),
    ("buildServiceAccount", Written),
    ("buildWorkerPool", Written),
    ("description", Written),
    ("dockerRegistry", Written),
    ("dockerRepository", Written),
    ("entryPoint", Written),
    ("environmentVariables", Written),
    ("eventTrigger", Setting),
    ("httpsTrigger", Written),
    ("ingressSettings", Written),
    ("kmsKeyName", Setting),
    ("labels", Written),
    ("maxInstances", Written),
    ("minInstances", Written),
    ("name", OutputOnly),
    ("network", Setting),
    ("onDeployUpdatePolicy", Written),
    ("runtime", Written),
    ("secretEnvironmentVariables", Setting),
    ("secretVolumes", Setting),
    ("serviceAccountEmail", Written),
    ("sourceArchiveUrl", Written),
    ("sourceRepository", Written),
    // It joins the builds of several functions, and there are none.
    ("sourceToken", OutputOnly),
    ("sourceUploadUrl", Written),
    ("status", OutputOnly),
    ("timeout", Written),
    ("updateTime", OutputOnly),
    ("versionId", OutputOnly),
    ("vpcConnector", Setting),
    ("vpcConnectorEgressSettings", Setting),
];

#[cfg(test)]
mod tests {
    use prost_reflect::{Kind, MessageDescriptor};
    use wire::google::cloud::functions::{v1, v2};

    use super::*;
    use crate::cloud_run::treatment;

    /// Every field of the message, and of those that are decided upon field by field.
    fn decided_upon(fields: &Fields, prefix: &str, message: &MessageDescriptor, paths: &mut Vec<String>) {
        for field in message.fields() {
            let name = field.json_name();
            let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
            if treatment(fields, &path) == Some(Inside) {
                let Kind::Message(inner) = field.kind() else { panic!("{path} has no fields of its own") };
                decided_upon(fields, &path, &inner, paths);
            }
            paths.push(path);
        }
    }

    #[test]
    fn every_field_of_a_function_is_decided_upon() {
        let (first, second) = (wire::message::<v1::CloudFunction>(), wire::message::<v2::Function>());
        for (fields, message) in [(FIRST, first), (SECOND, second)] {
            let mut paths = Vec::new();
            decided_upon(fields, "", &message, &mut paths);
            paths.sort();
            let listed: Vec<&str> = fields.iter().map(|(path, _)| *path).collect();
            assert_eq!(
                paths, listed,
                "every field once, in alphabetical order, and no field that there is not"
            );
        }
    }

    #[test]
    fn what_v1_says_of_the_build_is_written() {
        for (first, _) in BUILD_OF_THE_FIRST {
            assert_eq!(treatment(FIRST, first), Some(Written), "{first}");
        }
    }
}
