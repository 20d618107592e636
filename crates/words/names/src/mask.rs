use std::fmt;

/// Which fields an update writes (facts §0.4). `F` is what a service makes of a path: the field itself, where it tells
/// every one apart, or the [`FieldPath`].
///
/// ```
/// use names::{FieldMask, FieldPath, NotWritable};
///
/// let field = |path: &FieldPath| match path.as_str() {
///     "schedule" | "time_zone" => Ok(path.clone()),
///     "state" => Err(NotWritable::OutputOnly),
///     _ => Err(NotWritable::Unknown),
/// };
/// let mask = FieldMask::read(&["timeZone".to_owned()], field)?;
/// assert!(mask.selects("time_zone") && !mask.selects("schedule"));
/// let refused = FieldMask::read(&["state".to_owned()], field).map(|_| ());
/// assert_eq!(refused.unwrap_err().to_string(), "\"state\" cannot be changed");
/// # Ok::<(), names::MaskError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FieldMask<F> {
    /// `*`: every field; what is not given becomes its default.
    Everything,
    /// These; what is not given becomes its default. Never empty.
    Fields(Vec<F>),
    /// No mask: every field that is given.
    Populated,
}

/// A path to a field: names joined by dots. Any text is one; whether there is such a field, the service says.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct FieldPath(String);

/// A mask that cannot be followed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("\"{path}\" {why}")]
pub struct MaskError {
    /// The path, as it was sent, cut to 200 characters.
    pub path: String,
    /// What is wrong with it.
    pub why: NotWritable,
}

/// Why a path may not stand in a mask.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotWritable {
    /// Only the server writes it.
    #[error("cannot be changed")]
    OutputOnly,
    /// There is no such field, or nothing inside it can be picked out.
    #[error("is not a field here")]
    Unknown,
}

impl<F> FieldMask<F> {
    /// Reads the paths of a mask, in either spelling. None at all means [`FieldMask::Populated`]: clients send an empty
    /// mask for none. A path that is empty is no field, so that `,` is not taken for "everything that is given".
    ///
    /// # Errors
    ///
    /// For the first path that `field` refuses.
    pub fn read(
        paths: &[String],
        field: impl Fn(&FieldPath) -> Result<F, NotWritable>,
    ) -> Result<Self, MaskError> {
        if paths.is_empty() {
            return Ok(Self::Populated);
        }
        if paths.iter().any(|path| path == "*") {
            return Ok(Self::Everything);
        }
        let read = |path: &String| {
            field(&FieldPath::of(path))
                .map_err(|why| MaskError { path: path.chars().take(LONGEST_QUOTE).collect(), why })
        };
        paths.iter().map(read).collect::<Result<_, _>>().map(Self::Fields)
    }
}

impl FieldMask<FieldPath> {
    /// Whether the whole field at `path` (snake_case) is written, if it is given: by its own name, or by that of a
    /// message around it.
    pub fn selects(&self, path: &str) -> bool {
        match self {
            Self::Everything | Self::Populated => true,
            Self::Fields(named) => named.iter().any(|named| is_within(path, &named.0)),
        }
    }

    /// Whether the field at `path` (snake_case), or a part of it, is written, if it is given.
    pub fn touches(&self, path: &str) -> bool {
        match self {
            Self::Everything | Self::Populated => true,
            Self::Fields(named) => {
                named.iter().any(|named| is_within(path, &named.0) || is_within(&named.0, path))
            }
        }
    }
}

impl FieldPath {
    /// A path as clients write it: `retry_config.maxDoublings` is `retry_config.max_doublings`.
    pub fn of(text: &str) -> Self {
        let mut snake = String::with_capacity(text.len() + 8);
        for letter in text.chars() {
            if letter.is_ascii_uppercase() {
                snake.push('_');
            }
            snake.push(letter.to_ascii_lowercase());
        }
        Self(snake)
    }

    /// In snake_case, as in protocol definitions.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In lowerCamelCase, as in JSON.
    pub fn camel_case(&self) -> String {
        let mut camel = String::with_capacity(self.0.len());
        let mut raise = false;
        for letter in self.0.chars() {
            if letter == '_' {
                raise = true;
            } else if raise {
                camel.push(letter.to_ascii_uppercase());
                raise = false;
            } else {
                camel.push(letter);
            }
        }
        camel
    }

    /// Whether it is `parent` (snake_case) or stands below it.
    pub fn is_within(&self, parent: &str) -> bool {
        is_within(&self.0, parent)
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn is_within(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

const LONGEST_QUOTE: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(paths: &[&str]) -> Result<FieldMask<FieldPath>, MaskError> {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        FieldMask::read(&paths, |path| match path.as_str() {
            "uid" => Err(NotWritable::OutputOnly),
            "labels" => Ok(path.clone()),
            _ if path.is_within("template") => Ok(path.clone()),
            _ => Err(NotWritable::Unknown),
        })
    }

    #[test]
    fn no_path_means_what_is_given_and_a_star_means_everything() {
        assert_eq!(read(&[]), Ok(FieldMask::Populated));
        assert_eq!(read(&["labels", "*"]), Ok(FieldMask::Everything));
    }

    #[test]
    fn both_spellings_are_one_path() {
        let named = Ok(FieldMask::Fields(vec![FieldPath::of("template.service_account")]));
        assert_eq!(read(&["template.serviceAccount"]), named);
        assert_eq!(read(&["template.service_account"]), named);
        assert_eq!(FieldPath::of("template.service_account").camel_case(), "template.serviceAccount");
    }

    #[test]
    fn bad_paths_are_named_as_they_were_sent() {
        for path in ["", "nothing", "labels.x", "templates", ".", "Labels"] {
            let expected = MaskError { path: path.to_owned(), why: NotWritable::Unknown };
            assert_eq!(read(&["labels", path]), Err(expected));
        }
        assert_eq!(read(&["uid"]).unwrap_err().why, NotWritable::OutputOnly);
        assert_eq!(read(&[&"é".repeat(300)]).unwrap_err().path.chars().count(), 200);
    }

    #[test]
    fn a_message_selects_its_parts_and_a_part_touches_its_message() {
        let whole = read(&["template"]).unwrap();
        assert!(whole.selects("template.timeout") && whole.touches("template") && !whole.selects("labels"));
        let part = read(&["template.timeout"]).unwrap();
        assert!(part.touches("template") && !part.selects("template") && !part.touches("template.labels"));
    }
}
