//! The rules for a service (facts §2.5, §2.6).

use std::collections::BTreeMap;

use names::HostName;
use store::{ServiceRecord, ServiceScaling};

use crate::template::check_instances;
use crate::{ServiceSpec, SpecError, UpdateMask, settings};

/// Refuses settings that are asked for but not served.
pub(crate) fn check_settings(spec: &ServiceSpec, mask: &UpdateMask) -> Result<(), SpecError> {
    let selected = spec.settings.iter().filter(|(path, _)| mask.selects_setting(path));
    selected.into_iter().try_for_each(|(path, value)| settings::check(path, value))
}

/// Checks what is not the template's.
pub(crate) fn check_service(record: &ServiceRecord) -> Result<(), SpecError> {
    let characters = record.description.chars().count();
    if characters > 512 {
        return Err(SpecError::DescriptionTooLong { characters });
    }
    check_annotations("annotations", &record.annotations)?;
    check_labels("labels", &record.labels)?;
    check_audiences(&record.custom_audiences)?;
    record.scaling.as_ref().map_or(Ok(()), check_scaling)?;
    let bytes = serde_json::to_string(record).map_or(0, |json| json.len());
    if bytes > MOST_BYTES { Err(SpecError::TooLarge { bytes }) } else { Ok(()) }
}

pub(crate) fn check_annotations(
    field: &'static str,
    annotations: &BTreeMap<String, String>,
) -> Result<(), SpecError> {
    annotations.keys().try_for_each(|key| check_namespace(field, key))?;
    let bytes = annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
    if bytes > 256 * 1024 { Err(SpecError::AnnotationsTooLarge { field, bytes }) } else { Ok(()) }
}

pub(crate) fn check_labels(field: &'static str, labels: &BTreeMap<String, String>) -> Result<(), SpecError> {
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
        // A namespace in front is a domain: gcloud tells revisions apart by `client.knative.dev/nonce`.
        let (namespaced, name) = match key.split_once('/') {
            Some((namespace, name)) => (HostName::parse(namespace).is_ok(), name),
            None => (true, key.as_str()),
        };
        let begins = name.chars().next().is_some_and(char::is_alphabetic);
        if at >= 64 || !namespaced || !begins || !word(name) || !word(value) {
            return Err(SpecError::Label { field, key: key.chars().take(100).collect() });
        }
    }
    Ok(())
}

fn check_scaling(scaling: &ServiceScaling) -> Result<(), SpecError> {
    check_instances("scaling", scaling.min_instance_count, scaling.max_instance_count)?;
    match (scaling.scaling_mode.as_str(), scaling.manual_instance_count) {
        (_, Some(count)) if count < 0 => Err(SpecError::Scaling { field: "scaling" }),
        // No instances at all: the service would have to stop answering.
        ("MANUAL", None | Some(0)) => {
            Err(SpecError::NotYet { field: "scaling.manualInstanceCount".to_owned() })
        }
        _ => Ok(()),
    }
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

/// Of JSON. Every revision, every operation and every page of a listing holds what is in here.
const MOST_BYTES: usize = 1 << 20;
const RESERVED_NAMESPACES: [&str; 4] =
    ["autoscaling.knative.dev", "cloud.googleapis.com", "run.googleapis.com", "serving.knative.dev"];
