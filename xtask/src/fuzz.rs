//! `cargo xtask fuzz [--seconds N] [CRATE…]`: every parser on random bytes, for longer than a test run may take.
//!
//! A crate that parses has a body for fuzzing in `src/fuzz.rs`, and tests that drive it with a few hundred random inputs in
//! every run. This runs the same tests over and over, each time with 20,000 other inputs, until the time is up. What is
//! found is shrunk and printed by the test, and kept by proptest beside it, so that every later run begins with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::tree::Tree;
use crate::{Verdict, process};

/// Drives the bodies in turn until the time is up or one of them breaks.
///
/// # Errors
/// When the arguments make no sense, no crate has a body, or cargo cannot be started.
#[expect(clippy::disallowed_methods, reason = "a chore takes real time")]
pub fn run(arguments: &[String]) -> Result<Verdict> {
    let Wish { seconds, only } = Wish::of(arguments)?;
    let tree = Tree::here()?;
    let mut targets = targets(&tree.root.join("crates"))?;
    targets.retain(|target| only.is_empty() || only.contains(&target.package));
    if targets.is_empty() {
        bail!("no crate of that name has tests that drive a fuzz body");
    }
    let started = Instant::now();
    for round in 1_u32.. {
        for target in &targets {
            if round > 1 && started.elapsed() > Duration::from_secs(seconds) {
                println!("{} rounds over {} crates held", round - 1, targets.len());
                return Ok(Verdict::Holds);
            }
            let mut cargo = tree.cargo();
            cargo.args(["test", "--quiet", "--package", &target.package, "--lib", "--tests", "--"]);
            cargo.args(&target.tests).env("PROPTEST_CASES", CASES);
            if !process::succeeds(&mut cargo)? {
                return Ok(Verdict::Broken);
            }
        }
    }
    Ok(Verdict::Holds)
}

struct Wish {
    seconds: u64,
    only: Vec<String>,
}

impl Wish {
    fn of(arguments: &[String]) -> Result<Self> {
        let mut wish = Self { seconds: 600, only: Vec::new() };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--seconds" => {
                    let seconds = arguments.next().context(USAGE)?;
                    wish.seconds = seconds.parse().context(USAGE)?;
                }
                flag if flag.starts_with('-') => bail!("{USAGE}"),
                package => wish.only.push(package.to_owned()),
            }
        }
        Ok(wish)
    }
}

/// The tests of one crate that drive its bodies.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    package: String,
    tests: Vec<String>,
}

fn targets(crates: &Path) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for floor in folders(crates)? {
        for package in folders(&floor)? {
            let mut tests = Vec::new();
            for file in rust_files(&package.join("tests"))? {
                tests.extend(drivers(&fs::read_to_string(file)?, "fuzz::"));
            }
            if let Ok(bodies) = fs::read_to_string(package.join("src/fuzz.rs")) {
                let beside = bodies.split_once("mod tests {").map_or("", |(_, tests)| tests);
                tests.extend(drivers(beside, "body("));
            }
            tests.sort();
            tests.dedup();
            if let (false, Some(name)) = (tests.is_empty(), package.file_name()) {
                targets.push(Target { package: name.to_string_lossy().into_owned(), tests });
            }
        }
    }
    targets.sort_by(|one, other| one.package.cmp(&other.package));
    Ok(targets)
}

/// The names of the tests in a text that call a fuzz body, by themselves or through a function beside them.
fn drivers(text: &str, call: &str) -> Vec<String> {
    let functions = functions(text);
    let mut reaching: Vec<&str> = Vec::new();
    loop {
        let calls = |function: &&Function| {
            function.body.contains(call)
                || reaching.iter().any(|name| function.body.contains(&format!("{name}(")))
        };
        let found: Vec<&str> =
            functions.iter().filter(calls).map(|function| function.name.as_str()).collect();
        if found.len() == reaching.len() {
            break;
        }
        reaching = found;
    }
    let tests = functions.iter().filter(|function| function.is_test);
    tests.map(|test| test.name.clone()).filter(|name| reaching.contains(&name.as_str())).collect()
}

struct Function {
    name: String,
    /// What stands behind the name, up to the next function.
    body: String,
    is_test: bool,
}

fn functions(text: &str) -> Vec<Function> {
    let mut functions: Vec<Function> = Vec::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim_start).filter(|line| !line.starts_with("use ")) {
        let line = line.strip_prefix("async ").unwrap_or(line);
        if let Some((name, rest)) = line.strip_prefix("fn ").and_then(|rest| rest.split_once(['(', '<'])) {
            functions.push(Function { name: name.to_owned(), body: rest.to_owned(), is_test });
        } else if let Some(function) = functions.last_mut() {
            function.body.push_str(line);
        }
        // Other attributes may stand between this one and the function.
        is_test =
            line.starts_with("#[test]") || line.contains("::test") || (is_test && line.starts_with("#["));
    }
    functions
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    Ok(entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_dir()).collect())
}

fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

const CASES: &str = "20000";
const USAGE: &str = "usage: cargo xtask fuzz [--seconds N] [CRATE…]";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_that_drive_a_body_are_found_and_nothing_else_is() {
        let text = "use x::fuzz::body;\nfn aside(d: &[u8]) {\n    x::fuzz::body(d);\n}\nproptest! {\n    #[test]\n    fn any_bytes(b in y()) {\n        x::fuzz::body(&b);\n        x::fuzz::more(&b);\n    }\n    #[tokio::test]\n    #[expect(x)]\n    async fn near(\n        t in z()) {\n        fuzz::body(t);\n    }\n    #[test]\n    fn through_another(t in z()) { aside(t); }\n    #[test]\n    fn other() {}\n";
        assert_eq!(drivers(text, "fuzz::"), ["any_bytes", "near", "through_another"]);
    }

    #[test]
    fn tests_that_drive_a_body_let_the_run_say_how_many_cases() {
        let crates = Tree::here().unwrap().root.join("crates");
        for file in rust_files(&crates).unwrap() {
            let text = fs::read_to_string(&file).unwrap();
            for block in text.split("proptest! {").skip(1).filter(|block| block.contains("with_cases(")) {
                assert_eq!(drivers(block, "fuzz::"), [""; 0], "{}: a number of its own", file.display());
            }
        }
    }

    #[test]
    fn every_crate_with_a_body_has_a_test_that_drives_it() {
        let crates = Tree::here().unwrap().root.join("crates");
        let targets = targets(&crates).unwrap();
        for floor in folders(&crates).unwrap() {
            for package in
                folders(&floor).unwrap().iter().filter(|package| package.join("src/fuzz.rs").exists())
            {
                let name = package.file_name().unwrap().to_string_lossy();
                assert!(targets.iter().any(|target| target.package == name), "{name} drives no body");
            }
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for arguments in [&["--seconds"][..], &["--seconds", "x"], &["--fast"]] {
            let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
            assert!(Wish::of(&arguments).is_err(), "{arguments:?}");
        }
    }
}
