//! Which log entries are wanted, in Cloud Logging's query language (docs.cloud.google.com/logging/docs/view/logging-query-language).
//!
//! Grace looks for what went wrong with her job since eight o'clock. An entry is given in the form in which the API shows
//! it, as JSON:
//!
//! ```
//! use logfilter::Filter;
//! use serde_json::json;
//!
//! let filter = Filter::parse(
//!     r#"resource.type="cloud_scheduler_job" AND severity>=ERROR
//!        timestamp>="2027-01-15T08:00:00Z" -- AND may be left out
//!        NOT jsonPayload.status=(UNAVAILABLE OR DEADLINE_EXCEEDED)"#,
//! )?;
//! assert!(filter.matches(&json!({
//!     "resource": { "type": "cloud_scheduler_job" },
//!     "severity": "CRITICAL",
//!     "timestamp": "2027-01-15T09:00:00Z",
//!     "jsonPayload": { "status": "PERMISSION_DENIED" },
//! })));
//! assert_eq!(filter.bounds().since, "2027-01-15T08:00:00Z".parse().ok());
//!
//! let error = Filter::parse("severity>=ERORR").unwrap_err();
//! assert_eq!(error.to_string(), "at character 11: severity is compared with a name, such as ERROR, or a number, not with \"ERORR\"");
//! # Ok::<(), logfilter::Error>(())
//! ```
//!
//! Comparisons are joined by `AND`, by nothing, which means the same, and by `OR`, which binds tighter; `NOT` or `-` binds
//! tightest, and parentheses group. Text is compared without regard to case, but for regular expressions and whole log
//! names. A field that an entry does not have compares as false, whatever the operator; only `severity` has a default.
//!
//! Invariants: any text gives a filter or a typed error with its position; a filter is at most 20,000 bytes, 32 levels and
//! 1000 comparisons, 8 of them regular expressions; matching takes time linear in the entry for each comparison;
//! [`Filter::bounds`] keep every entry that matches.

mod bounds;
mod compare;
mod error;
mod field;
mod parse;
mod severity;
mod token;

#[doc(hidden)]
pub mod fuzz;

use serde_json::Value;

pub use bounds::Bounds;
pub use error::Error;
pub use severity::Severity;

use compare::Leaf;

/// A parsed filter. The default lets every entry through.
#[derive(Clone, Debug)]
pub struct Filter {
    node: Node,
    comparisons: usize,
}

/// What a filter is made of.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// Each of them.
    All(Vec<Node>),
    /// At least one of them.
    Any(Vec<Node>),
    /// One comparison.
    Leaf(Leaf),
    /// The opposite.
    Not(Box<Node>),
}

impl Default for Filter {
    fn default() -> Self {
        Self { node: Node::All(Vec::new()), comparisons: 0 }
    }
}

impl Filter {
    /// Reads a filter; an empty one lets every entry through.
    ///
    /// # Errors
    ///
    /// Whatever is not of the language, with its place; functions other than `log_id`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse::filter(text).map(|(node, comparisons)| Self { node, comparisons })
    }

    /// Whether an entry, in the form of the API, is wanted.
    pub fn matches(&self, entry: &Value) -> bool {
        self.node.matches(entry)
    }

    /// What every entry that matches has in common, as far as it can be told without looking at one.
    pub fn bounds(&self) -> Bounds {
        Bounds::of(&self.node)
    }

    /// How many comparisons one entry costs.
    pub fn comparisons(&self) -> usize {
        self.comparisons
    }
}

impl Node {
    fn matches(&self, entry: &Value) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.matches(entry)),
            Self::Any(nodes) => nodes.iter().any(|node| node.matches(entry)),
            Self::Leaf(leaf) => leaf.matches(entry),
            Self::Not(node) => !node.matches(entry),
        }
    }
}
