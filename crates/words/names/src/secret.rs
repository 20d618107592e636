//! Values that must never be printed.

use std::fmt;

/// A value that has no `Display` and no `Serialize`, and whose `Debug` says only that it is there. It cannot be
/// compared either: `==` stops at the first difference, and its time would tell where that is.
#[derive(Clone)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value. Every call is a place where a secret may leave: keep them few.
    pub fn reveal(&self) -> &T {
        &self.0
    }

    /// Gives the value away.
    pub fn into_revealed(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

impl<T> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}
