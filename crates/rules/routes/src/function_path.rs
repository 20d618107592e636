//! The path of a request to a host of functions: its first segment says which one.

use crate::{Ambiguous, CanonicalPath};

/// What a target at a host of functions says. Two servers that read it differently would call different functions, so
/// that a target without a canonical path names none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FunctionPath<'target> {
    target: &'target str,
    name: &'target str,
}

impl<'target> FunctionPath<'target> {
    /// Reads a target in origin form: `/NAME/path?query`.
    ///
    /// # Errors
    ///
    /// What servers disagree about; anything but the origin form among it.
    pub fn parse(target: &'target str) -> Result<Self, Ambiguous> {
        CanonicalPath::parse(target.as_bytes())?;
        let end = target[1..].find(['/', '?']).map_or(target.len(), |end| end + 1);
        Ok(Self { target, name: &target[1..end] })
    }

    /// The first segment; empty where there is none.
    pub fn name(&self) -> &'target str {
        self.name
    }

    /// The target as the function sees it, in origin form: without the first segment (facts §2.7 leaves it open; so that
    /// a function sees the same path at each of its URLs).
    pub fn below(&self) -> String {
        let rest = &self.target[1 + self.name.len()..];
        if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") }
    }
}
