//! `cargo xtask test [-- FILTER…]`: every test, and what the tests need.
//!
//! Three suites, each counted on its own: **rust** (unit, integration and property tests, fuzz bodies among them),
//! **documentation** (the examples in the docs) and **conformance** (clients that were not written here, against the
//! binary that was just built). What cannot run here is skipped by name, with the reason, at the end. With filters,
//! only tests whose names contain one of them run.

mod backends;
mod conformance;
mod needs;
mod node;
mod postgres;
mod python;
mod rust;
mod tally;

use anyhow::{Result, bail};

use crate::Verdict;
use crate::tree::Tree;
use needs::Unavailable;
use tally::{Report, Tally};

/// Runs every suite, also after one has failed, and prints what passed, failed and was skipped.
///
/// # Errors
/// When the arguments make no sense or the checkout cannot be read.
pub fn run(arguments: &[String]) -> Result<Verdict> {
    let filters = match arguments.split_first() {
        None => &[],
        Some((dashes, filters)) if dashes == "--" => filters,
        Some((unknown, _)) => bail!("unknown argument {unknown:?}; filters stand after `--`"),
    };
    let tree = Tree::here()?;
    let mut report = Report::default();
    report.suite("build", rust::build(&tree));
    if report.failed() == 0 {
        report.suite("rust", rust_with_postgres(&tree, filters));
        report.suite("documentation", rust::documentation(&tree, filters));
        report.suite("conformance", conformance::run(&tree, filters));
    }
    print!("{report}");
    Ok(Verdict::holds_if(report.failed() == 0))
}

fn rust_with_postgres(tree: &Tree, filters: &[String]) -> Result<Tally> {
    match postgres::Cluster::start(tree) {
        Ok(cluster) => rust::tests(tree, filters, Some(&cluster)),
        Err(unavailable) => {
            let mut tally = rust::tests(tree, filters, None)?;
            match unavailable {
                Unavailable::Broken(error) => tally.fail(format!("{}: {error:#}", postgres::SUITE)),
                Unavailable::Missing(why) => tally.skip(postgres::SUITE, &why),
            }
            Ok(tally)
        }
    }
}
