//! The tests that cargo knows: run by nextest where it is installed, else by cargo itself.

use std::process::Command;

use anyhow::Result;

use super::postgres::Cluster;
use super::tally::Tally;
use crate::process;
use crate::tree::Tree;

/// Builds every test and every binary once; the suites find them ready. Binaries are built together with the tests,
/// because cargo chooses the features of dependencies for all of them at once.
///
/// # Errors
/// When cargo cannot be started.
pub fn build(tree: &Tree) -> Result<Tally> {
    let mut tally = Tally::default();
    let built = process::succeeds(tree.cargo().args(["build", "--workspace", "--lib", "--bins", "--tests"]))?;
    tally.ended("cargo build", built);
    Ok(tally)
}

/// Unit, integration and property tests. Without a cluster, those that need one return at once.
///
/// # Errors
/// When cargo cannot be started.
pub fn tests(tree: &Tree, filters: &[String], cluster: Option<&Cluster>) -> Result<Tally> {
    let mut command = tree.cargo();
    let nextest = nextest_is_installed();
    if nextest {
        command.args(["nextest", "run", "--workspace", "--no-tests", "pass", "--"]).args(filters);
    } else {
        println!("nextest is not installed (cargo install cargo-nextest): cargo test runs the tests");
        command
            .args(["test", "--workspace", "--bins", "--lib", "--tests", "--no-fail-fast", "--"])
            .args(filters);
    }
    match cluster {
        Some(cluster) => command.envs(cluster.environment()),
        None => command.env_remove(super::postgres::ADDRESS),
    };
    let mut tally = count(&mut command, if nextest { count_nextest } else { count_cargo })?;
    if nextest && !filters.is_empty() {
        // nextest calls skipped what the filters leave out; nobody asked for those.
        tally.skipped = 0;
    }
    Ok(tally)
}

/// The examples in the documentation of the crates that have some.
///
/// # Errors
/// When cargo cannot be started or a source cannot be read.
pub fn documentation(tree: &Tree, filters: &[String]) -> Result<Tally> {
    let mut examples = false;
    for file in tree.files()?.iter().filter(|file| file.extension().is_some_and(|ending| ending == "rs")) {
        examples |= tree.text(file)?.is_some_and(|text| has_example(&text));
    }
    if !examples {
        println!("no crate has an example in its documentation");
        return Ok(Tally::default());
    }
    // All of the workspace, not only crates with examples: for fewer crates cargo would choose other features and
    // build dependencies anew.
    count(
        tree.cargo().args(["test", "--workspace", "--doc", "--no-fail-fast", "--"]).args(filters),
        count_cargo,
    )
}

fn count(command: &mut Command, count_line: fn(&str, &mut Tally)) -> Result<Tally> {
    let mut tally = Tally::default();
    let status = process::follow(command, |line| count_line(line, &mut tally))?;
    tally.ended("the run", status.success());
    Ok(tally)
}

/// A fence in the documentation that opens without saying that it is something else than Rust.
fn has_example(source: &str) -> bool {
    let mut inside = false;
    for line in source.lines().map(str::trim_start) {
        let text = line.strip_prefix("//!").or_else(|| line.strip_prefix("///"));
        let Some(language) = text.and_then(|text| text.trim().strip_prefix("```")) else { continue };
        if !inside && matches!(language, "" | "rust" | "no_run" | "should_panic" | "compile_fail") {
            return true;
        }
        inside = !inside;
    }
    false
}

fn nextest_is_installed() -> bool {
    Command::new("cargo-nextest")
        .args(["nextest", "--version"])
        .output()
        .is_ok_and(|output| output.status.success())
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`
fn count_cargo(line: &str, tally: &mut Tally) {
    if let Some(counts) = line.trim_start().strip_prefix("test result: ") {
        tally.passed += number_before(counts, "passed");
        tally.failed += number_before(counts, "failed");
        tally.skipped += number_before(counts, "ignored");
    }
}

/// `Summary [   0.012s] 9 tests run: 7 passed (1 slow), 1 failed, 1 timed out, 3 skipped`
fn count_nextest(line: &str, tally: &mut Tally) {
    let Some((_, counts)) =
        line.trim_start().strip_prefix("Summary [").and_then(|rest| rest.split_once("run: "))
    else {
        return;
    };
    tally.passed += number_before(counts, "passed");
    for bad in ["failed", "timed out", "exec failed"] {
        tally.failed += number_before(counts, bad);
    }
    tally.skipped += number_before(counts, "skipped");
}

/// In a list such as `7 passed (1 slow), 1 failed; …`, the number that stands right before `word`.
pub fn number_before(counts: &str, word: &str) -> usize {
    let items = counts.split([',', ';', '.', '(', ')', '=']).map(str::trim);
    let mut numbers = items.filter_map(|item| item.strip_suffix(word)?.trim_end().parse().ok());
    numbers.next().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(count: fn(&str, &mut Tally), lines: &[&str]) -> (usize, usize, usize) {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| count(line, &mut tally));
        (tally.passed, tally.failed, tally.skipped)
    }

    #[test]
    fn lines_of_cargo_test_are_summed() {
        let lines = [
            "running 4 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 2 passed; 5 failed; 0 ignored; 0 measured; 9 filtered out; finished in 0.10s",
        ];
        assert_eq!(counted(count_cargo, &lines), (5, 5, 1));
    }

    #[test]
    fn the_summary_of_nextest_is_read_with_slow_and_timed_out_tests() {
        let whole =
            "     Summary [   0.012s] 9 tests run: 7 passed (1 slow), 1 failed, 1 timed out, 3 skipped";
        assert_eq!(counted(count_nextest, &["        PASS [ 0.1s] iam a", whole]), (7, 2, 3));
        let plain = "     Summary [   2.100s] 1 test run: 1 passed, 0 skipped";
        assert_eq!(counted(count_nextest, &[plain]), (1, 0, 0));
        let cut_short = "     Summary [   0.004s] 2/9 tests run: 1 passed, 1 exec failed, 0 skipped";
        assert_eq!(counted(count_nextest, &[cut_short]), (1, 1, 0));
    }

    #[test]
    fn only_rust_fences_are_examples() {
        assert!(has_example("    /// ```\n    /// let a = 1;\n    /// ```\n"));
        assert!(has_example("//! ```no_run\n"));
        assert!(!has_example("/// ```text\n/// a\n/// ```\n"));
        assert!(has_example("/// ```text\n/// a\n/// ```\n/// ```\n/// let a = 1;\n"));
        assert!(!has_example("let fence = \"```\";\n"));
    }
}
