//! Bodies for fuzzing: they take any bytes and panic only when a promise is broken.

use crate::{
    authenticate, cloud_functions, cloud_run, deadline, logging::place_of_key, pages::Pages,
    resource_manager::ProjectFilter,
};

/// Headers of a request: timeouts and credentials.
pub fn headers(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(span) = deadline::grpc_timeout(&text) {
        assert!(span.as_secs() <= 99_999_999 * 3600);
    }
    if let Some(span) = deadline::server_timeout(&text) {
        assert!(span.as_secs() <= 1_000_000_000);
    }
    if let Ok(value) = http::HeaderValue::from_bytes(data) {
        let headers = http::HeaderMap::from_iter([(http::header::AUTHORIZATION, value)]);
        if let Ok(token) = authenticate::bearer(&headers) {
            assert!(!token.is_empty() && !token.contains(' '));
        }
    }
}

/// Page tokens: what is read is what was written, for the same listing.
pub fn page_tokens(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let pages = Pages::of("List", &["parent"]);
    if let Ok(Some(key)) = pages.after(&text) {
        assert_eq!(pages.after(&pages.token(Some(&key))), Ok(Some(key)));
    }
    if text.len() < 2048 {
        assert_eq!(pages.after(&pages.token(Some(&text))), Ok(Some(text.into_owned())));
    }
}

/// Places of log entries in page tokens: read, or refused.
pub fn log_places(data: &[u8]) {
    if let Some(place) = place_of_key(&String::from_utf8_lossy(data)) {
        assert!(place.insert_id.len() <= data.len());
    }
}

/// Selectors of Knative's objects: one is the same with space around it.
pub fn label_selectors(data: &[u8]) {
    cloud_run::fuzz_selector(data);
}

/// Filters of functions, their runtimes and operations: one is the same when it is written out again.
pub fn function_filters(data: &[u8]) {
    cloud_functions::fuzz_filters(data);
}

/// Filters of projects: a filter, or a refusal of the field that it came in.
pub fn project_filters(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Err(problem) = ProjectFilter::parse("filter", &text) {
        assert_eq!(problem.violations[0].field, "filter");
        assert!(!text.trim().is_empty(), "an empty filter wants everything");
    }
}
