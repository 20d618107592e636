//! What a command prints on standard output.

use std::io::{ErrorKind, Write as _};

use crate::Failure;

/// Prints a text. Where whoever read it has gone (`doorward logs | head -1`), the command ends, and ends well.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::unheard()),
        Err(error) => Err(Failure::new("standard output cannot be written").because(&error)),
    }
}
