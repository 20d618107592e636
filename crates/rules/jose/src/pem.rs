//! PEM with one document (RFC 7468): a label, and base64 in lines of 64.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Why a text is not the PEM document that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// What stands between the lines is not base64.
    #[error("the body of the PEM document is not base64")]
    Body,
    /// The first and last line do not carry the expected label.
    #[error("the PEM document does not have the expected label")]
    Label,
    /// Longer than 64 KiB.
    #[error("the PEM document is too long")]
    TooLong,
}

/// Writes a document, ending with a line feed.
#[must_use]
pub fn encode(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut text = String::with_capacity(body.len() + body.len() / 64 + 2 * label.len() + 40);
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

/// Reads a text that holds exactly one document with this label, and white space around it.
///
/// # Errors
/// See [`PemError`].
pub fn decode(label: &str, text: &str) -> Result<Vec<u8>, PemError> {
    if text.len() > MAX_BYTES {
        return Err(PemError::TooLong);
    }
    let body = text
        .trim()
        .strip_prefix("-----BEGIN ")
        .and_then(|rest| rest.strip_prefix(label))
        .and_then(|rest| rest.strip_prefix("-----"))
        .and_then(|rest| rest.strip_suffix("-----"))
        .and_then(|rest| rest.strip_suffix(label))
        .and_then(|rest| rest.strip_suffix("-----END "))
        .ok_or(PemError::Label)?;
    let digits: Vec<u8> = body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(digits).map_err(|_| PemError::Body)
}

const MAX_BYTES: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 47, 48, 49, 300] {
            let der: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
            let text = encode("PUBLIC KEY", &der);
            assert!(text.lines().all(|line| line.len() <= 64));
            assert_eq!(decode("PUBLIC KEY", &text), Ok(der));
        }
    }

    #[test]
    fn label_and_body_are_checked() {
        let text = encode("PUBLIC KEY", b"key");
        assert_eq!(decode("PRIVATE KEY", &text), Err(PemError::Label));
        assert_eq!(decode("PUBLIC KEY", &format!("{text}{text}")), Err(PemError::Body));
        assert_eq!(decode("PUBLIC KEY", &text.replace("a2V5", "a2V*")), Err(PemError::Body));
        assert_eq!(decode("PUBLIC KEY", "-----BEGIN PUBLIC KEY-----"), Err(PemError::Label));
        assert_eq!(decode("PUBLIC KEY", &" ".repeat(70_000)), Err(PemError::TooLong));
    }
}
