//! Single-segment names: one text, one rule each.

use std::sync::Arc;

/// Why a text is not a name: the field, what was found (at most 80 characters of it) and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is not valid: found \"{found}\", expected {expected}")]
pub struct NameError {
    /// The kind of name, in the field's words, such as `project ID`.
    pub field: &'static str,
    /// The text that was given, cut to 80 characters, control characters escaped.
    pub found: String,
    /// The rule, in words.
    pub expected: &'static str,
}

impl NameError {
    pub(crate) fn new(field: &'static str, found: &str, expected: &'static str) -> Self {
        let found = found.chars().take(80).flat_map(char::escape_default).collect();
        Self { field, found, expected }
    }
}

/// Declares a name of one segment: a cheap-clone text that only `parse` can make.
macro_rules! text_name {
    ($(#[$doc:meta])* $name:ident, $field:literal, $expected:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses the name; see the type for the rule.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) { Ok(Self(text.into())) } else { Err(NameError::new($field, text, $expected)) }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        $crate::text::text_traits!($name);
    };
}
pub(crate) use text_name;

/// What every parsed text can do: print, debug-print as its text, convert to and from a string.
macro_rules! text_traits {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "{}({})", stringify!($name), self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::NameError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::NameError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.as_str().to_owned()
            }
        }
    };
}
pub(crate) use text_traits;

/// `true` when the text is `[first][rest]*[last]` within the length bounds, in ASCII.
pub(crate) fn is_label(text: &str, length: std::ops::RangeInclusive<usize>, rest: fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    length.contains(&bytes.len())
        && bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.last().is_some_and(|last| *last != b'-')
        && bytes.iter().all(|byte| rest(*byte))
}

fn lower_digit_hyphen(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

text_name!(
    /// A region such as `us-central1`: `[a-z][a-z0-9-]{0,61}[a-z0-9]`; or `global`.
    Location, "location", "a region such as us-central1 (lower-case letters, digits and hyphens)",
    |text| is_label(text, 1..=63, lower_digit_hyphen)
);
text_name!(
    /// A Cloud Run service ID: starts with a letter, lower-case letters, digits and hyphens, at most 49 characters
    /// (Cloud Run v2, `CreateServiceRequest.service_id`). Three hyphens end the tag in a host name (facts §2.3), so that
    /// it has none of its own: what is before them is a tag, and no service can have the host of a tag of another.
    ServiceId, "service ID", "1 to 49 lower-case letters, digits and hyphens, never three hyphens in a row, starting with a letter and not ending with a hyphen",
    |text| is_label(text, 1..=49, lower_digit_hyphen) && !text.contains("---")
);
text_name!(
    /// The ID of a revision of a Cloud Run service: as a service ID, with at most 63 characters (facts §2.5).
    RevisionId, "revision ID", "1 to 63 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen",
    |text| is_label(text, 1..=63, lower_digit_hyphen)
);
text_name!(
    /// A tag of a traffic target: begins the host name at which one revision is reached (facts §2.3). Three hyphens
    /// end it there, so that it has none of its own.
    TrafficTag, "tag", "1 to 59 lower-case letters, digits and single hyphens, starting with a letter and not ending with a hyphen",
    |text| is_label(text, 1..=59, lower_digit_hyphen) && !text.contains("---")
);
text_name!(
    /// The ID of a function: `[A-Za-z]([-_A-Za-z0-9]{0,61}[A-Za-z0-9])?` (clients: gcloud). It is the first segment of
    /// the path at which the function is called, so that upper and lower case differ.
    FunctionId, "function ID", "1 to 63 letters, digits, hyphens and underscores, starting with a letter and ending with a letter or digit",
    |text| {
        let bytes = text.as_bytes();
        (1..=63).contains(&bytes.len())
            && bytes.first().is_some_and(u8::is_ascii_alphabetic)
            && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_')
    }
);
text_name!(
    /// A service account's short ID: `[a-z]([-a-z0-9]*[a-z0-9])`, 6 to 30 characters (facts §4.1).
    AccountId, "service account ID", "6 to 30 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen",
    |text| is_label(text, 6..=30, lower_digit_hyphen)
);
text_name!(
    /// A Cloud Scheduler job ID: `[A-Za-z0-9_-]{1,500}` (facts §7.2).
    JobId, "job ID", "1 to 500 letters, digits, hyphens and underscores",
    |text| (1..=500).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
);
text_name!(
    /// The ID of a long-running operation: letters, digits and hyphens, at most 128 characters.
    OperationId, "operation ID", "1 to 128 letters, digits and hyphens",
    |text| (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
);
text_name!(
    /// The ID of a signing key: 40 lower-case hexadecimal digits (facts §3.1, §4.2).
    KeyId, "key ID", "40 lower-case hexadecimal digits",
    |text| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
);
text_name!(
    /// The numeric ID of an account or a person: up to 21 digits (facts §4.1).
    UniqueId, "unique ID", "1 to 21 digits",
    |text| (1..=21).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
);
text_name!(
    /// What a resource is under every name it ever has: letters, digits and hyphens, at most 64 characters.
    /// A resource made anew under an old name has another uid.
    Uid, "uid", "1 to 64 letters, digits and hyphens",
    |text| (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
);
text_name!(
    /// A permission such as `run.routes.invoke`: `service.resource.verb`, or
    /// `service.domain/resource.verb` as in `iam.googleapis.com/workloadIdentityPools.get`.
    PermissionName, "permission", "service.resource.verb, such as run.routes.invoke",
    |text| text.len() <= 200 && text.split('.').count() >= 3 && text.matches('/').count() <= 1
        && text.split(['.', '/']).all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
);

impl Uid {
    /// A new uid out of 16 random bytes, in the shape of a random UUID (RFC 9562 §5.4).
    pub fn draw(fill: impl FnOnce(&mut [u8])) -> Self {
        let mut bytes = [0; 16];
        fill(&mut bytes);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
        Self(parts.join("-").into())
    }
}

impl UniqueId {
    /// A new numeric ID out of 16 random bytes: 21 digits, the first a 1 (facts §4.1).
    pub fn draw(fill: impl FnOnce(&mut [u8])) -> Self {
        let mut bytes = [0; 16];
        fill(&mut bytes);
        Self(format!("1{:020}", u128::from_le_bytes(bytes) % 10_u128.pow(20)).into())
    }
}
