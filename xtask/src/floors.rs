//! `cargo xtask floors`: who may depend on whom (`ARCHITECTURE.md`), and what every file must keep to.
//!
//! Each rule is a function from what was read to a list of [`Fault`]s, so that its tests show it a house with the
//! fault in it.

mod arrows;
mod build;
mod doors;
mod files;
mod graph;
mod sources;

use std::fmt;

use anyhow::Result;

use crate::tree::Tree;
use crate::{Verdict, process};

/// Runs every rule and prints what it found.
///
/// # Errors
/// When the checkout cannot be read.
pub fn run(arguments: &[String]) -> Result<Verdict> {
    anyhow::ensure!(arguments.is_empty(), "floors takes no arguments, found {arguments:?}");
    let tree = Tree::here()?;
    let graph = graph::Graph::from_metadata(&tree.metadata)?;
    let files = read_files(&tree)?;
    let mut faults = Vec::new();
    faults.extend(arrows::faults(&graph));
    faults.extend(doors::faults(&graph));
    faults.extend(sources::faults(&files));
    faults.extend(files::faults(&files));
    let mut listing = tree.cargo();
    listing.args([
        "tree",
        "--workspace",
        "--locked",
        "--edges=normal,build",
        "--prefix=none",
        "--format={p}",
    ]);
    faults.extend(build::faults(&process::read(&mut listing)?));
    for fault in &faults {
        println!("floors: {fault}");
    }
    println!("floors: {} crates, {} files, {} faults", graph.crates.len(), files.len(), faults.len());
    Ok(Verdict::holds_if(faults.is_empty()))
}

/// One thing that is not as the architecture has it.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// A crate, or a file with its line.
    pub place: String,
    /// What is wrong, and what the rule is.
    pub what: String,
}

impl Fault {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.what)
    }
}

/// A text file of the checkout.
pub struct TextFile {
    /// Relative to the root, with `/` between its parts.
    pub path: String,
    /// Its whole text.
    pub text: String,
}

impl TextFile {
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

fn read_files(tree: &Tree) -> Result<Vec<TextFile>> {
    let mut files = Vec::new();
    for file in tree.files()? {
        if let Some(text) = tree.text(&file)? {
            files.push(TextFile { path: file.to_string_lossy().replace('\\', "/"), text });
        }
    }
    Ok(files)
}

#[cfg(test)]
fn file(path: &str, text: &str) -> TextFile {
    TextFile { path: path.into(), text: text.into() }
}
