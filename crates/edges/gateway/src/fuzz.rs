//! What the fuzzer drives.

use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};

use crate::bearer::{Bearer, SIGNATURE_REMOVED};
use crate::headers::is_reserved;
use listen::Peer;

/// A credential is read or refused, what is passed on of it holds no signature, and no spelling of a reserved name
/// is let through.
///
/// # Panics
///
/// When that does not hold.
pub fn body(data: &[u8]) {
    let peer = Peer::Network(([127, 0, 0, 1], 1).into());
    if let Ok(name) = std::str::from_utf8(data)
        && name.to_ascii_lowercase().replace(['_', '.'], "-").starts_with("x-goog-")
    {
        assert!(is_reserved(name, &peer));
    }
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, value);
    let Ok(bearer) = Bearer::find(&headers) else { return };
    assert!(!bearer.token().is_empty() && !bearer.token().contains(' '));
    let passed = bearer.without_signature();
    assert!(passed.as_bytes().ends_with(SIGNATURE_REMOVED.as_bytes()));
    let signature = bearer.token().rsplit('.').next().unwrap_or_default();
    let text = String::from_utf8_lossy(passed.as_bytes());
    assert!(text.rsplit(['.', ' ']).next() == Some(SIGNATURE_REMOVED) || signature.is_empty());
}
