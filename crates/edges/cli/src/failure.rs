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
    /// With what the process ends.
    exit: u8,
    /// What the API answered, where it was the API that refused.
    status: Option<u16>,
    /// Nobody reads what the command prints any more: it ends, and there is nothing to say.
    unheard: bool,
}

impl Failure {
    /// A failure without a known cause.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            causes: Vec::new(),
            hint: None,
            exit: 1,
            status: None,
            unheard: false,
        }
    }

    /// The end of a command whose reader has gone.
    pub(crate) fn unheard() -> Self {
        Self { unheard: true, ..Self::new("nobody reads the output") }
    }

    /// Whether this is no failure but [`Failure::unheard`].
    pub(crate) fn is_unheard(&self) -> bool {
        self.unheard
    }

    /// The HTTP status with which the API refused, where it was the API.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// With what the process ends: 1 unless something else was chosen.
    pub(crate) fn exit(&self) -> u8 {
        self.exit
    }

    /// Chooses with what the process ends.
    pub(crate) fn exiting_with(mut self, exit: u8) -> Self {
        self.exit = exit;
        self
    }

    /// Says with which HTTP status the API refused.
    pub(crate) fn answered(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
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
