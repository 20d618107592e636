//! Which fields of a function an update writes (facts §0.4).

use names::{FieldMask, FieldPath, MaskError, NotWritable};

/// Which fields are written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionMask(FieldMask<FieldPath>);

impl FunctionMask {
    /// Reads the paths of a field mask, in the spelling of the API of the second generation.
    ///
    /// # Errors
    ///
    /// The first path that names no field of a function.
    pub fn parse(paths: &[String]) -> Result<Self, MaskError> {
        Self::read(paths, |path| Some(path.clone()))
    }

    /// Reads the paths of a field mask, in the spelling of the API of the first generation.
    ///
    /// # Errors
    ///
    /// See [`FunctionMask::parse`].
    pub fn parse_first(paths: &[String]) -> Result<Self, MaskError> {
        Self::read(paths, |path| {
            let found = FIRST.iter().find(|(first, _)| *first == path.as_str());
            found.map_or_else(|| Some(path.clone()), |(_, second)| Some(FieldPath::of(second)))
        })
    }

    /// Every field, as when a function is created.
    pub fn everything() -> Self {
        Self(FieldMask::Everything)
    }

    pub(super) fn selects(&self, path: &str, populated: bool) -> bool {
        self.0.selects(path) && (populated || self.0 != FieldMask::Populated)
    }

    /// Whether a setting that is given under this path (in either spelling) is meant to be written.
    pub(super) fn selects_setting(&self, setting: &str) -> bool {
        self.0.touches(FieldPath::of(setting).as_str())
    }

    fn read(paths: &[String], second: impl Fn(&FieldPath) -> Option<FieldPath>) -> Result<Self, MaskError> {
        let field = |path: &FieldPath| second(path).filter(is_field).ok_or(NotWritable::Unknown);
        FieldMask::read(paths, field).map(Self)
    }
}

/// A whole field of the function, its build or its service; below the fields that are served nothing can be picked out.
fn is_field(path: &FieldPath) -> bool {
    let whole = match path.as_str().split_once('.') {
        Some(("build_config", part)) => BUILD.contains(&part),
        Some(("service_config", part)) => SERVICE.contains(&part),
        Some(_) => false,
        None => FUNCTION.contains(&path.as_str()),
    };
    whole || UNSERVED.iter().any(|field| path.is_within(field))
}

const FUNCTION: [&str; 13] = [
    "build_config",
    "create_time",
    "description",
    "environment",
    "labels",
    "name",
    "satisfies_pzs",
    "service_config",
    "state",
    "state_messages",
    "update_time",
    "url",
    "version_id",
];

const BUILD: [&str; 16] = [
    "automatic_update_policy",
    "build",
    "docker_registry",
    "docker_repository",
    "entry_point",
    "environment_variables",
    "on_deploy_update_policy",
    "runtime",
    "service_account",
    "source",
    "source_archive_url",
    "source_provenance",
    "source_repository",
    "source_token",
    "source_upload_url",
    "worker_pool",
];

const SERVICE: [&str; 14] = [
    "all_traffic_on_latest_revision",
    "available_cpu",
    "available_memory",
    "environment_variables",
    "ingress_settings",
    "max_instance_count",
    "max_instance_request_concurrency",
    "min_instance_count",
    "revision",
    "security_level",
    "service",
    "service_account_email",
    "timeout_seconds",
    "uri",
];

const UNSERVED: [&str; 8] = [
    "event_trigger",
    "kms_key_name",
    "service_config.binary_authorization_policy",
    "service_config.network",
    "service_config.secret_environment_variables",
    "service_config.secret_volumes",
    "service_config.vpc_connector",
    "service_config.vpc_connector_egress_settings",
];

/// Where the fields of the first generation's message are in that of the second.
const FIRST: [(&str, &str); 33] = [
    ("automatic_update_policy", "build_config.automatic_update_policy"),
    ("available_memory_mb", "service_config.available_memory"),
    ("build_environment_variables", "build_config.environment_variables"),
    ("build_id", "build_config.build"),
    ("build_name", "build_config.build"),
    ("build_service_account", "build_config.service_account"),
    ("build_worker_pool", "build_config.worker_pool"),
    ("docker_registry", "build_config.docker_registry"),
    ("docker_repository", "build_config.docker_repository"),
    ("entry_point", "build_config.entry_point"),
    ("environment_variables", "service_config.environment_variables"),
    ("https_trigger", "service_config.security_level"),
    ("https_trigger.security_level", "service_config.security_level"),
    ("https_trigger.url", "url"),
    ("ingress_settings", "service_config.ingress_settings"),
    ("max_instances", "service_config.max_instance_count"),
    ("min_instances", "service_config.min_instance_count"),
    ("network", "service_config.network"),
    ("on_deploy_update_policy", "build_config.on_deploy_update_policy"),
    ("runtime", "build_config.runtime"),
    ("secret_environment_variables", "service_config.secret_environment_variables"),
    ("secret_volumes", "service_config.secret_volumes"),
    ("service_account_email", "service_config.service_account_email"),
    ("source_archive_url", "build_config.source_archive_url"),
    ("source_repository", "build_config.source_repository"),
    ("source_repository.deployed_url", "build_config.source_repository"),
    ("source_repository.url", "build_config.source_repository"),
    ("source_token", "build_config.source_token"),
    ("source_upload_url", "build_config.source_upload_url"),
    ("status", "state"),
    ("timeout", "service_config.timeout_seconds"),
    ("vpc_connector", "service_config.vpc_connector"),
    ("vpc_connector_egress_settings", "service_config.vpc_connector_egress_settings"),
];
