//! `cargo xtask check`: what must hold before a change is handed in, in the order of how soon each can say no.

use std::process::Command;

use anyhow::Result;

use crate::tree::Tree;
use crate::{Verdict, floors, generated, process, test};

/// Runs every check, also after one has failed, and says at the end which ones did.
///
/// # Errors
/// When a tool cannot be started.
pub fn run(arguments: &[String]) -> Result<Verdict> {
    anyhow::ensure!(arguments.is_empty(), "check takes no arguments, found {arguments:?}");
    let tree = Tree::here()?;
    let mut broken = Vec::new();
    let mut note = |name: &'static str, verdict: Verdict| {
        if verdict == Verdict::Broken {
            broken.push(name);
        }
    };
    note("fmt", cargo(&tree, &["fmt", "--all", "--check"])?);
    note("floors", floors::run(&[])?);
    note("clippy", cargo(&tree, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?);
    note("deny", deny(&tree)?);
    note("generated", generated::run(&[])?);
    note("test", test::run(&[])?);
    println!(
        "check: {}",
        if broken.is_empty() { "all holds".into() } else { format!("broken: {}", broken.join(", ")) }
    );
    Ok(Verdict::holds_if(broken.is_empty()))
}

fn cargo(tree: &Tree, words: &[&str]) -> Result<Verdict> {
    Ok(Verdict::holds_if(process::succeeds(tree.cargo().args(words))?))
}

/// Licences and banned crates. cargo-deny does not come with Rust, so it is used where somebody installed it; the
/// bans that matter most are in `floors` too.
fn deny(tree: &Tree) -> Result<Verdict> {
    let installed =
        Command::new("cargo-deny").arg("--version").output().is_ok_and(|output| output.status.success());
    if !installed {
        println!("deny: skipped, cargo-deny is not installed (cargo install cargo-deny)");
        return Ok(Verdict::Holds);
    }
    cargo(tree, &["deny", "check", "bans", "licenses", "sources"])
}
