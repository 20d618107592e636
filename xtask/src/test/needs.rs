//! What a test needs from the machine: there, installable, or the reason why the test is skipped.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};

use crate::process;

/// Why something that a test needs cannot be had.
#[derive(Debug)]
pub enum Unavailable {
    /// It should be there and does not work: a failure.
    Broken(anyhow::Error),
    /// It is not here and may not be installed: its tests are skipped.
    Missing(String),
}

impl From<anyhow::Error> for Unavailable {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}

/// Installs Debian packages, only on a machine that is there for nothing else: as root, with `CI` set.
///
/// # Errors
/// `Missing` where installing is not for us to do, `Broken` if apt fails.
pub fn install(packages: &[&str]) -> Result<(), Unavailable> {
    let names = packages.join(" ");
    if on_path("apt-get").is_none() {
        return Err(Unavailable::Missing(format!("{names} not found, and this is no Debian")));
    }
    if !is_root() || !is_ci() {
        return Err(Unavailable::Missing(format!(
            "{names} not found: apt-get install {names}, or run as root with CI set"
        )));
    }
    let apt = |words: &[&str]| -> Result<()> {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(words);
        ensure!(process::succeeds(&mut command)?, "apt-get {} failed", words.join(" "));
        Ok(())
    };
    static UPDATED: OnceLock<bool> = OnceLock::new();
    if !*UPDATED.get_or_init(|| apt(&["update", "-q"]).is_ok()) {
        return Err(Unavailable::Broken(anyhow::anyhow!(
            "apt-get update failed, {names} cannot be installed"
        )));
    }
    let mut words = vec!["install", "-q", "-y", "--no-install-recommends"];
    words.extend(packages);
    Ok(apt(&words)?)
}

/// Whether we may become another user.
pub fn is_root() -> bool {
    process::read(Command::new("id").arg("-u")).is_ok_and(|user| user.trim() == "0")
}

/// The program of that name on `PATH`, with links followed.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .find_map(|folder| folder.join(program).canonicalize().ok().filter(|file| file.is_file()))
}

/// Removes a folder with all in it; content that is not there is no error.
///
/// # Errors
/// When it is there and cannot be removed.
pub fn remove_folder(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}
