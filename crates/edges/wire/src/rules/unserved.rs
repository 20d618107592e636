//! Methods of Google's APIs that have no place in the descriptor set, so that a call of one is told from a call of
//! nothing.

use super::{Template, names_host, template::TemplateError, tree::Tree};
use http::Method;

/// The HTTP rules of such methods. Nothing else of them is known: no types are generated for them.
#[derive(Debug)]
pub struct Unserved {
    rules: Vec<Rule>,
    tree: Tree,
}

/// One way to call one method that is not here.
#[derive(Clone, Debug)]
pub struct Rule {
    /// HTTP verb.
    pub verb: Method,
    /// What paths look like.
    pub template: Template,
    /// First label of the service's host name at Google, such as `pubsub`.
    pub host: String,
    /// Full name of the method.
    pub method: String,
}

/// A line that is no rule.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// A template that does not follow the grammar.
    #[error("{line:?}")]
    Template {
        /// The line.
        line: String,
        /// What is wrong.
        #[source]
        source: TemplateError,
    },
    /// Not `VERB path host method`.
    #[error("{line:?} is not a verb, a path, a host and a method")]
    Words {
        /// The line.
        line: String,
    },
}

impl Unserved {
    /// Reads lines of `VERB path host method`.
    ///
    /// # Errors
    ///
    /// For the first line that is none.
    pub fn parse(lines: &str) -> Result<Self, LineError> {
        let rules = lines.lines().map(Rule::parse).collect::<Result<Vec<_>, _>>()?;
        let mut tree = Tree::default();
        for (index, rule) in rules.iter().enumerate() {
            tree.insert(&rule.template, &rule.verb, index);
        }
        Ok(Self { rules, tree })
    }

    /// The full name of the method that a request calls; `None` where it calls nothing that is known.
    pub fn find(&self, verb: &Method, host: &str, path: &str) -> Option<&str> {
        let (candidates, _) = self.tree.find(verb, path).ok()?;
        let candidates = || candidates.iter().filter_map(|&index| self.rules.get(index));
        let named = candidates().find(|rule| names_host(host, &rule.host));
        named.or_else(|| candidates().next()).map(|rule| rule.method.as_str())
    }

    /// Every rule.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }
}

impl Rule {
    fn parse(line: &str) -> Result<Self, LineError> {
        let words: Vec<_> = line.split(' ').collect();
        let &[verb, path, host, method] = &words[..] else {
            return Err(LineError::Words { line: line.to_owned() });
        };
        let verb = verb.parse().map_err(|_| LineError::Words { line: line.to_owned() })?;
        let template =
            path.parse().map_err(|source| LineError::Template { line: line.to_owned(), source })?;
        Ok(Self { verb, template, host: host.to_owned(), method: method.to_owned() })
    }
}
