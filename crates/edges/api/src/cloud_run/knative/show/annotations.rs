//! The annotations of a service.

use std::collections::BTreeMap;

use run::{ServiceScaling, ServiceView};
use serde_json::json;

use crate::cloud_run::knative::keys;
use crate::cloud_run::message::shown;

/// What v2 has fields for, and what only the server says.
pub(super) fn annotations(view: &ServiceView) -> BTreeMap<String, String> {
    let record = &view.record;
    let mut annotations = record.annotations.clone();
    annotations.extend(record.kept_annotations.clone());
    let mut say = |key: &str, value: String| drop(annotations.insert(key.to_owned(), value));
    say(keys::CREATOR, shown(&record.creator));
    say(keys::LAST_MODIFIER, shown(&record.last_modifier));
    let ingress = word(&keys::INGRESSES, &record.ingress).unwrap_or_default();
    say(keys::INGRESS, ingress.clone());
    say(keys::INGRESS_STATUS, ingress);
    if !view.urls.is_empty() {
        say(keys::URLS, json!(view.urls).to_string());
    }
    if !record.custom_audiences.is_empty() {
        say(keys::CUSTOM_AUDIENCES, json!(record.custom_audiences).to_string());
    }
    for (key, on) in [
        (keys::DEFAULT_URL_DISABLED, record.default_uri_disabled),
        (keys::INVOKER_IAM_DISABLED, record.invoker_iam_disabled),
    ] {
        if on {
            say(key, "true".to_owned());
        }
    }
    for (key, text) in [
        (keys::CLIENT_NAME, &record.client),
        (keys::CLIENT_VERSION, &record.client_version),
        (keys::DESCRIPTION, &record.description),
        (keys::LAUNCH_STAGE, &record.launch_stage),
    ] {
        if !text.is_empty() {
            say(key, text.clone());
        }
    }
    let ServiceScaling { min_instance_count, max_instance_count, scaling_mode, manual_instance_count } =
        record.scaling.clone().unwrap_or_default();
    for (key, count) in [
        (keys::MIN_INSTANCES, Some(min_instance_count).filter(|count| *count != 0)),
        (keys::MAX_INSTANCES, Some(max_instance_count).filter(|count| *count != 0)),
        (keys::MANUAL_INSTANCE_COUNT, manual_instance_count),
    ] {
        if let Some(count) = count {
            say(key, count.to_string());
        }
    }
    if let Some(word) = word(&keys::SCALING_MODES, &scaling_mode.as_str()) {
        say(keys::SCALING_MODE, word);
    }
    annotations
}

/// The word of an annotation for what it stands for.
pub(super) fn word<T: PartialEq>(words: &[(&str, T)], meaning: &T) -> Option<String> {
    words.iter().find(|(_, found)| found == meaning).map(|(word, _)| (*word).to_owned())
}
