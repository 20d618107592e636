//! Which fields of a service an update writes (facts §0.4).

use std::collections::BTreeSet;

/// Which fields are written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum UpdateMask {
    /// `*`: every field; what is not given becomes its default.
    Everything,
    /// These paths, in the API's snake-case spelling; what is not given becomes its default.
    Paths(BTreeSet<String>),
    /// No mask: every field that is given.
    Populated,
}

/// A path that names no field of a service.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{path:?} is not a field of a service")]
pub struct UnknownPath {
    /// The path, cut to 200 characters.
    pub path: String,
}

/// A field that is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Field {
    Annotations,
    Client,
    ClientVersion,
    CustomAudiences,
    Description,
    Labels,
    LaunchStage,
    Scaling,
    TemplateAnnotations,
    TemplateConcurrency,
    TemplateContainers,
    TemplateExecutionEnvironment,
    TemplateHealthCheckDisabled,
    TemplateLabels,
    TemplateScaling,
    TemplateServiceAccount,
    TemplateSessionAffinity,
    TemplateTimeout,
}

impl UpdateMask {
    /// Reads the paths of a field mask, in either spelling; none at all means [`UpdateMask::Populated`].
    ///
    /// # Errors
    ///
    /// The first path that names no field of a service.
    pub fn parse(paths: &[String]) -> Result<Self, UnknownPath> {
        if paths.iter().all(String::is_empty) {
            return Ok(Self::Populated);
        }
        if paths.iter().any(|path| path == "*") {
            return Ok(Self::Everything);
        }
        let mut known = BTreeSet::new();
        for path in paths {
            let snake = snake_case(path);
            if !is_field(&snake) {
                return Err(UnknownPath { path: path.chars().take(200).collect() });
            }
            known.insert(snake);
        }
        Ok(Self::Paths(known))
    }

    pub(crate) fn selects(&self, field: Field, populated: bool) -> bool {
        match self {
            Self::Everything => true,
            Self::Paths(paths) => {
                paths.contains(field.path())
                    || (field.path().starts_with("template.") && paths.contains("template"))
            }
            Self::Populated => populated,
        }
    }

    /// Whether a setting that is given under this path (in either spelling) is meant to be written.
    pub(crate) fn selects_setting(&self, setting: &str) -> bool {
        match self {
            Self::Everything | Self::Populated => true,
            Self::Paths(paths) => {
                let setting = snake_case(setting);
                paths.iter().any(|path| is_within(&setting, path) || is_within(path, &setting))
            }
        }
    }
}

impl Field {
    fn path(self) -> &'static str {
        match self {
            Self::Annotations => "annotations",
            Self::Client => "client",
            Self::ClientVersion => "client_version",
            Self::CustomAudiences => "custom_audiences",
            Self::Description => "description",
            Self::Labels => "labels",
            Self::LaunchStage => "launch_stage",
            Self::Scaling => "scaling",
            Self::TemplateAnnotations => "template.annotations",
            Self::TemplateConcurrency => "template.max_instance_request_concurrency",
            Self::TemplateContainers => "template.containers",
            Self::TemplateExecutionEnvironment => "template.execution_environment",
            Self::TemplateHealthCheckDisabled => "template.health_check_disabled",
            Self::TemplateLabels => "template.labels",
            Self::TemplateScaling => "template.scaling",
            Self::TemplateServiceAccount => "template.service_account",
            Self::TemplateSessionAffinity => "template.session_affinity",
            Self::TemplateTimeout => "template.timeout",
        }
    }
}

/// Whether `path` is `parent` or stands below it.
fn is_within(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A whole field of the service or its template; below the fields that are served nothing can be picked out.
fn is_field(path: &str) -> bool {
    SERVED.contains(&path) || READ_ONLY.contains(&path) || UNSERVED.iter().any(|field| is_within(path, field))
}

fn snake_case(path: &str) -> String {
    let mut snake = String::with_capacity(path.len() + 8);
    for character in path.chars() {
        if character.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

const SERVED: [&str; 19] = [
    "annotations",
    "client",
    "client_version",
    "custom_audiences",
    "description",
    "labels",
    "launch_stage",
    "scaling",
    "template",
    "template.annotations",
    "template.containers",
    "template.execution_environment",
    "template.health_check_disabled",
    "template.labels",
    "template.max_instance_request_concurrency",
    "template.scaling",
    "template.service_account",
    "template.session_affinity",
    "template.timeout",
];

/// Clients that write back what they read name these too; they are not written.
const READ_ONLY: [&str; 21] = [
    "conditions",
    "create_time",
    "creator",
    "delete_time",
    "etag",
    "expire_time",
    "generation",
    "last_modifier",
    "latest_created_revision",
    "latest_ready_revision",
    "name",
    "observed_generation",
    "reconciling",
    "satisfies_pzs",
    "template.revision",
    "terminal_condition",
    "traffic_statuses",
    "uid",
    "update_time",
    "uri",
    "urls",
];

const UNSERVED: [&str; 16] = [
    "binary_authorization",
    "build_config",
    "default_uri_disabled",
    "iap_enabled",
    "ingress",
    "invoker_iam_disabled",
    "multi_region_settings",
    "template.encryption_key",
    "template.encryption_key_revocation_action",
    "template.encryption_key_shutdown_duration",
    "template.gpu_zonal_redundancy_disabled",
    "template.node_selector",
    "template.service_mesh",
    "template.volumes",
    "template.vpc_access",
    "traffic",
];
