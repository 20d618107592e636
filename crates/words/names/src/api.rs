//! What APIs are called where projects switch them on and off.

use std::sync::Arc;

use crate::NameError;
use crate::text::text_name;

text_name!(
    /// The name of an API, such as `run.googleapis.com`: the same in every universe. At most 100 characters.
    ApiName, "API name", "a host name in lower case, such as run.googleapis.com",
    is_api_name
);

fn is_api_name(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let part = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(known)
    };
    text.len() <= 100 && text.contains('.') && text.split('.').all(part)
}

impl ApiName {
    /// The API whose host at Google begins with this label, such as `run`.
    pub fn of_host_label(label: &str) -> Option<Self> {
        Self::parse(&format!("{label}.googleapis.com")).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_is_named_by_its_host() {
        assert_eq!(ApiName::of_host_label("run"), ApiName::parse("run.googleapis.com").ok());
        assert_eq!(ApiName::of_host_label(""), None);
        for not in
            ["", "run", "Run.googleapis.com", "run..com", ".run.com", "run.com/", "a.b c", &"a.".repeat(60)]
        {
            assert!(ApiName::parse(not).is_err(), "{not}");
        }
    }
}
