//! Which fields of a service an update writes (facts §0.4).

use names::{FieldMask, FieldPath, MaskError, NotWritable};

/// Which fields are written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UpdateMask(FieldMask<FieldPath>);

/// A field that is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Field {
    Annotations,
    Client,
    ClientVersion,
    CustomAudiences,
    DefaultUriDisabled,
    Description,
    Ingress,
    InvokerIamDisabled,
    Labels,
    LaunchStage,
    Scaling,
    TemplateAnnotations,
    TemplateConcurrency,
    TemplateContainers,
    TemplateExecutionEnvironment,
    TemplateHealthCheckDisabled,
    TemplateLabels,
    TemplateRevision,
    TemplateScaling,
    TemplateServiceAccount,
    TemplateSessionAffinity,
    TemplateTimeout,
    Traffic,
}

impl UpdateMask {
    /// Reads the paths of a field mask.
    ///
    /// # Errors
    ///
    /// The first path that names no field of a service.
    pub fn parse(paths: &[String]) -> Result<Self, MaskError> {
        let field = |path: &FieldPath| is_field(path).then(|| path.clone()).ok_or(NotWritable::Unknown);
        FieldMask::read(paths, field).map(Self)
    }

    /// Every field, as when a service is created.
    pub fn everything() -> Self {
        Self(FieldMask::Everything)
    }

    pub(crate) fn selects(&self, field: Field, populated: bool) -> bool {
        self.0.selects(field.path()) && (populated || self.0 != FieldMask::Populated)
    }

    /// Whether a setting that is given under this path (in either spelling) is meant to be written.
    pub(crate) fn selects_setting(&self, setting: &str) -> bool {
        self.0.touches(FieldPath::of(setting).as_str())
    }
}

impl Field {
    fn path(self) -> &'static str {
        match self {
            Self::Annotations => "annotations",
            Self::Client => "client",
            Self::ClientVersion => "client_version",
            Self::CustomAudiences => "custom_audiences",
            Self::DefaultUriDisabled => "default_uri_disabled",
            Self::Description => "description",
            Self::Ingress => "ingress",
            Self::InvokerIamDisabled => "invoker_iam_disabled",
            Self::Labels => "labels",
            Self::LaunchStage => "launch_stage",
            Self::Scaling => "scaling",
            Self::TemplateAnnotations => "template.annotations",
            Self::TemplateConcurrency => "template.max_instance_request_concurrency",
            Self::TemplateContainers => "template.containers",
            Self::TemplateExecutionEnvironment => "template.execution_environment",
            Self::TemplateHealthCheckDisabled => "template.health_check_disabled",
            Self::TemplateLabels => "template.labels",
            Self::TemplateRevision => "template.revision",
            Self::TemplateScaling => "template.scaling",
            Self::TemplateServiceAccount => "template.service_account",
            Self::TemplateSessionAffinity => "template.session_affinity",
            Self::TemplateTimeout => "template.timeout",
            Self::Traffic => "traffic",
        }
    }
}

/// A whole field of the service or its template; below the fields that are served nothing can be picked out.
fn is_field(path: &FieldPath) -> bool {
    SERVED.contains(&path.as_str())
        || READ_ONLY.contains(&path.as_str())
        || UNSERVED.iter().any(|field| path.is_within(field))
}

const SERVED: [&str; 24] = [
    "annotations",
    "client",
    "client_version",
    "custom_audiences",
    "default_uri_disabled",
    "description",
    "ingress",
    "invoker_iam_disabled",
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
    "template.revision",
    "template.scaling",
    "template.service_account",
    "template.session_affinity",
    "template.timeout",
    "traffic",
];

/// Clients that write back what they read name these too; they are not written.
const READ_ONLY: [&str; 20] = [
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
    "terminal_condition",
    "traffic_statuses",
    "uid",
    "update_time",
    "uri",
    "urls",
];

const UNSERVED: [&str; 12] = [
    "binary_authorization",
    "build_config",
    "iap_enabled",
    "multi_region_settings",
    "template.encryption_key",
    "template.encryption_key_revocation_action",
    "template.encryption_key_shutdown_duration",
    "template.gpu_zonal_redundancy_disabled",
    "template.node_selector",
    "template.service_mesh",
    "template.volumes",
    "template.vpc_access",
];
