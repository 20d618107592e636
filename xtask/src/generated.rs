//! `cargo xtask generated`: files that a program writes and a person reviews are what the sources say.

use anyhow::Result;

use crate::tree::Tree;
use crate::{Verdict, process};

/// Checks that `Cargo.lock` fits the manifests and that no changed snapshot waits for a reviewer.
///
/// # Errors
/// When the checkout cannot be read.
pub fn run(arguments: &[String]) -> Result<Verdict> {
    anyhow::ensure!(arguments.is_empty(), "generated takes no arguments, found {arguments:?}");
    let tree = Tree::here()?;
    let mut faults = Vec::new();
    if let Err(error) = process::read(tree.cargo().args(["metadata", "--locked", "--format-version", "1"])) {
        faults.push(format!("Cargo.lock does not fit the manifests: {error}; run cargo check and commit it"));
    }
    for file in pending_snapshots(&tree.root.join("crates"))? {
        faults.push(format!("{file}: a changed snapshot waits for review; read it, then cargo insta accept"));
    }
    for fault in &faults {
        println!("generated: {fault}");
    }
    println!("generated: {}", if faults.is_empty() { "current" } else { "not current" });
    Ok(Verdict::holds_if(faults.is_empty()))
}

/// `.snap.new` files, which git ignores: they are what a snapshot test wrote when it saw something new.
fn pending_snapshots(folder: &std::path::Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(pending_snapshots(&path)?);
        } else if path.to_string_lossy().ends_with(".snap.new") {
            found.push(path.display().to_string());
        }
    }
    found.sort();
    Ok(found)
}
