//! Google's libraries for Node under `target/`, in exactly the versions that `package-lock.json` pins.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::needs::{self, Unavailable};
use crate::process;
use crate::tree::Tree;

/// The folder with the libraries, which is made if it is not there or was made from other pins.
///
/// # Errors
/// `Missing` without a Node that is new enough and npm, `Broken` if the libraries cannot be installed.
pub fn modules(tree: &Tree) -> Result<PathBuf, Unavailable> {
    if needs::on_path("npm").is_none() {
        needs::install(&["nodejs", "npm"])?;
    }
    let Some(version) = version().filter(|version| is_new_enough(version)) else {
        return Err(Unavailable::Missing(format!("no Node of at least {MAJOR_AT_LEAST}")));
    };
    let mut stamp = version;
    let mut pins = Vec::new();
    for name in PINS {
        let path = tree.root.join(FOLDER).join(name);
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {FOLDER}/{name}"))?;
        stamp.push_str(&text);
        pins.push((name, text));
    }
    let folder = tree.target.join("node");
    let modules = folder.join("node_modules");
    let stamp_file = folder.join("made-from");
    if modules.exists() && std::fs::read_to_string(&stamp_file).is_ok_and(|made_from| made_from == stamp) {
        println!("the libraries in {} are current", folder.display());
        return Ok(modules);
    }
    needs::remove_folder(&folder)?;
    install(&folder, &pins)?;
    std::fs::write(&stamp_file, stamp).context("cannot write the stamp of the libraries for Node")?;
    Ok(modules)
}

fn install(folder: &PathBuf, pins: &[(&str, String)]) -> Result<()> {
    let failed = || format!("cannot write {}", folder.display());
    std::fs::create_dir_all(folder).with_context(failed)?;
    for (name, text) in pins {
        std::fs::write(folder.join(name), text).with_context(failed)?;
    }
    let mut npm = Command::new("npm");
    // Nothing of what is installed is run while it is installed.
    npm.current_dir(folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    let installed = process::succeeds(&mut npm)?;
    ensure!(installed, "the libraries for Node could not be installed from {FOLDER}/package-lock.json");
    Ok(())
}

fn version() -> Option<String> {
    process::read(Command::new("node").arg("--version")).ok()
}

/// `v20.20.2`.
fn is_new_enough(version: &str) -> bool {
    let major = version.trim().strip_prefix('v').and_then(|version| version.split('.').next());
    major.and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= MAJOR_AT_LEAST)
}

const FOLDER: &str = "conformance/node";
const PINS: [&str; 2] = ["package.json", "package-lock.json"];
const MAJOR_AT_LEAST: u32 = 18;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_node_is_told_from_a_new_one() {
        for (version, expected) in [("v20.20.2\n", true), ("v18.0.0", true), ("v16.20.1", false), ("", false)]
        {
            assert_eq!(is_new_enough(version), expected, "{version}");
        }
    }
}
