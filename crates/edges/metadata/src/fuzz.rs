//! What the fuzzer drives.

use crate::door::is_ours;
use crate::question::Question;

/// Any target is a question or refused, and any host is ours only if it is one of few.
///
/// # Panics
///
/// When that does not hold.
pub fn body(data: &[u8]) {
    let own = ([127, 0, 0, 1], 4711).into();
    if is_ours(data, own) {
        let host = String::from_utf8_lossy(data).to_ascii_lowercase();
        let is_address =
            host.starts_with("127.") || host.starts_with('[') || host.starts_with("169.254.169.254");
        assert!(is_address || host.starts_with("metadata"), "{host}");
        assert!(!host.contains(['@', '/', '?', '#', ' ']), "{host}");
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (path, query) = text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)));
    let Ok(question) = Question::parse(path, query) else { return };
    assert!(path.starts_with('/') && question.segments.len() <= path.len());
    assert!(question.options.audience.as_deref() != Some(""));
    assert!(question.options.scopes.iter().all(|scope| !scope.is_empty() && !scope.contains(',')));
}
