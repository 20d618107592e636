//! Which objects are meant, by their labels (kubernetes.io/docs/concepts/overview/working-with-objects/labels):
//!
//! ```text
//! Selector    = [ Requirement { "," Requirement } ] ;
//! Requirement = Key | "!" Key | Key ( "=" | "==" | "!=" ) [ Value ] | Key ( "in" | "notin" ) "(" Value { "," Value } ")" ;
//! ```

use std::collections::HashMap;

use problem::Problem;

use crate::refusal::invalid;

/// What the labels of an object must be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Selector(Vec<Requirement>);

#[derive(Clone, PartialEq, Eq, Debug)]
struct Requirement {
    key: String,
    operator: Operator,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Operator {
    Absent,
    In(Vec<String>),
    NotIn(Vec<String>),
    Present,
}

impl Selector {
    /// Reads a selector; an empty one selects everything.
    pub(super) fn read(text: &str) -> Result<Self, Problem> {
        Self::parse(text).ok_or_else(|| {
            invalid("label_selector", "expected requirements such as 'team=bakery,tier in (a, b),!old'")
        })
    }

    fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        if text.trim().is_empty() {
            return Some(Self::default());
        }
        requirements(text).into_iter().map(Requirement::parse).collect::<Option<_>>().map(Self)
    }

    /// Whether an object with these labels is meant.
    pub(super) fn selects(&self, labels: &HashMap<String, String>) -> bool {
        self.0.iter().all(|Requirement { key, operator }| match (operator, labels.get(key)) {
            (Operator::Absent, value) => value.is_none(),
            (Operator::Present, value) => value.is_some(),
            (Operator::In(values), value) => value.is_some_and(|value| values.contains(value)),
            (Operator::NotIn(values), value) => value.is_none_or(|value| !values.contains(value)),
        })
    }

    /// The one value that the label must have.
    pub(super) fn value_of(&self, key: &str) -> Option<&str> {
        self.0.iter().find_map(|requirement| match &requirement.operator {
            Operator::In(values) if requirement.key == key && values.len() == 1 => {
                values.first().map(String::as_str)
            }
            _ => None,
        })
    }
}

impl Requirement {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(key) = text.strip_prefix('!') {
            return Some(Self { key: word(key)?, operator: Operator::Absent });
        }
        if let Some((key, value)) = text.split_once("!=") {
            return Some(Self { key: word(key)?, operator: Operator::NotIn(vec![value_word(value)?]) });
        }
        if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
            return Some(Self { key: word(key)?, operator: Operator::In(vec![value_word(value)?]) });
        }
        let Some(set) = text.strip_suffix(')') else {
            return Some(Self { key: word(text)?, operator: Operator::Present });
        };
        let (front, values) = set.split_once('(')?;
        let values = values.split(',').map(value_word).collect::<Option<Vec<_>>>()?;
        let (key, operator) = front.trim_end().rsplit_once(char::is_whitespace)?;
        let operator = match operator {
            "in" => Operator::In(values),
            "notin" => Operator::NotIn(values),
            _ => return None,
        };
        Some(Self { key: word(key)?, operator })
    }
}

/// Splits at the commas that stand outside of parentheses.
fn requirements(text: &str) -> Vec<&str> {
    let mut inside = false;
    text.split(|letter| {
        match letter {
            '(' => inside = true,
            ')' => inside = false,
            _ => {}
        }
        letter == ',' && !inside
    })
    .collect()
}

fn word(text: &str) -> Option<String> {
    value_word(text).filter(|word| !word.is_empty())
}

fn value_word(text: &str) -> Option<String> {
    let text = text.trim();
    let plain = |letter: char| letter.is_alphanumeric() || "-_./".contains(letter);
    text.chars().all(plain).then(|| text.to_owned())
}

/// In bytes.
const LONGEST: usize = 4096;

/// Any text is a selector or none, and what one selects does not depend on how it is spelled.
#[doc(hidden)]
pub(crate) fn fuzz(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(selector) = Selector::parse(text) else { return };
    assert_eq!(Selector::parse(&format!(" {text} ")), Some(selector.clone()), "space around it says nothing");
    let labels = HashMap::from([("a".to_owned(), "b".to_owned())]);
    let _ = selector.selects(&labels);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(selector: &str) -> bool {
        let labels = [("serving.knative.dev/service", "hello"), ("team", "bakery"), ("empty", "")]
            .map(|(k, v)| (k.into(), v.into()));
        Selector::read(selector).unwrap().selects(&labels.into())
    }

    #[test]
    fn requirements_are_all_to_be_met() {
        for selector in [
            "",
            "serving.knative.dev/service = hello",
            "serving.knative.dev/service==hello,team=bakery",
            "team != smithy, other!=x",
            "team in (bakery, smithy),!old",
            "team notin (smithy),team",
            "old notin (a)",
            "empty=",
        ] {
            assert!(selects(selector), "{selector}");
        }
        for selector in [
            "team=smithy",
            "old",
            "!team",
            "team in (smithy)",
            "team notin (bakery)",
            "old=x",
            "team=",
            "team=bakery,old",
        ] {
            assert!(!selects(selector), "{selector}");
        }
        let selector = Selector::read("serving.knative.dev/service = hello,a in (b,c)").unwrap();
        assert_eq!(
            (selector.value_of("serving.knative.dev/service"), selector.value_of("a")),
            (Some("hello"), None)
        );
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        let long = "a".repeat(5000);
        for selector in [
            ",",
            "a,",
            "=b",
            "!",
            "a in b",
            "a in (b",
            "a like (b)",
            "in (b)",
            "a=b=c",
            "a b",
            "a=\"b\"",
            &long,
        ] {
            assert_eq!(
                Selector::read(selector).unwrap_err().violations[0].field,
                "label_selector",
                "{selector}"
            );
        }
    }
}
