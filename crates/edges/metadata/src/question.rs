//! What is asked: a path and its options.

use std::time::Duration;

use percent_encoding::percent_decode_str;

/// A request target, read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Question {
    /// The path between its slashes, decoded.
    pub segments: Vec<String>,
    /// Whether a directory is meant.
    pub ends_with_slash: bool,
    pub options: Options,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Options {
    pub alt: Option<Alt>,
    pub audience: Option<String>,
    pub recursive: bool,
    /// Those that are asked for by name.
    pub scopes: Vec<String>,
    pub wait: Option<Wait>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Alt {
    Json,
    Text,
}

/// Until when an answer is held back (facts §6.2).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Wait {
    /// What the client has already.
    pub last_etag: Option<String>,
    pub at_most: Option<Duration>,
}

/// Why a target cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("the path cannot be decoded")]
    Path,
    #[error("{name} is given twice")]
    Repeated { name: &'static str },
    #[error("{name} has to be {expected}")]
    Value { name: &'static str, expected: &'static str },
}

impl Question {
    /// Reads path and query. What is no option here is ignored, as at Google's.
    pub(crate) fn parse(path: &str, query: Option<&str>) -> Result<Self, Unreadable> {
        let inner = path.strip_prefix('/').ok_or(Unreadable::Path)?;
        let (inner, ends_with_slash) = match inner.strip_suffix('/') {
            Some(inner) => (inner, true),
            None => (inner, inner.is_empty()),
        };
        let mut segments = Vec::new();
        if !inner.is_empty() {
            for segment in inner.split('/') {
                let decoded = percent_decode_str(segment).decode_utf8().map_err(|_| Unreadable::Path)?;
                segments.push(decoded.into_owned());
            }
        }
        Ok(Self { segments, ends_with_slash, options: Options::parse(query.unwrap_or_default())? })
    }
}

impl Options {
    fn parse(query: &str) -> Result<Self, Unreadable> {
        let mut given: [Option<String>; NAMES.len()] = Default::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let Some(place) = NAMES.iter().position(|known| *known == name) else { continue };
            if given[place].replace(value.into_owned()).is_some() {
                return Err(Unreadable::Repeated { name: NAMES[place] });
            }
        }
        let [alt, audience, format, last_etag, licenses, recursive, scopes, timeout, wait] = given;
        one_of("format", format, &[("standard", ()), ("full", ())])?;
        one_of("licenses", licenses, &TRUTHS)?;
        let at_most = timeout.map(|seconds| seconds.parse().map(Duration::from_secs)).transpose();
        let at_most = at_most
            .map_err(|_| Unreadable::Value { name: "timeout_sec", expected: "a number of seconds" })?;
        let waits = one_of("wait_for_change", wait, &TRUTHS)?.unwrap_or(false);
        Ok(Self {
            alt: one_of("alt", alt, &[("json", Alt::Json), ("text", Alt::Text)])?,
            audience: audience.filter(|audience| !audience.is_empty()),
            recursive: one_of("recursive", recursive, &TRUTHS)?.unwrap_or(false),
            scopes: scopes
                .iter()
                .flat_map(|scopes| scopes.split(','))
                .map(str::trim)
                .filter(|scope| !scope.is_empty())
                .map(str::to_owned)
                .collect(),
            wait: waits.then_some(Wait { last_etag, at_most }),
        })
    }
}

/// The value that a text stands for, in capitals or not.
fn one_of<T: Copy>(
    name: &'static str,
    given: Option<String>,
    known: &[(&'static str, T)],
) -> Result<Option<T>, Unreadable> {
    let Some(given) = given else { return Ok(None) };
    match known.iter().find(|(text, _)| given.eq_ignore_ascii_case(text)) {
        Some((_, value)) => Ok(Some(*value)),
        None => Err(Unreadable::Value { name, expected: known.first().map_or("", |(text, _)| text) }),
    }
}

/// In the order in which they are taken apart.
const NAMES: [&str; 9] = [
    "alt",
    "audience",
    "format",
    "last_etag",
    "licenses",
    "recursive",
    "scopes",
    "timeout_sec",
    "wait_for_change",
];
const TRUTHS: [(&str, bool); 2] = [("true", true), ("false", false)];

#[cfg(test)]
mod tests {
    use super::*;

    fn options(query: &str) -> Result<Options, Unreadable> {
        Question::parse("/", Some(query)).map(|question| question.options)
    }

    #[test]
    fn a_path_is_its_decoded_segments() {
        for (path, segments, ends_with_slash) in [
            ("/", &[][..], true),
            ("/computeMetadata/v1/", &["computeMetadata", "v1"], true),
            ("/a/b", &["a", "b"], false),
            ("/sa%40demo/email", &["sa@demo", "email"], false),
            ("//a", &["", "a"], false),
        ] {
            let question = Question::parse(path, None).unwrap();
            assert_eq!(
                (&question.segments[..], question.ends_with_slash),
                (&segments.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()[..], ends_with_slash),
                "{path}"
            );
        }
        assert_eq!(Question::parse("/%ff", None), Err(Unreadable::Path));
        assert_eq!(Question::parse("*", None), Err(Unreadable::Path));
    }

    #[test]
    fn an_audience_is_read_escaped_and_unescaped() {
        let audience = Some("https://hello.example/a".to_owned());
        assert_eq!(options("audience=https://hello.example/a&format=full").unwrap().audience, audience);
        assert_eq!(
            options("audience=https%3A%2F%2Fhello.example%2Fa&licenses=FALSE").unwrap().audience,
            audience
        );
        assert_eq!(options("audience=").unwrap().audience, None);
    }

    #[test]
    fn scopes_stand_between_commas() {
        assert_eq!(options("scopes=a,b,").unwrap().scopes, ["a", "b"]);
        assert!(options("scopes=").unwrap().scopes.is_empty());
    }

    #[test]
    fn what_is_asked_twice_or_has_no_such_value_is_refused() {
        for query in [
            "audience=a&audience=b",
            "format=long",
            "licenses=perhaps",
            "recursive=1",
            "alt=xml",
            "wait_for_change=yes",
            "timeout_sec=-1",
            "timeout_sec=soon",
        ] {
            assert!(options(query).is_err(), "{query}");
        }
        assert_eq!(options("license=TRUE&other=1&other=2"), Ok(Options::default()));
    }
}
