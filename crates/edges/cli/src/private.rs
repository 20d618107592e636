//! Files for their owner's eyes.

use std::fs::{DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Writes a file in one step with mode 0600, so that whoever reads it sees the old content or the new one, also while
/// other processes do the same.
///
/// # Errors
/// When the folder cannot be written.
pub fn write_private(file: &Path, text: &str) -> io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let fresh = file.with_file_name(name);
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut writing = File::options().write(true).create_new(true).mode(0o600).open(&fresh)?;
    writing.write_all(text.as_bytes())?;
    writing.sync_all()?;
    std::fs::rename(&fresh, file)
}

/// The same, unless this is what stands there.
pub(crate) fn keep_private(file: &Path, text: &str) -> io::Result<()> {
    match std::fs::read_to_string(file) {
        Ok(found) if found == text => Ok(()),
        _ => write_private(file, text),
    }
}

/// A folder with mode 0700, and those above it.
pub(crate) fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
