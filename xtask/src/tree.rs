//! The checkout: where it is, what cargo knows about it, which files belong to it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// This checkout.
pub struct Tree {
    /// The folder of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Where cargo builds to; what a chore makes for itself goes there too.
    pub target: PathBuf,
    /// `cargo metadata --no-deps`.
    pub metadata: Value,
}

impl Tree {
    /// The checkout that the current folder is in.
    ///
    /// # Errors
    /// When cargo cannot read the workspace.
    pub fn here() -> Result<Self> {
        let text = process::read(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
        let metadata: Value =
            serde_json::from_str(&text).context("cargo metadata printed something else than JSON")?;
        let path = |key: &str| -> Result<PathBuf> {
            Ok(PathBuf::from(
                metadata[key].as_str().with_context(|| format!("cargo metadata without {key}"))?,
            ))
        };
        Ok(Self { root: path("workspace_root")?, target: path("target_directory")?, metadata })
    }

    /// Cargo, started in the root.
    pub fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root);
        command
    }

    /// Every file that is tracked or could be: relative to the root, sorted. Build output and what git ignores is
    /// not among them.
    ///
    /// # Errors
    /// When neither git nor the folder itself can be read.
    pub fn files(&self) -> Result<Vec<PathBuf>> {
        let listing = process::read(Command::new("git").current_dir(&self.root).args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]));
        let mut files: Vec<PathBuf> = match listing {
            Ok(text) => text.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect(),
            // An unpacked archive has no git; then every file counts.
            Err(_) => self.walk(&self.root)?,
        };
        files.retain(|file| self.root.join(file).is_file());
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// The text of a file, or `None` if it is not text.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn text(&self, file: &Path) -> Result<Option<String>> {
        let bytes =
            std::fs::read(self.root.join(file)).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')))
    }

    fn walk(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            if path.is_symlink() || path == self.target || path.ends_with(".git") || path.ends_with("target")
            {
                continue;
            }
            if path.is_dir() {
                found.extend(self.walk(&path)?);
            } else if let Ok(relative) = path.strip_prefix(&self.root) {
                found.push(relative.to_owned());
            }
        }
        Ok(found)
    }
}

/// The cargo that started us, without the variables it set for us: a build script that watches one of them would
/// otherwise run again and again.
fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}
