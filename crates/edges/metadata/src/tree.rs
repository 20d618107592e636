//! Values in directories, and the ways in which they are written.

use std::fmt::Write as _;

use serde_json::Value;

/// A directory, or something in it.
pub(crate) enum Node {
    Directory(Vec<(String, Node)>),
    Leaf(Leaf),
    /// Made when somebody asks.
    Token(Token),
}

/// A value.
pub(crate) enum Leaf {
    Lines(Vec<String>),
    Number(u64),
    Text(String),
}

/// Which token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Token {
    Access,
    Identity,
}

impl Node {
    /// What stands at a path, segment by segment.
    pub(crate) fn find<'a>(&'a self, segments: &[String]) -> Option<&'a Node> {
        segments.iter().try_fold(self, |node, segment| {
            let Self::Directory(entries) = node else { return None };
            // The spelling with an underscore is the older one (facts §6.2).
            let name = if segment == "universe_domain" { "universe-domain" } else { segment };
            entries.iter().find(|(entry, _)| entry == name).map(|(_, node)| node)
        })
    }

    /// The tree in JSON, without what is made when somebody asks.
    pub(crate) fn json(&self) -> Option<Value> {
        match self {
            Self::Directory(entries) => Some(Value::Object(
                entries.iter().filter_map(|(name, node)| Some((camel(name), node.json()?))).collect(),
            )),
            Self::Leaf(leaf) => Some(leaf.json()),
            Self::Token(_) => None,
        }
    }

    /// The same as lines of a path and a value.
    pub(crate) fn flat(&self) -> String {
        let mut text = String::new();
        self.flatten("", &mut text);
        text
    }

    fn flatten(&self, path: &str, text: &mut String) {
        match self {
            Self::Directory(entries) => {
                for (name, node) in entries {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                    node.flatten(&path, text);
                }
            }
            Self::Leaf(Leaf::Lines(lines)) => {
                for line in lines {
                    writeln!(text, "{path} {line}").expect("a string takes everything");
                }
            }
            Self::Leaf(leaf) => {
                writeln!(text, "{path} {}", leaf.text()).expect("a string takes everything");
            }
            Self::Token(_) => {}
        }
    }
}

/// What is in a directory, each with a slash that is one itself.
pub(crate) fn names(entries: &[(String, Node)]) -> Vec<String> {
    let name = |(name, node): &(String, Node)| match node {
        Node::Directory(_) => format!("{name}/"),
        Node::Leaf(_) | Node::Token(_) => name.clone(),
    };
    entries.iter().map(name).collect()
}

/// One entry in each line.
pub(crate) fn lines(entries: &[String]) -> String {
    entries.iter().map(|entry| format!("{entry}\n")).collect()
}

impl Leaf {
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Lines(lines) => lines.clone().into(),
            Self::Number(number) => (*number).into(),
            Self::Text(text) => text.clone().into(),
        }
    }

    pub(crate) fn text(&self) -> String {
        match self {
            Self::Lines(entries) => lines(entries),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// `numericProjectId` for `numeric-project-id`; e-mails stay as they are.
fn camel(name: &str) -> String {
    if name.contains('@') {
        return name.to_owned();
    }
    let mut words = name.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let mut letters = word.chars();
        let initial = letters.next().map(|letter| letter.to_ascii_uppercase());
        text + &initial.into_iter().chain(letters).collect::<String>()
    })
}
