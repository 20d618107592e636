//! What people write on projects.

use std::collections::BTreeMap;

/// Why a name or a label is not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TextError {
    /// The name shown to people.
    #[error(
        "a project's name has 4 to 30 characters: letters, digits, spaces, hyphens, quotation marks and exclamation marks"
    )]
    DisplayName,
    /// A label's key.
    #[error(
        "the key of a label has 1 to 63 characters: lower-case letters, digits, hyphens and underscores, beginning with a letter"
    )]
    LabelKey,
    /// A label's value.
    #[error(
        "the value of a label has at most 63 characters: lower-case letters, digits, hyphens and underscores"
    )]
    LabelValue,
    /// How many labels.
    #[error("a project has at most {MAX_LABELS} labels")]
    TooManyLabels,
}

/// Google, "Labels overview".
const MAX_LABELS: usize = 64;

/// Resource Manager, `Project.display_name`.
pub(crate) fn display_name(text: String) -> Result<String, TextError> {
    let allowed = |letter: char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '\'' | '"' | '!');
    let fits = (4..=30).contains(&text.chars().count()) && text.chars().all(allowed);
    if fits { Ok(text) } else { Err(TextError::DisplayName) }
}

/// Resource Manager, `Project.labels`.
pub(crate) fn labels(labels: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, TextError> {
    if labels.len() > MAX_LABELS {
        return Err(TextError::TooManyLabels);
    }
    let letter = |letter: char| letter.is_alphabetic() && !letter.is_uppercase();
    let within = |text: &str| {
        text.chars().count() <= 63
            && text.chars().all(|one| letter(one) || one.is_numeric() || matches!(one, '-' | '_'))
    };
    for (key, value) in &labels {
        if !within(key) || !key.chars().next().is_some_and(letter) {
            return Err(TextError::LabelKey);
        }
        if !within(value) {
            return Err(TextError::LabelValue);
        }
    }
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_are_as_google_takes_them() {
        for name in ["Happy project", "Ada's \"new\" one!", "abcd"] {
            assert_eq!(display_name(name.to_owned()), Ok(name.to_owned()));
        }
        for name in ["abc", "", "a/b/c/d", "tab\there", &"a".repeat(31)] {
            assert_eq!(display_name(name.to_owned()), Err(TextError::DisplayName), "{name}");
        }
        let one = |key: &str, value: &str| labels([(key.to_owned(), value.to_owned())].into());
        assert!(one("team", "bakery_2").is_ok() && one("team", "").is_ok());
        assert_eq!(one("Team", "x"), Err(TextError::LabelKey));
        assert_eq!(one("", "x"), Err(TextError::LabelKey));
        assert_eq!(one("team", "A"), Err(TextError::LabelValue));
        let many = (0..65).map(|number| (format!("k{number}"), String::new())).collect();
        assert_eq!(labels(many), Err(TextError::TooManyLabels));
    }
}
