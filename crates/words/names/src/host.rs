//! Host names, folded once.

use std::sync::Arc;

use crate::NameError;
use crate::text::text_name;

text_name!(
    /// A DNS host name in lower case, without port and without trailing dot: labels of 1 to 63 letters, digits,
    /// hyphens and underscores, 253 bytes in all (RFC 1123 §2.1). An IPv4 literal fits; IPv6 literals do not.
    HostName, "host name", "DNS labels of lower-case letters, digits and hyphens",
    is_host
);

fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
            })
    };
    (1..=253).contains(&text.len()) && text.split('.').all(label)
}
