//! Which projects are wanted: what `gcloud projects list --filter` sends, and the queries of version 3.
//!
//! Terms are `field:value`, `field=value` or `field!=value`, joined by `AND`, `OR` or a space, with `NOT` and brackets;
//! values are compared without regard to case, and `*` at an end stands for anything. Any text is a filter or an error,
//! in time linear in its length.

use problem::Problem;
use projects::{ProjectRecord, ProjectState};

use crate::refusal::invalid;

/// A filter that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Filter {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Term(Term),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Term {
    field: Field,
    value: String,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Field {
    DisplayName,
    Id,
    Label(String),
    Number,
    Parent,
    ParentId,
    ParentKind,
    State,
}

impl Filter {
    /// Reads a filter; an empty one wants everything.
    pub(crate) fn parse(field: &str, text: &str) -> Result<Self, Problem> {
        let wrong = |what: &str| invalid(field, what.to_owned());
        if text.len() > LONGEST {
            return Err(wrong("it is longer than 4096 bytes"));
        }
        let tokens = tokens(text).ok_or_else(|| wrong("a quotation mark is not closed"))?;
        if tokens.is_empty() {
            return Ok(Self::All(Vec::new()));
        }
        let mut reader = Reader { tokens: &tokens, at: 0, depth: 0 };
        let filter = reader.any().map_err(wrong)?;
        if reader.at < tokens.len() {
            Err(wrong("a bracket is closed that was not opened"))
        } else {
            Ok(filter)
        }
    }

    pub(crate) fn wants(&self, project: &ProjectRecord) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.wants(project)),
            Self::Any(parts) => parts.iter().any(|part| part.wants(project)),
            Self::Not(part) => !part.wants(project),
            Self::Term(Term { field, value }) => field.of(project).is_some_and(|found| like(&found, value)),
        }
    }
}

impl Field {
    fn parse(name: &str) -> Option<Self> {
        if let Some(label) = name.strip_prefix("labels.") {
            return Some(Self::Label(label.to_owned()));
        }
        Some(match name.to_ascii_lowercase().as_str() {
            "displayname" | "name" => Self::DisplayName,
            "id" | "projectid" => Self::Id,
            "lifecyclestate" | "state" => Self::State,
            "parent" => Self::Parent,
            "parent.id" => Self::ParentId,
            "parent.type" => Self::ParentKind,
            "projectnumber" => Self::Number,
            _ => return None,
        })
    }

    fn of(&self, project: &ProjectRecord) -> Option<String> {
        let parent = || project.parent.to_string();
        Some(match self {
            Self::DisplayName => project.display_name.clone(),
            Self::Id => project.id.to_string(),
            Self::Label(key) => return project.labels.get(key).cloned(),
            Self::Number => project.number.to_string(),
            Self::Parent => parent(),
            Self::ParentId => parent().rsplit('/').next()?.to_owned(),
            Self::ParentKind => project.parent.kind().to_owned(),
            Self::State => match project.state {
                ProjectState::Active => "ACTIVE".to_owned(),
                ProjectState::DeleteRequested => "DELETE_REQUESTED".to_owned(),
            },
        })
    }
}

