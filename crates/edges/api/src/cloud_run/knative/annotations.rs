//! What becomes of the annotations of the system's namespaces, in which Knative's form says most of what is Google's.
//!
//! What is in neither list asks for something that is not served (a proxy in front, a network, a database), or could: it
//! is refused by its name, unless it says `false`.

use std::collections::{BTreeMap, HashMap};

use problem::Problem;
use serde_json::Value;

use crate::refusal::invalid;

/// What becomes of an annotation that a caller sets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Treatment {
    /// It changes nothing here, and is kept for whoever wrote it.
    Kept,
    /// Only the server writes it; clients that write back what they read send it too.
    OutputOnly,
    /// A field of the service says it.
    Written,
}

use Treatment::{Kept, OutputOnly, Written};

/// The annotations of one object, sorted.
pub(super) struct Annotations {
    /// The user's own.
    pub user: BTreeMap<String, String>,
    /// Those that change nothing here.
    pub kept: BTreeMap<String, String>,
    /// The path of the object's annotations.
    path: &'static str,
    written: BTreeMap<String, String>,
}

impl Annotations {
    /// Those of a service.
    pub(super) fn of_service(given: HashMap<String, String>, settings: &mut BTreeMap<String, Value>) -> Self {
        Self::sort("metadata.annotations", SERVICE, given, settings)
    }

    /// Those of its template.
    pub(super) fn of_template(
        given: HashMap<String, String>,
        settings: &mut BTreeMap<String, Value>,
    ) -> Self {
        Self::sort("spec.template.metadata.annotations", TEMPLATE, given, settings)
    }

    fn sort(
        path: &'static str,
        known: &[(&str, Treatment)],
        given: HashMap<String, String>,
        settings: &mut BTreeMap<String, Value>,
    ) -> Self {
        let mut sorted =
            Self { user: BTreeMap::new(), kept: BTreeMap::new(), path, written: BTreeMap::new() };
        for (key, value) in given {
            let known = known.iter().find(|(name, _)| *name == key).map(|(_, treatment)| *treatment);
            match known {
                Some(Kept) => drop(sorted.kept.insert(key, value)),
                Some(OutputOnly) => {}
                Some(Written) => drop(sorted.written.insert(key, value)),
                None if !is_of_system(&key) => drop(sorted.user.insert(key, value)),
                // What is switched off is as it is anyway.
                None if OFF.iter().any(|off| value.eq_ignore_ascii_case(off)) => {}
                None => drop(settings.insert(at(path, &key), Value::String(value))),
            }
        }
        sorted
    }

    /// What a field's annotation says.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        self.written.remove(key)
    }

    /// What a field's annotation says, where that is something that `read` knows.
    pub(super) fn read<T>(
        &mut self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(key) else { return Ok(None) };
        read(&text).map(Some).ok_or_else(|| invalid(&at(self.path, key), format!("expected {expected}")))
    }

    /// `true` or `false` in any spelling; gcloud writes `True`.
    pub(super) fn flag(&mut self, key: &str) -> Result<Option<bool>, Problem> {
        self.read(key, "true or false", |text| text.to_ascii_lowercase().parse().ok())
    }

    /// A number.
    pub(super) fn number(&mut self, key: &str) -> Result<Option<i32>, Problem> {
        self.read(key, "a whole number", |text| text.parse().ok())
    }
}

/// `metadata.annotations['run.googleapis.com/ingress']`.
pub(super) fn at(path: &str, key: &str) -> String {
    let key: String = key.chars().take(200).collect();
    format!("{path}['{key}']")
}

/// The namespaces that v2 has fields for, and those in which gcloud says what such a service does.
fn is_of_system(key: &str) -> bool {
    let namespace = key.split_once('/').map_or("", |(namespace, _)| namespace);
    SYSTEM.contains(&namespace)
}

/// Values that ask for nothing.
const OFF: [&str; 2] = ["", "false"];
const SYSTEM: [&str; 6] = [
    "autoscaling.knative.dev",
    "cloud.googleapis.com",
    "networking.knative.dev",
    "run.googleapis.com",
    "runapps.googleapis.com",
    "serving.knative.dev",
];

/// Of a service, with Google's spelling (gcloud 528, `api_lib/run`).
const SERVICE: &[(&str, Treatment)] = &[
    (super::keys::CLIENT_NAME, Written),
    (super::keys::CLIENT_VERSION, Written),
    (super::keys::CREATOR, OutputOnly),
    (super::keys::CUSTOM_AUDIENCES, Written),
    (super::keys::DEFAULT_URL_DISABLED, Written),
    (super::keys::DESCRIPTION, Written),
    (super::keys::INGRESS, Written),
    (super::keys::INGRESS_STATUS, OutputOnly),
    (super::keys::INVOKER_IAM_DISABLED, Written),
    (super::keys::LAST_MODIFIER, OutputOnly),
    (super::keys::LAUNCH_STAGE, Written),
    (super::keys::MANUAL_INSTANCE_COUNT, Written),
    (super::keys::MAX_INSTANCES, Written),
    (super::keys::MIN_INSTANCES, Written),
    (super::keys::SCALING_MODE, Written),
    (super::keys::URLS, OutputOnly),
    // How instances are replaced by newer ones, and of which build the image is.
    ("run.googleapis.com/build-base-image", Kept),
    ("run.googleapis.com/build-environment-variables", Kept),
    ("run.googleapis.com/build-function-target", Kept),
    ("run.googleapis.com/build-id", Kept),
    ("run.googleapis.com/build-image-uri", Kept),
    ("run.googleapis.com/build-name", Kept),
    ("run.googleapis.com/build-service-account", Kept),
    ("run.googleapis.com/build-source-location", Kept),
    ("run.googleapis.com/build-worker-pool", Kept),
    ("run.googleapis.com/function-target", Kept),
    ("run.googleapis.com/image-uri", Kept),
    ("run.googleapis.com/max-surge", Kept),
    ("run.googleapis.com/max-unavailable", Kept),
    ("run.googleapis.com/operation-id", OutputOnly),
    ("run.googleapis.com/source-location", Kept),
];

/// Of a template.
const TEMPLATE: &[(&str, Treatment)] = &[
    (super::keys::CLIENT_NAME, Kept),
    (super::keys::CLIENT_VERSION, Kept),
    (super::keys::CPU_BOOST, Written),
    (super::keys::CPU_THROTTLING, Written),
    (super::keys::EXECUTION_ENVIRONMENT, Written),
    (super::keys::HEALTH_CHECK_DISABLED, Written),
    (super::keys::REVISION_MAX_INSTANCES, Written),
    (super::keys::REVISION_MIN_INSTANCES, Written),
    (super::keys::SESSION_AFFINITY, Written),
];
