//! The data directory, which one process has at a time.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use crate::OpenError;

/// A data directory that no other process has. Dropping it, or the end of the process however it comes, gives it
/// back.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

impl DataDirectory {
    /// Takes the directory, making it first where it is missing (for its owner alone: what is in it is private).
    ///
    /// # Errors
    ///
    /// [`OpenError::InUse`] while another process has it, or this one already; [`OpenError::Directory`] where it
    /// cannot be made or written.
    pub fn lock(path: &Path) -> Result<Self, OpenError> {
        let refused = |source| OpenError::Directory { directory: path.to_owned(), source };
        make(path).map_err(refused)?;
        let path = path.canonicalize().map_err(refused)?;
        let lock = private_file(&path.join(LOCK)).map_err(refused)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::Error(source)) => Err(refused(source)),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse { directory: path }),
        }
    }

    /// Where it is: absolute, without links.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A file for its owner alone, made where it is missing.
pub(crate) fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn make(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The file that is locked. It stays, empty, when the directory is given back.
const LOCK: &str = "lock";
