//! The data directory, which one process has at a time, and nobody but its user can look into.

use std::fs::{DirBuilder, File, Metadata, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::OpenError;

/// A data directory that no other process has. Dropping it, or the end of the process however it comes, gives it
/// back.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    /// The user that files of this process belong to.
    user: u32,
    _lock: File,
}

impl DataDirectory {
    /// Takes the directory, making it first where it is missing (for its owner alone: what is in it is private). One
    /// that is there already is not trusted as it is found: while it is empty it is closed to others, and once there
    /// is something in it that others could have read or changed, it is refused.
    ///
    /// # Errors
    ///
    /// [`OpenError::InUse`] while another process has it, or this one already; [`OpenError::Directory`] where it
    /// cannot be made or written; [`OpenError::Exposed`] and [`OpenError::Foreign`] where others may look into it.
    pub fn lock(path: &Path) -> Result<Self, OpenError> {
        let refused = |source| OpenError::Directory { directory: path.to_owned(), source };
        make(path).map_err(refused)?;
        let path = path.canonicalize().map_err(refused)?;
        let found = closed(&path).map_err(refused)?;
        unexposed(&path, &found)?;
        let lock = private_file(&path.join(LOCK)).map_err(refused)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(source)) => return Err(refused(source)),
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse { directory: path }),
        }
        let user = user(&path).map_err(refused)?;
        own(&path, &found, user)?;
        let directory = Self { path, user, _lock: lock };
        directory.private(LOCK)?;
        Ok(directory)
    }

    /// Where it is: absolute, without links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of a file in it that holds a secret. It need not be there yet.
    ///
    /// # Errors
    ///
    /// [`OpenError::Exposed`] where others may read or change it, [`OpenError::Foreign`] where it is another user's,
    /// [`OpenError::Directory`] where that cannot be found out.
    pub fn private(&self, file: &str) -> Result<PathBuf, OpenError> {
        let path = self.path.join(file);
        match path.metadata() {
            Ok(found) => {
                unexposed(&path, &found)?;
                own(&path, &found, self.user)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(OpenError::Directory { directory: self.path.clone(), source }),
        }
        Ok(path)
    }
}

/// A file for its owner alone, made where it is missing; never made where somebody's link leads.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    match File::options().create_new(true).write(true).mode(PRIVATE).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => File::options().write(true).open(path),
        made => made,
    }
}

fn make(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(path)
}

/// The directory as it is, or, where nothing is in it yet, after it was closed to everybody but its owner.
fn closed(path: &Path) -> io::Result<Metadata> {
    let found = path.metadata()?;
    if found.mode() & OTHERS == 0 || path.read_dir()?.next().is_some() {
        return Ok(found);
    }
    match std::fs::set_permissions(path, Permissions::from_mode(PRIVATE_FOLDER)) {
        // Not ours to close; what follows says so.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(found),
        Err(error) => Err(error),
        Ok(()) => path.metadata(),
    }
}

/// Refuses what anybody but its owner may read, change or enter.
fn unexposed(path: &Path, found: &Metadata) -> Result<(), OpenError> {
    let mode = found.mode() & 0o7777;
    if mode & OTHERS == 0 { Ok(()) } else { Err(OpenError::Exposed { path: path.to_owned(), mode }) }
}

/// Refuses what belongs to another user, who could open it at any time.
fn own(path: &Path, found: &Metadata, user: u32) -> Result<(), OpenError> {
    let owner = found.uid();
    if owner == user { Ok(()) } else { Err(OpenError::Foreign { path: path.to_owned(), owner, user }) }
}

/// The user that a new file in the directory belongs to: asked of the file system, whose answer is the one that counts.
fn user(directory: &Path) -> io::Result<u32> {
    let path = directory.join(PROBE);
    // A process that was killed at this point left one behind.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let probe = File::options().create_new(true).write(true).mode(PRIVATE).open(&path)?;
    let user = probe.metadata()?.uid();
    std::fs::remove_file(&path)?;
    Ok(user)
}

/// The file that is locked. It stays, empty, when the directory is given back.
const LOCK: &str = "lock";
/// Permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;
const PRIVATE: u32 = 0o600;
const PRIVATE_FOLDER: u32 = 0o700;
const PROBE: &str = "probe";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_another_user_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let found = place.path().metadata().unwrap();
        assert!(own(place.path(), &found, found.uid()).is_ok());
        let refused = own(place.path(), &found, found.uid() + 1);
        assert!(matches!(refused, Err(OpenError::Foreign { owner, .. }) if owner == found.uid()));
    }

    #[test]
    fn nothing_is_made_where_a_link_leads() {
        let place = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let target = elsewhere.path().join("planted");
        std::os::unix::fs::symlink(&target, place.path().join(LOCK)).unwrap();
        std::fs::set_permissions(place.path(), Permissions::from_mode(PRIVATE_FOLDER)).unwrap();
        assert!(matches!(DataDirectory::lock(place.path()), Err(OpenError::Directory { .. })));
        assert!(!target.exists());
    }
}
