//! E-mail addresses, as identities: exactly one `@`, ASCII, compared without regard to case.

use std::sync::Arc;

use crate::NameError;
use crate::text::text_name;

text_name!(
    /// An e-mail address that identifies a person, a group or an account. Exactly one `@`, printable ASCII without
    /// spaces, quotes, brackets or colons, at most 254 bytes, stored in lower case (threats C: `a@evil@corp`).
    Email, "e-mail", "LOCAL@DOMAIN in lower-case printable ASCII with exactly one @",
    is_email
);

impl Email {
    /// Parses after folding ASCII letters to lower case: what people type.
    pub fn parse_folded(text: &str) -> Result<Self, NameError> {
        Self::parse(&text.to_ascii_lowercase())
    }

    /// What stands before the `@`.
    pub fn local_part(&self) -> &str {
        self.as_str().split_once('@').map_or("", |(local, _)| local)
    }

    /// What stands after the `@`.
    pub fn domain(&self) -> &str {
        self.as_str().split_once('@').map_or("", |(_, domain)| domain)
    }
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let local_byte = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte)
    };
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && local.bytes().all(local_byte)
        && crate::HostName::parse(domain).is_ok()
        && domain.contains('.')
}
