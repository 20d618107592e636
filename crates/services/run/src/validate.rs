//! The rules for a service (facts §2.5, §2.6).

use std::collections::BTreeMap;
use std::time::Duration;

use names::{Email, NameError};
use store::{BackendRecord, RevisionTemplate, ServiceRecord};

use crate::{Backend, BuiltIn, Image, ImageError, ServiceSpec, UpdateMask, settings};

/// Why a service cannot be as wished.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SpecError {
    /// An annotation of a namespace that belongs to the system.
    #[error("{key:?} is reserved: v2 has a field of its own for every annotation of {namespace}")]
    AnnotationReserved {
        /// `annotations` or `template.annotations`, or the same of labels.
        field: &'static str,
        /// The key.
        key: String,
        /// Its namespace.
        namespace: &'static str,
    },
    /// More annotations than their limit of bytes allows.
    #[error("annotations take {bytes} bytes, at most 262144 are allowed")]
    AnnotationsTooLarge {
        /// Which ones.
        field: &'static str,
        /// How many bytes keys and values take.
        bytes: usize,
    },
    /// More requests at once than an instance may be given.
    #[error("{found} requests at once: 0 (the default) to 1000 are allowed")]
    Concurrency {
        /// What was asked for.
        found: i32,
    },
    /// Not exactly one container.
    #[error("{found} containers: exactly one is needed")]
    ContainerCount {
        /// How many there are.
        found: usize,
    },
    /// An audience that no token could carry, or too many of them.
    #[error("custom audiences must be texts without spaces or control characters, 32768 bytes in all")]
    CustomAudience,
    /// The description is too long.
    #[error("{characters} characters: at most 512 are allowed")]
    DescriptionTooLong {
        /// How many it has.
        characters: usize,
    },
    /// An environment variable without a usable name.
    #[error("{name:?} is not a name for an environment variable, or is one that the platform sets")]
    EnvironmentName {
        /// The name.
        name: String,
    },
    /// The image cannot be served.
    #[error(transparent)]
    Image(ImageError),
    /// A label that breaks the rules for labels.
    #[error(
        "{key:?} is not a label: keys and values have at most 63 lower-case letters, digits, _ and -, and there are at most 64"
    )]
    Label {
        /// `labels` or `template.labels`.
        field: &'static str,
        /// The key.
        key: String,
    },
    /// A setting that exists in the API but is not served here yet.
    #[error("{field} is not supported yet")]
    NotYet {
        /// Its path in the API's spelling.
        field: String,
    },
    /// The runtime account is not an e-mail.
    #[error(transparent)]
    ServiceAccount(NameError),
    /// A request may not take that long.
    #[error("{} seconds: at most 3600 are allowed", found.as_secs())]
    TimeoutTooLong {
        /// What was asked for.
        found: Duration,
    },
}

impl SpecError {
    /// The path of the field, below the service, in the API's spelling.
    pub fn field(&self) -> &str {
        match self {
            Self::AnnotationReserved { field, .. }
            | Self::AnnotationsTooLarge { field, .. }
            | Self::Label { field, .. } => field,
            Self::Concurrency { .. } => "template.maxInstanceRequestConcurrency",
            Self::ContainerCount { .. } => "template.containers",
            Self::CustomAudience => "customAudiences",
            Self::DescriptionTooLong { .. } => "description",
            Self::EnvironmentName { .. } => "template.containers[0].env",
            Self::Image(_) => "template.containers[0].image",
            Self::NotYet { field } => field,
            Self::ServiceAccount(_) => "template.serviceAccount",
            Self::TimeoutTooLong { .. } => "template.timeout",
        }
    }
}

/// Refuses settings that are asked for but not served.
pub(crate) fn check_settings(spec: &ServiceSpec, mask: &UpdateMask) -> Result<(), SpecError> {
    let selected = spec.settings.iter().filter(|(path, _)| mask.selects_setting(path));
    selected.into_iter().try_for_each(|(path, value)| settings::check(path, value))
}

