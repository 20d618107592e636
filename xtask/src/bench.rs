//! `cargo xtask bench gate [--seconds N] [--rounds N]`: what a request costs, on this machine, now;
//! `cargo xtask bench scheduler [--jobs N] [--firing N]`: how late jobs fire.
//!
//! Builds `doorward` as it is packaged and the `bench` that loads it, and runs the one against the other. Nothing is
//! asserted about speed: numbers of two runs are not compared, ratios within one are.

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
    if !["gate", "scheduler"].contains(&what.as_str()) {
        bail!("unknown measurement {what:?}; {USAGE}");
    }
    let tree = Tree::here()?;
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

const USAGE: &str = "usage: cargo xtask bench gate [--seconds N] [--rounds N] [--connections N], or \
    cargo xtask bench scheduler [--jobs N] [--firing N] [--minutes N] [--due spread|at-once] [--connections N]";

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
