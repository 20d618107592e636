//! A Python of our own under `target/`, with exactly the packages that `requirements.txt` pins.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::needs::{self, Unavailable};
use crate::process;
use crate::tree::Tree;

/// The interpreter of the environment, which is made if it is not there or was made from other pins.
///
/// # Errors
/// `Missing` without a Python that is new enough, `Broken` if the packages cannot be installed.
pub fn environment(tree: &Tree) -> Result<PathBuf, Unavailable> {
    let pins = tree.root.join(REQUIREMENTS);
    let pinned = std::fs::read(&pins).with_context(|| format!("cannot read {REQUIREMENTS}"))?;
    let (python, version) = match find() {
        Some(found) => found,
        None => {
            needs::install(&["python3", "python3-venv"])?;
            find().ok_or_else(|| Unavailable::Missing(format!("no Python of at least 3.{MINOR_AT_LEAST}")))?
        }
    };
    let folder = tree.target.join("python");
    let interpreter = folder.join("bin/python");
    let stamp_file = folder.join("made-from");
    let stamp = stamp(&pinned, &version);
    if interpreter.exists() && std::fs::read_to_string(&stamp_file).is_ok_and(|made_from| made_from == stamp)
    {
        println!("the Python environment {} is current", folder.display());
        return Ok(interpreter);
    }
    needs::remove_folder(&folder)?;
    if !process::succeeds(Command::new(&python).args(["-m", "venv"]).arg(&folder))? {
        // Debian keeps what `venv` needs in a package of its own.
        needs::install(&["python3-venv"])?;
        needs::remove_folder(&folder)?;
        let made = process::succeeds(Command::new(&python).args(["-m", "venv"]).arg(&folder))?;
        ensure_made(made, &folder)?;
    }
    let mut pip = Command::new(&interpreter);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--requirement",
    ])
    .arg(&pins);
    let installed = process::succeeds(&mut pip)?;
    ensure_made(installed, &folder)?;
    std::fs::write(&stamp_file, stamp).context("cannot write the stamp of the Python environment")?;
    Ok(interpreter)
}

fn ensure_made(made: bool, folder: &Path) -> Result<()> {
    ensure!(made, "the Python environment {} could not be made from {REQUIREMENTS}", folder.display());
    Ok(())
}

/// The first Python that is new enough, with its version.
fn find() -> Option<(PathBuf, String)> {
    let script = "import sys; print('%d.%d.%d' % sys.version_info[:3])";
    ["python3.11", "python3", "python3.12", "python3.13", "python3.14"].into_iter().find_map(|name| {
        let version = process::read(Command::new(name).args(["-c", script])).ok()?.trim().to_owned();
        let minor: u32 = version.strip_prefix("3.")?.split('.').next()?.parse().ok()?;
        (minor >= MINOR_AT_LEAST).then(|| (PathBuf::from(name), version))
    })
}

/// Equal as long as neither the pins nor the interpreter have changed.
fn stamp(pinned: &[u8], version: &str) -> String {
    let mut hasher = DefaultHasher::new();
    pinned.hash(&mut hasher);
    format!("{version} {:016x}\n", hasher.finish())
}

const REQUIREMENTS: &str = "conformance/python/requirements.txt";

/// The pins were made for Python 3.11.
const MINOR_AT_LEAST: u32 = 11;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_pins_or_another_python_make_a_new_environment() {
        assert_eq!(stamp(b"pytest==1", "3.11.2"), stamp(b"pytest==1", "3.11.2"));
        assert_ne!(stamp(b"pytest==1", "3.11.2"), stamp(b"pytest==2", "3.11.2"));
        assert_ne!(stamp(b"pytest==1", "3.11.2"), stamp(b"pytest==1", "3.12.0"));
    }
}