/// Checks the whole record and works out where its requests go.
pub(crate) fn check_record(record: &ServiceRecord) -> Result<BackendRecord, SpecError> {
    let characters = record.description.chars().count();
    if characters > 512 {
        return Err(SpecError::DescriptionTooLong { characters });
    }
    check_annotations("annotations", &record.annotations)?;
    check_labels("labels", &record.labels)?;
    check_audiences(&record.custom_audiences)?;
    check_template(&record.template)
}

/// The account that the template names; `None` for the project's default one.
pub(crate) fn runtime_account(template: &RevisionTemplate) -> Result<Option<Email>, SpecError> {
    match template.service_account.as_str() {
        "" => Ok(None),
        text => Email::parse_folded(text).map(Some).map_err(SpecError::ServiceAccount),
    }
}

fn check_template(template: &RevisionTemplate) -> Result<BackendRecord, SpecError> {
    check_annotations("template.annotations", &template.annotations)?;
    check_labels("template.labels", &template.labels)?;
    runtime_account(template)?;
    if let Some(found) = template.timeout.filter(|timeout| *timeout > LONGEST_TIMEOUT) {
        return Err(SpecError::TimeoutTooLong { found });
    }
    let found = template.max_instance_request_concurrency;
    if !(0..=1000).contains(&found) {
        return Err(SpecError::Concurrency { found });
    }
    let [container] = template.containers.as_slice() else {
        return Err(SpecError::ContainerCount { found: template.containers.len() });
    };
    for variable in &container.environment {
        let name = &variable.name;
        let taken = RESERVED_VARIABLES.contains(&name.as_str());
        if taken || name.is_empty() || name.len() > 32_768 || name.contains(['=', '\0']) {
            return Err(SpecError::EnvironmentName { name: name.chars().take(200).collect() });
        }
    }
    match Image::parse(&container.image).map_err(SpecError::Image)?.into_backend() {
        Backend::Address(target) => Ok(BackendRecord::Address(target.to_string())),
        Backend::BuiltIn(BuiltIn::Hello) => Ok(BackendRecord::Hello),
    }
}

fn check_annotations(field: &'static str, annotations: &BTreeMap<String, String>) -> Result<(), SpecError> {
    annotations.keys().try_for_each(|key| check_namespace(field, key))?;
    let bytes = annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
    if bytes > 256 * 1024 { Err(SpecError::AnnotationsTooLarge { field, bytes }) } else { Ok(()) }
}

fn check_labels(field: &'static str, labels: &BTreeMap<String, String>) -> Result<(), SpecError> {
    let word = |text: &str| {
        text.chars().count() <= 63
            && text.chars().all(|letter| {
                (letter.is_alphabetic() && !letter.is_uppercase())
                    || letter.is_numeric()
                    || "_-".contains(letter)
            })
    };
    for (at, (key, value)) in labels.iter().enumerate() {
        check_namespace(field, key)?;
        let begins = key.chars().next().is_some_and(char::is_alphabetic);
        if at >= 64 || !begins || !word(key) || !word(value) {
            return Err(SpecError::Label { field, key: key.chars().take(100).collect() });
        }
    }
    Ok(())
}

fn check_namespace(field: &'static str, key: &str) -> Result<(), SpecError> {
    let owner = key.split_once('/').map(|(namespace, _)| namespace);
    match RESERVED_NAMESPACES.into_iter().find(|namespace| owner == Some(namespace)) {
        Some(namespace) => {
            Err(SpecError::AnnotationReserved { field, key: key.chars().take(200).collect(), namespace })
        }
        None => Ok(()),
    }
}

fn check_audiences(audiences: &[String]) -> Result<(), SpecError> {
    let fit = |text: &String| {
        !text.is_empty() && !text.chars().any(|letter| letter.is_control() || letter.is_whitespace())
    };
    let bytes: usize = audiences.iter().map(String::len).sum();
    if bytes <= 32_768 && audiences.iter().all(fit) { Ok(()) } else { Err(SpecError::CustomAudience) }
}

const LONGEST_TIMEOUT: Duration = Duration::from_secs(3600);
const RESERVED_NAMESPACES: [&str; 4] =
    ["autoscaling.knative.dev", "cloud.googleapis.com", "run.googleapis.com", "serving.knative.dev"];
const RESERVED_VARIABLES: [&str; 4] = ["K_CONFIGURATION", "K_REVISION", "K_SERVICE", "PORT"];
