//! Annotations and labels that say in Knative's form what v2 has fields for (gcloud 528, `api_lib/run`).

pub(super) const CLIENT_NAME: &str = "run.googleapis.com/client-name";
pub(super) const CLIENT_VERSION: &str = "run.googleapis.com/client-version";
pub(super) const CREATOR: &str = "serving.knative.dev/creator";
pub(super) const CUSTOM_AUDIENCES: &str = "run.googleapis.com/custom-audiences";
pub(super) const DEFAULT_URL_DISABLED: &str = "run.googleapis.com/default-url-disabled";
pub(super) const DESCRIPTION: &str = "run.googleapis.com/description";
pub(super) const INGRESS: &str = "run.googleapis.com/ingress";
pub(super) const INGRESS_STATUS: &str = "run.googleapis.com/ingress-status";
pub(super) const INVOKER_IAM_DISABLED: &str = "run.googleapis.com/invoker-iam-disabled";
pub(super) const LAST_MODIFIER: &str = "serving.knative.dev/lastModifier";
pub(super) const LAUNCH_STAGE: &str = "run.googleapis.com/launch-stage";
pub(super) const MANUAL_INSTANCE_COUNT: &str = "run.googleapis.com/manualInstanceCount";
pub(super) const MAX_INSTANCES: &str = "run.googleapis.com/maxScale";
pub(super) const MIN_INSTANCES: &str = "run.googleapis.com/minScale";
pub(super) const SCALING_MODE: &str = "run.googleapis.com/scalingMode";
pub(super) const URLS: &str = "run.googleapis.com/urls";

pub(super) const CPU_BOOST: &str = "run.googleapis.com/startup-cpu-boost";
pub(super) const CPU_THROTTLING: &str = "run.googleapis.com/cpu-throttling";
pub(super) const EXECUTION_ENVIRONMENT: &str = "run.googleapis.com/execution-environment";
pub(super) const HEALTH_CHECK_DISABLED: &str = "run.googleapis.com/health-check-disabled";
pub(super) const REVISION_MAX_INSTANCES: &str = "autoscaling.knative.dev/maxScale";
pub(super) const REVISION_MIN_INSTANCES: &str = "autoscaling.knative.dev/minScale";
pub(super) const SESSION_AFFINITY: &str = "run.googleapis.com/sessionAffinity";

/// A label that the server writes on everything: the region.
pub(super) const LOCATION: &str = "cloud.googleapis.com/location";
/// Labels that the server writes on a revision.
pub(super) const CONFIGURATION: &str = "serving.knative.dev/configuration";
pub(super) const ROUTE: &str = "serving.knative.dev/route";
pub(super) const SERVICE: &str = "serving.knative.dev/service";
/// Labels of Google's that clients write back.
pub(super) const SERVERS_OWN: [&str; 3] = [
    "run.googleapis.com/satisfiesPzs",
    "run.googleapis.com/startupProbeType",
    "run.googleapis.com/supportsPzs",
];

/// The words of the annotation for ingress, v1's for v2's enum.
pub(super) const INGRESSES: [(&str, run::Ingress); 4] = [
    ("all", run::Ingress::All),
    ("internal", run::Ingress::Internal),
    ("internal-and-cloud-load-balancing", run::Ingress::InternalAndLoadBalancer),
    ("none", run::Ingress::Nowhere),
];
/// The words for the sandbox.
pub(super) const SANDBOXES: [(&str, &str); 2] =
    [("gen1", "EXECUTION_ENVIRONMENT_GEN1"), ("gen2", "EXECUTION_ENVIRONMENT_GEN2")];
/// The words for how instances are counted.
pub(super) const SCALING_MODES: [(&str, &str); 2] = [("automatic", "AUTOMATIC"), ("manual", "MANUAL")];
