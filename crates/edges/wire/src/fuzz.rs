//! Bodies for fuzzers: any bytes give a value or a typed error, and what is asserted holds.

use crate::{
    Transcoder,
    google::cloud::run::v2::UpdateServiceRequest,
    json,
    rules::{Found, Template},
};
use prost::Message;
use prost_reflect::ReflectMessage;

/// Path templates: what parses is written back as it was read.
pub fn template(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(template) = text.parse::<Template>() {
        assert_eq!(template.to_string(), text);
        for variable in &template.variables {
            assert!(variable.segments.end <= template.segments.len());
        }
    }
}

/// Request paths: an answer names as many variables as its template has.
pub fn path(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for verb in [http::Method::GET, http::Method::POST, http::Method::PATCH] {
        if let Some(method) = Transcoder::unserved().find(&verb, &text, &text) {
            assert!(crate::pool().get_service_by_name(method).is_none());
        }
        if let Ok(found) = Transcoder::rules().find(&verb, &text, &text) {
            assert_eq!(found.variables.len(), found.rule.template.variables.len());
        }
    }
}

/// Queries, against a method whose request has every kind of field.
pub fn query(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _ = crate::transcoder::message(&update_service(), &text, b"");
}

/// Bodies: what is read can be decoded on the other side and written as JSON, and that reads back as the same.
pub fn body(data: &[u8]) {
    let Ok(message) = crate::transcoder::message(&update_service(), "", data) else { return };
    UpdateServiceRequest::decode(&message.encode_to_vec()[..])
        .expect("nesting is bounded below the decoder's limit");
    let Ok(json) = json::write(&message, json::Enums::Names) else { return };
    let again = json::read(&message.descriptor(), json).expect("our own JSON is valid");
    // Not compared field by field: NaN differs from itself.
    assert_eq!(again.encoded_len(), message.encoded_len());
}

fn update_service() -> Found<'static> {
    let path = "/v2/projects/demo/locations/europe-west1/services/hello";
    Transcoder::rules().find(&http::Method::PATCH, "", path).expect("Cloud Run has this rule")
}