/// Whether a text is as the value says, without regard to case.
fn like(found: &str, value: &str) -> bool {
    let (found, value) = (found.to_lowercase(), value.to_lowercase());
    match (value.strip_prefix('*'), value.strip_suffix('*')) {
        (Some(rest), Some(_)) => found.contains(rest.strip_suffix('*').unwrap_or_default()),
        (Some(end), None) => found.ends_with(end),
        (None, Some(start)) => found.starts_with(start),
        (None, None) => found == value,
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Token {
    Close,
    Open,
    Operator(bool),
    /// `true` where it was quoted, so that it is no `AND`.
    Word(String, bool),
}

/// `None`: a quotation mark without its other half.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let (mut tokens, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        let (token, left) = match first {
            '(' => (Token::Open, after),
            ')' => (Token::Close, after),
            ':' | '=' => (Token::Operator(true), after),
            '!' if after.starts_with('=') => (Token::Operator(false), &after[1..]),
            quote @ ('"' | '\'') => {
                let (word, left) = after.split_once(quote)?;
                (Token::Word(word.to_owned(), true), left)
            }
            _ => {
                let ends = |letter: char| letter.is_whitespace() || "():=".contains(letter);
                let end = after
                    .find(|letter| ends(letter) || letter == '!')
                    .map_or(rest.len(), |at| at + first.len_utf8());
                (Token::Word(rest[..end].to_owned(), false), &rest[end..])
            }
        };
        tokens.push(token);
        rest = left.trim_start();
    }
    Some(tokens)
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn any(&mut self) -> Result<Filter, &'static str> {
        let mut parts = vec![self.all()?];
        while self.takes("OR") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Filter::Any(parts) })
    }

    fn all(&mut self) -> Result<Filter, &'static str> {
        let mut parts = vec![self.one()?];
        while self.takes("AND") || self.begins_a_term() {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Filter::All(parts) })
    }

    fn one(&mut self) -> Result<Filter, &'static str> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("it is nested more than 16 deep");
        }
        let read = if self.takes("NOT") {
            Filter::Not(Box::new(self.one()?))
        } else if self.next() == Some(Token::Open) {
            let inside = self.any()?;
            if self.next() != Some(Token::Close) {
                return Err("a bracket is not closed");
            }
            inside
        } else {
            self.at -= 1;
            self.term()?
        };
        self.depth -= 1;
        Ok(read)
    }

    fn term(&mut self) -> Result<Filter, &'static str> {
        match (self.next(), self.next(), self.next()) {
            (Some(Token::Word(name, _)), Some(Token::Operator(is)), Some(Token::Word(value, _))) => {
                let field = Field::parse(&name).ok_or(FIELDS)?;
                let term = Filter::Term(Term { field, value });
                Ok(if is { term } else { Filter::Not(Box::new(term)) })
            }
            _ => Err("a term is FIELD:VALUE, FIELD=VALUE or FIELD!=VALUE"),
        }
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn takes(&mut self, word: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(found, false)) if found == word);
        self.at += usize::from(found);
        found
    }

    fn begins_a_term(&self) -> bool {
        match self.tokens.get(self.at) {
            Some(Token::Word(word, quoted)) => *quoted || word != "OR",
            Some(Token::Open) => true,
            Some(Token::Close | Token::Operator(_)) | None => false,
        }
    }
}

const DEEPEST: usize = 16;
const FIELDS: &str = "projects are found by id, name, displayName, lifecycleState, state, labels.KEY, parent, parent.id, parent.type and projectNumber";
const LONGEST: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Filter {
        Filter::parse("filter", text).unwrap_or_else(|problem| panic!("{text}: {}", problem.message))
    }

    fn term(name: &str, value: &str) -> Filter {
        Filter::Term(Term { field: Field::parse(name).unwrap(), value: value.to_owned() })
    }

    #[test]
    fn what_gcloud_sends_is_read() {
        assert_eq!(read("lifecycleState:ACTIVE"), term("state", "ACTIVE"));
        assert_eq!(
            read("lifecycleState:ACTIVE AND (( id:one OR id:\"two 2\" ))"),
            Filter::All(vec![
                term("state", "ACTIVE"),
                Filter::Any(vec![term("id", "one"), term("id", "two 2")])
            ])
        );
        assert_eq!(read("NOT (id=one)"), Filter::Not(Box::new(term("id", "one"))));
        assert_eq!(
            read("labels.team:* name!=x"),
            Filter::All(vec![term("labels.team", "*"), Filter::Not(Box::new(term("name", "x")))])
        );
        assert_eq!(read(" "), Filter::All(Vec::new()));
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for text in [
            "id",
            "id:",
            ":one",
            "(id:one",
            "id:one)",
            "id:one OR",
            "AND",
            "NOT",
            "colour:red",
            "id:\"one",
            "(",
            "!",
            &"(".repeat(40),
            &"NOT ".repeat(40),
            &"id:a ".repeat(2000),
        ] {
            assert!(Filter::parse("filter", text).is_err(), "{text}");
        }
    }

    #[test]
    fn stars_stand_for_anything_at_an_end() {
        for (found, value, is) in [
            ("Howl", "howl", true),
            ("howling", "how*", true),
            ("howling", "*ing", true),
            ("howling", "*wli*", true),
            ("howling", "how", false),
            ("", "*", true),
            ("x", "**", true),
        ] {
            assert_eq!(like(found, value), is, "{found} {value}");
        }
    }
}
