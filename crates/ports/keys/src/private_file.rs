//! Files that hold a secret: for their owner alone, made once and whole.

use std::{
    fs,
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

/// Why a file with a secret is not read.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It cannot be read, or is longer than it may be.
    Failed(io::Error),
    /// Others may read or change it: its permission bits.
    Exposed(u32),
}

/// The text of a file that nobody but its owner may touch, of at most so many bytes; `None` where there is no file.
pub(crate) fn read(path: &Path, most_bytes: usize) -> Result<Option<Zeroizing<String>>, Unread> {
    read_unless(path, most_bytes, 0o077)
}

/// The same, unless the file has one of these permission bits.
pub(crate) fn read_unless(
    path: &Path,
    most_bytes: usize,
    forbidden: u32,
) -> Result<Option<Zeroizing<String>>, Unread> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Unread::Failed(error)),
    };
    // Asked of the open file, not of the path: nobody can exchange it in between.
    let mode = file.metadata().map_err(Unread::Failed)?.permissions().mode() & 0o7777;
    if mode & forbidden != 0 {
        return Err(Unread::Exposed(mode));
    }
    // One byte more, so that what is too long is seen.
    let mut text = Zeroizing::new(String::with_capacity(most_bytes + 1));
    (&file).take(most_bytes as u64 + 1).read_to_string(&mut text).map_err(Unread::Failed)?;
    if text.len() > most_bytes {
        return Err(Unread::Failed(io::ErrorKind::FileTooLarge.into()));
    }
    Ok(Some(text))
}

/// Writes beside the path and links it there when it is whole: a crash leaves no half file, and an existing one is
/// never replaced.
pub(crate) fn make(path: &Path, text: &str) -> io::Result<()> {
    let beside = written_beside(path, text, 0o600)?;
    match fs::hard_link(&beside, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        linked => linked?,
    }
    fs::remove_file(&beside)?;
    sync_folder(path)
}

/// Puts a text that is no secret in the place of whatever is there, in one step.
pub(crate) fn replace_public(path: &Path, text: &str) -> io::Result<()> {
    let beside = written_beside(path, text, 0o644)?;
    fs::rename(&beside, path)?;
    sync_folder(path)
}

fn written_beside(path: &Path, text: &str, mode: u32) -> io::Result<PathBuf> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(beside)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
