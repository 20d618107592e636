//! What a caller may write of a service.

use std::collections::BTreeMap;

use serde_json::Value;
use store::{Ingress, RevisionTemplate, ServiceRecord, ServiceScaling, TrafficTarget};

use crate::mask::{Field, UpdateMask};

/// What clients note in the system's own namespaces, such as their name, which only Knative's form has a place for.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct KeptAnnotations {
    /// Of the service.
    pub service: BTreeMap<String, String>,
    /// Of its template.
    pub template: BTreeMap<String, String>,
}

/// A service as a caller wishes it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ServiceSpec {
    /// At most 512 characters.
    pub description: String,
    /// User's labels.
    pub labels: BTreeMap<String, String>,
    /// User's annotations.
    pub annotations: BTreeMap<String, String>,
    /// Annotations of the system's namespaces that change nothing, of the service and of its template; `None` leaves
    /// those that are there. Those in `template` are not looked at.
    pub kept_annotations: Option<KeptAnnotations>,
    /// Name of the writing client.
    pub client: String,
    /// Version of the writing client.
    pub client_version: String,
    /// Audiences that tokens may carry besides the service's own URLs.
    pub custom_audiences: Vec<String>,
    /// How finished it is taken to be, in the API's spelling; empty when not said.
    pub launch_stage: String,
    /// How many instances it is to have over all revisions.
    pub scaling: Option<ServiceScaling>,
    /// From where it may be called at all.
    pub ingress: Ingress,
    /// Whether everybody may call it, without a policy that says so.
    pub invoker_iam_disabled: bool,
    /// Whether it has no host below `run.app`.
    pub default_uri_disabled: bool,
    /// How requests are divided between revisions; empty for all of them to the latest.
    pub traffic: Vec<TrafficTarget>,
    /// What is run.
    pub template: RevisionTemplate,
    /// Everything else that the caller set, by path in the API's spelling (`iapEnabled`, `template.volumes`,
    /// `template.containers.command`), as JSON. What asks for something else than what happens anyway is refused.
    pub settings: BTreeMap<String, Value>,
}

impl ServiceSpec {
    /// Writes the fields that the mask selects over `record`. Settings are checked elsewhere.
    pub(crate) fn write_over(self, mask: &UpdateMask, record: &mut ServiceRecord) {
        if mask.selects(Field::Description, !self.description.is_empty()) {
            record.description = self.description;
        }
        if mask.selects(Field::Labels, !self.labels.is_empty()) {
            record.labels = self.labels;
        }
        if mask.selects(Field::Annotations, !self.annotations.is_empty()) {
            record.annotations = self.annotations;
        }
        if let Some(kept) = self.kept_annotations {
            record.kept_annotations = kept.service;
            record.template.kept_annotations = kept.template;
        }
        if mask.selects(Field::Client, !self.client.is_empty()) {
            record.client = self.client;
        }
        if mask.selects(Field::ClientVersion, !self.client_version.is_empty()) {
            record.client_version = self.client_version;
        }
        if mask.selects(Field::CustomAudiences, !self.custom_audiences.is_empty()) {
            record.custom_audiences = self.custom_audiences;
        }
        if mask.selects(Field::LaunchStage, !self.launch_stage.is_empty()) {
            record.launch_stage = self.launch_stage;
        }
        if mask.selects(Field::Scaling, self.scaling.is_some()) {
            record.scaling = self.scaling;
        }
        if mask.selects(Field::Ingress, self.ingress != Ingress::All) {
            record.ingress = self.ingress;
        }
        if mask.selects(Field::InvokerIamDisabled, self.invoker_iam_disabled) {
            record.invoker_iam_disabled = self.invoker_iam_disabled;
        }
        if mask.selects(Field::DefaultUriDisabled, self.default_uri_disabled) {
            record.default_uri_disabled = self.default_uri_disabled;
        }
        if mask.selects(Field::Traffic, !self.traffic.is_empty()) {
            record.traffic = self.traffic;
        }
        write_template(self.template, mask, &mut record.template);
    }
}

fn write_template(template: RevisionTemplate, mask: &UpdateMask, record: &mut RevisionTemplate) {
    // A message that is given replaces the whole message: its parts count as given together.
    let given = template != RevisionTemplate::default();
    if mask.selects(Field::TemplateAnnotations, given) {
        record.annotations = template.annotations;
    }
    if mask.selects(Field::TemplateConcurrency, given) {
        record.max_instance_request_concurrency = template.max_instance_request_concurrency;
    }
    if mask.selects(Field::TemplateContainers, given) {
        record.containers = template.containers;
    }
    if mask.selects(Field::TemplateExecutionEnvironment, given) {
        record.execution_environment = template.execution_environment;
    }
    if mask.selects(Field::TemplateHealthCheckDisabled, given) {
        record.health_check_disabled = template.health_check_disabled;
    }
    if mask.selects(Field::TemplateLabels, given) {
        record.labels = template.labels;
    }
    if mask.selects(Field::TemplateRevision, given) {
        record.revision = template.revision;
    }
    if mask.selects(Field::TemplateScaling, given) {
        record.scaling = template.scaling;
    }
    if mask.selects(Field::TemplateServiceAccount, given) {
        record.service_account = template.service_account;
    }
    if mask.selects(Field::TemplateSessionAffinity, given) {
        record.session_affinity = template.session_affinity;
    }
    if mask.selects(Field::TemplateTimeout, given) {
        record.timeout = template.timeout;
    }
}
