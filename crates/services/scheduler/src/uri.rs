//! The URI of a target.

use outbound::{Url, UrlError};

/// Why a text is not a URI that can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Empty.
    #[error("the URI is empty; expected http:// or https://")]
    Empty,
    /// Not one that can be called.
    #[error(transparent)]
    Malformed(#[from] UrlError),
    /// Longer than 2083 bytes.
    #[error("the URI has {found_bytes} bytes once encoded, at most {MAX_BYTES} are allowed")]
    TooLong {
        /// Its length once encoded.
        found_bytes: usize,
    },
}

/// The URI as it is sent: what may not stand in a path or query is percent-encoded, a fragment is cut off.
///
/// # Errors
///
/// What is not an absolute `http` or `https` URI that `outbound` calls, or is longer than 2083 bytes once encoded
/// (Cloud Scheduler v1, `HttpTarget.uri`).
pub(crate) fn encode(text: &str) -> Result<String, UriError> {
    if text.is_empty() {
        return Err(UriError::Empty);
    }
    let text = text.split('#').next().unwrap_or_default();
    let authority_begins = text.find("://").map_or(0, |at| at + 3);
    let authority_ends =
        text[authority_begins..].find(['/', '?']).map_or(text.len(), |at| authority_begins + at);
    let (authority, path) = text.split_at(authority_ends);
    let mut encoded = authority.to_owned();
    let bytes = path.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'%' if is_escape(&bytes[at..]) => encoded.push('%'),
            b'"' | b'%' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                escape(*byte, &mut encoded)
            }
            0x21..=0x7e => encoded.push(char::from(*byte)),
            _ => escape(*byte, &mut encoded),
        }
    }
    if encoded.len() > MAX_BYTES {
        return Err(UriError::TooLong { found_bytes: encoded.len() });
    }
    encoded.parse::<Url>()?;
    Ok(encoded)
}

fn is_escape(bytes: &[u8]) -> bool {
    bytes.get(1..3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

fn escape(byte: u8, encoded: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    encoded.push('%');
    encoded.push(char::from(DIGITS[usize::from(byte >> 4)]));
    encoded.push(char::from(DIGITS[usize::from(byte & 15)]));
}

/// The longest URI, once encoded.
pub(crate) const MAX_BYTES: usize = 2083;

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://example.com", "https://example.com")]
    #[case("HTTP://example.com:8080/a?b=c", "HTTP://example.com:8080/a?b=c")]
    #[case("http://[::1]:3000/", "http://[::1]:3000/")]
    #[case("https://example.com/a b/ü#part", "https://example.com/a%20b/%C3%BC")]
    #[case("https://example.com/%2f", "https://example.com/%2f")]
    #[case("https://example.com/100%", "https://example.com/100%25")]
    #[case("https://example.com/a@b?c@d", "https://example.com/a@b?c@d")]
    fn uris_are_sent_encoded_and_without_fragment(#[case] written: &str, #[case] sent: &str) {
        assert_eq!(encode(written).as_deref(), Ok(sent));
    }

    #[rstest]
    #[case("", UriError::Empty)]
    #[case("example.com/a", UriError::Malformed(UrlError::Scheme))]
    #[case("ftp://example.com/", UriError::Malformed(UrlError::Scheme))]
    #[case("https:///path", UriError::Malformed(UrlError::Host))]
    #[case("https://", UriError::Malformed(UrlError::Host))]
    #[case("https://ada:secret@example.com/", UriError::Malformed(UrlError::UserInfo))]
    #[case("https://good.example@evil.example/", UriError::Malformed(UrlError::UserInfo))]
    #[case("https://exa mple.com/", UriError::Malformed(UrlError::Character { at: 11 }))]
    #[case("https://example.com:/", UriError::Malformed(UrlError::Port))]
    #[case("https://example.com:99999/", UriError::Malformed(UrlError::Port))]
    fn what_cannot_be_called_is_refused(#[case] written: &str, #[case] error: UriError) {
        assert_eq!(encode(written), Err(error));
    }

    #[test]
    fn the_length_counts_once_encoded() {
        let longest = format!("https://example.com/{}", "a".repeat(MAX_BYTES - 20));
        assert_eq!(encode(&longest).as_deref(), Ok(longest.as_str()));
        assert_eq!(encode(&format!("{longest}a")), Err(UriError::TooLong { found_bytes: 2084 }));
        let spaces = format!("https://example.com/{}", " ".repeat(700));
        assert_eq!(encode(&spaces), Err(UriError::TooLong { found_bytes: 2120 }));
    }
}
