//! `cargo xtask bench flood|gate|instructions|scheduler|tokens|store|decide`: what something costs, on this machine, now.
//!
//! All is built as it is packaged. `flood`, `gate`, `instructions` and `scheduler` run `doorward` against the `bench` that loads it; the others measure a
//! part of the house in one process. Nothing is asserted about speed: numbers of two runs are not compared,
//! ratios within one are.

use std::process::Command;

use anyhow::{Result, bail};

use crate::tree::Tree;
use crate::{Verdict, process};

/// Builds and measures.
///
/// # Errors
/// When the arguments make no sense or cargo cannot be started.
pub fn run(arguments: &[String]) -> Result<Verdict> {
    let Some((what, rest)) = arguments.split_first() else { bail!("{USAGE}") };
    let tree = Tree::here()?;
    match what.as_str() {
        "flood" | "gate" | "instructions" | "scheduler" => outside(&tree, what, rest),
        "decide" | "store" | "tokens" if rest.is_empty() => within(&tree, what),
        _ => bail!("unknown measurement {what:?}; {USAGE}"),
    }
}

/// A part of the house, in one process.
fn within(tree: &Tree, what: &str) -> Result<Verdict> {
    let mut bench = tree.cargo();
    bench.args(["bench", "--profile", "dist", "--package", "doorward", "--bench", "within", "--", what]);
    Ok(Verdict::holds_if(process::succeeds(&mut bench)?))
}

/// A `doorward` of its own, from outside.
fn outside(tree: &Tree, what: &str, rest: &[String]) -> Result<Verdict> {
    let mut build = tree.cargo();
    build.args(["build", "--profile", "dist", "--package", "doorward", "--package", "bench", "--bins"]);
    if !process::succeeds(&mut build)? {
        return Ok(Verdict::Broken);
    }
    let built = tree.target.join("dist");
    let mut bench = Command::new(built.join("bench"));
    bench.current_dir(&tree.root).arg(what).args(rest);
    bench.arg("--doorward").arg(built.join("doorward"));
    bench.arg("--folder").arg(tree.target.join("bench"));
    Ok(Verdict::holds_if(process::succeeds(&mut bench)?))
}

const USAGE: &str = "usage: cargo xtask bench flood [--rounds N] [--seconds N] [--connections N] [--frames N], cargo xtask bench gate [--seconds N] [--rounds N] [--connections N], \
    cargo xtask bench instructions [--requests N] [--connections N], \
    cargo xtask bench scheduler [--jobs N] [--firing N] [--minutes N] [--due spread|at-once] [--connections N], or \
    cargo xtask bench tokens|store|decide";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_measurements_that_there_are_begin() {
        for arguments in [&[][..], &["speed".to_owned()]] {
            let error = run(arguments).unwrap_err().to_string();
            assert!(error.contains("bench gate"), "{error}");
        }
    }
}
