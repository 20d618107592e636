//! Clients that were not written here, against the binary that was just built.

use anyhow::Result;

use super::needs::Unavailable;
use super::rust::number_before;
use super::tally::Tally;
use super::{backends, node, python};
use crate::process;
use crate::tree::Tree;

/// Runs the Python suite. Each of its skips is reported by name.
///
/// # Errors
/// When the environment cannot be made or Python cannot be started.
pub fn run(tree: &Tree, filters: &[String]) -> Result<Tally> {
    let mut tally = Tally::default();
    let doorward = tree.target.join("debug/doorward");
    if !has_tests(tree)? {
        tally.skip(SUITE, "there are no tests yet");
        return Ok(tally);
    }
    if !doorward.exists() {
        tally.fail(format!("{SUITE}: there is no {}", doorward.display()));
        return Ok(tally);
    }
    let python = match python::environment(tree) {
        Ok(python) => python,
        Err(Unavailable::Missing(why)) => {
            tally.skip(SUITE, &why);
            return Ok(tally);
        }
        Err(Unavailable::Broken(error)) => return Err(error),
    };
    backends::install(&mut tally);
    let mut command = std::process::Command::new(python);
    command.current_dir(&tree.root).env("DOORWARD_BIN", doorward).env("PYTHONDONTWRITEBYTECODE", "1");
    command.args(["-m", "pytest", FOLDER, "-q", "-rs", "--color=no", "-p", "no:cacheprovider"]);
    // A file is run by one process from beginning to end. In the order of their names: the slow ones, which run gcloud and have few
    // tests, would come last otherwise.
    command.args(["-n", &processes().to_string(), "--dist", "loadfile", "--no-loadscope-reorder"]);
    match node::modules(tree) {
        Ok(modules) => {
            command.env("DOORWARD_NODE_MODULES", modules);
        }
        // Its tests say by name that they were skipped.
        Err(Unavailable::Missing(why)) => println!("{why}"),
        Err(Unavailable::Broken(error)) => tally.fail(format!("Node clients: {error:#}")),
    }
    if !filters.is_empty() {
        command.args(["-k", &filters.join(" or ")]);
    }
    let status = process::follow(&mut command, |line| count(line, &mut tally))?;
    // With filters that fit no test here, pytest ends with 5.
    tally.ended(
        "pytest",
        status.success() || (status.code() == Some(NOTHING_COLLECTED) && !filters.is_empty()),
    );
    Ok(tally)
}

/// One for each processor; each has a Doorward of its own, so that more than a few cost more than they bring.
fn processes() -> usize {
    std::thread::available_parallelism().map_or(1, |processors| processors.get().min(PROCESSES_AT_MOST))
}

fn has_tests(tree: &Tree) -> Result<bool> {
    let is_test = |name: &str| name.starts_with("test_") && name.ends_with(".py");
    Ok(tree.files()?.iter().any(|file| {
        file.starts_with(FOLDER) && file.file_name().is_some_and(|name| is_test(&name.to_string_lossy()))
    }))
}

/// `SKIPPED [1] conformance/python/test_a.py:3: node is not installed` and, at the end,
/// `==== 1 failed, 3 passed, 1 skipped in 0.04s ====` with or without its frame.
fn count(line: &str, tally: &mut Tally) {
    if let Some(skip) = line.strip_prefix("SKIPPED [") {
        tally.skips.push(skip.split_once("] ").map_or(skip, |(_, rest)| rest).to_owned());
        return;
    }
    let Some((counts, _)) = line.trim_matches('=').trim().rsplit_once(" in ") else { return };
    if !counts.starts_with(|first: char| first.is_ascii_digit()) {
        return;
    }
    tally.passed += number_before(counts, "passed");
    tally.failed +=
        number_before(counts, "failed") + number_before(counts, "error") + number_before(counts, "errors");
    tally.skipped += number_before(counts, "skipped");
}

const FOLDER: &str = "conformance/python";
const NOTHING_COLLECTED: i32 = 5;
const PROCESSES_AT_MOST: usize = 4;
const SUITE: &str = "Python clients";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_pytest_is_counted_and_skips_keep_their_names() {
        let mut tally = Tally::default();
        for line in [
            "....s [100%]",
            "SKIPPED [1] conformance/python/test_node.py:3: node is not installed",
            "waited 3 times in vain",
            "1 failed, 3 passed, 1 skipped, 2 errors in 0.04s",
        ] {
            count(line, &mut tally);
        }
        assert_eq!((tally.passed, tally.failed, tally.skipped), (3, 3, 1));
        assert_eq!(tally.skips, ["conformance/python/test_node.py:3: node is not installed"]);
        let mut framed = Tally::default();
        count("======= 5 passed in 61.20s (0:01:01) =======", &mut framed);
        assert_eq!(framed.passed, 5);
    }
}
