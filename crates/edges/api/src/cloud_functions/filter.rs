//! What clients ask of listings: `environment="GEN_2"`, `name=nodejs24 AND environment=GEN_1` (clients: gcloud).

use wire::google::cloud::functions::v2::Environment;

/// What is to be listed; everything where nothing is said.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Filter {
    /// Of one generation only.
    pub environment: Option<Environment>,
    /// Of one name only.
    pub name: Option<String>,
}

impl Filter {
    /// Reads `FIELD=VALUE`, joined by `AND`. `None` for anything else, a field that is there twice included.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut filter = Self::default();
        if text.trim().is_empty() {
            return Some(filter);
        }
        for term in text.split(" AND ") {
            let (field, value) = term.split_once('=')?;
            let value = value.trim();
            let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
            if value.is_empty() || value.contains(['"', '\\', ' ']) {
                return None;
            }
            match field.trim() {
                "environment" if filter.environment.is_none() => {
                    filter.environment = Some(Environment::from_str_name(value)?);
                }
                "name" if filter.name.is_none() => filter.name = Some(value.to_owned()),
                _ => return None,
            }
        }
        Some(filter)
    }
}

/// Any text is a filter or none, and one that is written out again is the same.
pub(crate) fn fuzz(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(Filter { environment, name }) = Filter::parse(text) else { return };
    let terms = [
        environment.map(|environment| format!("environment={}", environment.as_str_name())),
        name.as_ref().map(|name| format!("name=\"{name}\"")),
    ];
    let again: Vec<String> = terms.into_iter().flatten().collect();
    assert_eq!(Filter::parse(&again.join(" AND ")), Some(Filter { environment, name }), "{text:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_of_gcloud_are_read_and_no_others() {
        let of =
            |environment, name: Option<&str>| Some(Filter { environment, name: name.map(str::to_owned) });
        for (text, read) in [
            ("", of(None, None)),
            ("environment=\"GEN_2\"", of(Some(Environment::Gen2), None)),
            ("name=nodejs24 AND environment=GEN_1", of(Some(Environment::Gen1), Some("nodejs24"))),
            ("environment = GEN_1", of(Some(Environment::Gen1), None)),
            ("environment=GEN_3", None),
            ("environment=GEN_1 AND environment=GEN_2", None),
            ("environment=GEN_1 OR name=x", None),
            ("name:nodejs", None),
            ("state=ACTIVE", None),
            ("name=", None),
            ("name=\"", None),
            (" AND ", None),
        ] {
            assert_eq!(Filter::parse(text), read, "{text}");
        }
    }
}
