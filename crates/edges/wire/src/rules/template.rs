//! The grammar of paths (`google/api/http.proto`):
//!
//! ```text
//! Template = "/" Segments [ Verb ] ;
//! Segments = Segment { "/" Segment } ;
//! Segment  = "*" | "**" | LITERAL | Variable ;
//! Variable = "{" FieldPath [ "=" Segments ] "}" ;
//! Verb     = ":" LITERAL ;
//! ```

use percent_encoding::percent_decode_str;
use std::{borrow::Cow, fmt, ops::Range, str::FromStr};

/// A parsed path template.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Template {
    text: String,
    /// What a path consists of, variables dissolved.
    pub segments: Vec<Segment>,
    /// What stands after the last colon: `getIamPolicy`.
    pub verb: Option<String>,
    /// Which segments make which field.
    pub variables: Vec<Variable>,
}

/// One part of a path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Segment {
    /// `*`: any one segment that is not empty.
    Any,
    /// This text.
    Literal(String),
    /// `**`: one segment or more. Last only. The grammar would allow none; no method means that, and `/v3/operations`
    /// must not be an operation without a name.
    Rest,
}

/// A field that is set from the path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Variable {
    /// `name`, `job.name`.
    pub field: String,
    /// Index of its first segment and of the one behind its last.
    pub segments: Range<usize>,
}

/// What is wrong with a template.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TemplateError {
    /// Two slashes in a row, a slash at the end, an empty literal, field or verb.
    #[error("something is empty")]
    Empty,
    /// It does not begin with a slash.
    #[error("no slash at the beginning")]
    NoSlash,
    /// A variable within a variable.
    #[error("a variable within a variable")]
    Nested,
    /// Something follows `**`.
    #[error("something follows **")]
    RestNotLast,
    /// A brace without its counterpart, or text next to a variable within one segment.
    #[error("a brace that does not fit")]
    Unbalanced,
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let path = text.strip_prefix('/').ok_or(TemplateError::NoSlash)?;
        // A colon inside braces belongs to a literal, as far as the grammar knows; no template has one.
        let after_variables = path.rfind('}').map_or(0, |end| end + 1);
        let (path, verb) = match path[after_variables..].rfind(':') {
            Some(colon) => (&path[..after_variables + colon], Some(&path[after_variables + colon + 1..])),
            None => (path, None),
        };
        let mut template = Self {
            text: text.to_owned(),
            segments: Vec::new(),
            verb: verb.map(literal).transpose()?,
            variables: Vec::new(),
        };
        let mut rest = path;
        loop {
            rest = match rest.strip_prefix('{') {
                Some(variable) => {
                    let (variable, rest) = variable.split_once('}').ok_or(TemplateError::Unbalanced)?;
                    template.variable(variable)?;
                    rest
                }
                None => {
                    let end = rest.find('/').unwrap_or(rest.len());
                    template.segment(&rest[..end])?;
                    &rest[end..]
                }
            };
            if rest.is_empty() {
                break;
            }
            rest = rest.strip_prefix('/').ok_or(TemplateError::Unbalanced)?;
        }
        let last = template.segments.len() - 1;
        match template.segments.iter().position(|segment| *segment == Segment::Rest) {
            Some(index) if index != last => Err(TemplateError::RestNotLast),
            Some(_) | None => Ok(template),
        }
    }
}

impl Template {
    /// The values of the variables in a path that matches. `path` has the raw segments, more than the template where that
    /// ends in `**`.
    ///
    /// Percent-encoding: within a variable of several segments `%2F` stays as it is, so that an encoded slash cannot pose
    /// as a separator; within one segment everything is decoded (`google/api/http.proto`).
    pub(super) fn bind(&self, path: &[&str]) -> Vec<(&str, String)> {
        let value = |variable: &Variable| {
            let reaches_end = variable.segments.end == self.segments.len();
            let end = if reaches_end { path.len() } else { variable.segments.end };
            let segments = path.get(variable.segments.start..end).unwrap_or_default();
            let several = self.segments[variable.segments.clone()] != [Segment::Any];
            let decoded: Vec<_> = segments.iter().map(|segment| decode(segment, several)).collect();
            decoded.join("/")
        };
        self.variables.iter().map(|variable| (variable.field.as_str(), value(variable))).collect()
    }

    fn variable(&mut self, text: &str) -> Result<(), TemplateError> {
        let (field, segments) = text.split_once('=').unwrap_or((text, "*"));
        if field.is_empty() || field.split('.').any(str::is_empty) {
            return Err(TemplateError::Empty);
        }
        if segments.contains('{') {
            return Err(TemplateError::Nested);
        }
        let start = self.segments.len();
        for segment in segments.split('/') {
            self.segment(segment)?;
        }
        self.variables.push(Variable { field: field.to_owned(), segments: start..self.segments.len() });
        Ok(())
    }

    fn segment(&mut self, text: &str) -> Result<(), TemplateError> {
        self.segments.push(match text {
            "*" => Segment::Any,
            "**" => Segment::Rest,
            text => Segment::Literal(literal(text)?),
        });
        Ok(())
    }
}

impl fmt::Display for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// A segment's text; `several` says that it is one of several of a variable.
pub(super) fn decode(segment: &str, several: bool) -> Cow<'_, str> {
    if !segment.contains('%') {
        return Cow::Borrowed(segment);
    }
    if !several {
        return Cow::Owned(percent_decode_str(segment).decode_utf8_lossy().into_owned());
    }
    let mut decoded = String::with_capacity(segment.len());
    for (index, part) in segment.split("%2F").enumerate() {
        if index > 0 {
            decoded.push_str("%2F");
        }
        for (index, part) in part.split("%2f").enumerate() {
            if index > 0 {
                decoded.push_str("%2f");
            }
            decoded.push_str(&percent_decode_str(part).decode_utf8_lossy());
        }
    }
    Cow::Owned(decoded)
}

fn literal(text: &str) -> Result<String, TemplateError> {
    match text {
        "" => Err(TemplateError::Empty),
        text if text.contains(['{', '}']) => Err(TemplateError::Unbalanced),
        text => Ok(text.to_owned()),
    }
}
