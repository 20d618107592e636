//! Bodies for fuzzers: any bytes give a value or a typed error, and what is asserted holds.

use crate::{
    Transcoder,
    google::cloud::run::v2::Service,
    json,
    rules::{Body, Found, Template},
};
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

/// Bodies: what is read as a message can be written, and reads back as the same.
pub fn body(data: &[u8]) {
    let Ok(message) = crate::transcoder::message(&update_service(), "", data) else { return };
    let Ok(json) = json::write(&message, json::Enums::Names) else { return };
    let again = json::read(&message.descriptor(), json).expect("our own JSON is valid");
    // Not compared field by field: NaN differs from itself.
    assert_eq!(prost::Message::encoded_len(&again), prost::Message::encoded_len(&message));
    let decoded: Result<Service, _> = prost::Message::decode(&prost::Message::encode_to_vec(&message)[..]);
    drop(decoded);
}

/// `UpdateService` by path, with its body turned into the whole message, so that every field can be reached.
fn update_service() -> Found<'static> {
    let path = "/v2/projects/demo/locations/europe-west1/services/hello";
    let found = Transcoder::rules().find(&http::Method::PATCH, "", path).expect("Cloud Run has this rule");
    debug_assert!(matches!(found.rule.body, Body::Field(_)));
    found
}
