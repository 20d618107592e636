//! How a command fails: what happened, why, and the next command.

use std::fmt;

/// A failure as a person reads it.
#[derive(Debug)]
pub struct Failure {
    /// What happened.
    pub message: String,
    /// Why, outermost cause first.
    pub causes: Vec<String>,
    /// The next command, or what to change.
    pub hint: Option<String>,
    /// Nobody reads what the command prints any more: it ends, and there is nothing to say.
    unheard: bool,
}

impl Failure {
    /// A failure without a known cause.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), causes: Vec::new(), hint: None, unheard: false }
    }

    /// The end of a command whose reader has gone.
    pub(crate) fn unheard() -> Self {
        Self { unheard: true, ..Self::new("nobody reads the output") }
    }

    /// Whether this is no failure but [`Failure::unheard`].
    pub(crate) fn is_unheard(&self) -> bool {
        self.unheard
    }

    /// Adds an error and what caused it.
    pub fn because(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            self.causes.push(error.to_string());
            next = error.source();
        }
        self
    }

    /// Adds the next command.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "error: {}", self.message)?;
        for cause in &self.causes {
            writeln!(formatter, "  caused by: {cause}")?;
        }
        match &self.hint {
            Some(hint) => writeln!(formatter, "hint: {hint}"),
            None => Ok(()),
        }
    }
}
