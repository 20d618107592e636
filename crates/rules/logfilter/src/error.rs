//! Why a text is no filter.

/// Why a text is no filter. Places are counted in characters from 1.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    /// Something else should stand here.
    #[error("at character {at}: {found} stands where {expected} should")]
    Expected {
        /// The place.
        at: usize,
        /// What stands there.
        found: String,
        /// What should.
        expected: &'static str,
    },
    /// A function that is not here.
    #[error("at character {at}: the function {name} is not implemented here; log_id is")]
    FunctionUnknown {
        /// The place.
        at: usize,
        /// Its name.
        name: String,
    },
    /// No entry has such a field.
    #[error("at character {at}: log entries have no field {name}")]
    FieldUnknown {
        /// The place.
        at: usize,
        /// Its name.
        name: String,
    },
    /// The field cannot be compared in this way.
    #[error("at character {at}: {field} cannot be compared with {operator}")]
    Incomparable {
        /// The place.
        at: usize,
        /// The field.
        field: String,
        /// The operator.
        operator: &'static str,
    },
    /// A regular expression is none, or too large.
    #[error("at character {at}: the regular expression cannot be used: {reason}")]
    Pattern {
        /// The place.
        at: usize,
        /// Why.
        reason: String,
    },
    /// Too many groups inside each other.
    #[error("at character {at}: more than {most} groups stand inside each other")]
    TooDeep {
        /// The place.
        at: usize,
        /// How many may.
        most: usize,
    },
    /// Too long.
    #[error("it has {found} bytes, at most {most} are allowed")]
    TooLong {
        /// Its length in bytes.
        found: usize,
        /// How many are allowed.
        most: usize,
    },
    /// Too many comparisons or regular expressions.
    #[error("at character {at}: there are more than {most} {what}")]
    TooMany {
        /// The place of the first that is too many.
        at: usize,
        /// Of what.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// A quotation that does not end.
    #[error("at character {at}: the quotation mark has no other")]
    Unclosed {
        /// The place of the first.
        at: usize,
    },
    /// A value that is none of its field.
    #[error("at character {at}: {field} is compared with {expected}, not with {found:?}")]
    Value {
        /// The place.
        at: usize,
        /// The field.
        field: String,
        /// What it is compared with.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
}

impl Error {
    /// Whether the text may be right, of the language as Google has it, and only this is not here.
    pub fn is_unimplemented(&self) -> bool {
        matches!(self, Self::FunctionUnknown { .. })
    }
}
