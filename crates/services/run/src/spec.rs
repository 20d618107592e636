//! What a caller may write of a service.

use std::collections::BTreeMap;

use serde_json::Value;
use store::{RevisionTemplate, ServiceRecord};

use crate::mask::{Field, UpdateMask};

/// A service as a caller wishes it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ServiceSpec {
    /// At most 512 characters.
    pub description: String,
    /// User's labels.
    pub labels: BTreeMap<String, String>,
    /// User's annotations.
    pub annotations: BTreeMap<String, String>,
    /// Name of the writing client.
    pub client: String,
    /// Version of the writing client.
    pub client_version: String,
    /// Audiences that tokens may carry besides the service's own URLs.
    pub custom_audiences: Vec<String>,
    /// What is run.
    pub template: RevisionTemplate,
    /// Everything else that the caller set, by path in the API's spelling (`ingress`, `template.volumes`,
    /// `template.containers.resources`), as JSON. What asks for something else than what happens anyway is refused.
    pub settings: BTreeMap<String, Value>,
}

impl ServiceSpec {
    /// Writes the fields that the mask selects over `record`. Settings are checked elsewhere.
    pub(crate) fn write_over(self, mask: &UpdateMask, record: &mut ServiceRecord) {
        let Self {
            description, labels, annotations, client, client_version, custom_audiences, template, ..
        } = self;
        let RevisionTemplate {
            labels: template_labels,
            annotations: template_annotations,
            containers,
            service_account,
            timeout,
            max_instance_request_concurrency: concurrency,
        } = template.clone();
        let template_given = template != RevisionTemplate::default();
        let mut write = |field: Field, populated: bool, write: &mut dyn FnMut(&mut ServiceRecord)| {
            if mask.selects(field, populated) {
                write(record);
            }
        };
        write(Field::Description, !description.is_empty(), &mut |to| to.description = description.clone());
        write(Field::Labels, !labels.is_empty(), &mut |to| to.labels = labels.clone());
        write(Field::Annotations, !annotations.is_empty(), &mut |to| to.annotations = annotations.clone());
        write(Field::Client, !client.is_empty(), &mut |to| to.client = client.clone());
        write(Field::ClientVersion, !client_version.is_empty(), &mut |to| {
            to.client_version = client_version.clone()
        });
        write(Field::CustomAudiences, !custom_audiences.is_empty(), &mut |to| {
            to.custom_audiences = custom_audiences.clone();
        });
        // A message that is given replaces the whole message: its parts count as given together.
        write(Field::TemplateAnnotations, template_given, &mut |to| {
            to.template.annotations = template_annotations.clone();
        });
        write(Field::TemplateConcurrency, template_given, &mut |to| {
            to.template.max_instance_request_concurrency = concurrency;
        });
        write(Field::TemplateContainers, template_given, &mut |to| {
            to.template.containers = containers.clone()
        });
        write(Field::TemplateLabels, template_given, &mut |to| to.template.labels = template_labels.clone());
        write(Field::TemplateServiceAccount, template_given, &mut |to| {
            to.template.service_account = service_account.clone();
        });
        write(Field::TemplateTimeout, template_given, &mut |to| to.template.timeout = timeout);
    }
}
