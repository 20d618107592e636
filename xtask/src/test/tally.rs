//! Counting what passed, failed and was skipped.

use std::fmt;

use anyhow::Result;

/// What one suite did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tests that held.
    pub passed: usize,
    /// Tests that did not, and steps that could not be taken.
    pub failed: usize,
    /// Tests that were not run.
    pub skipped: usize,
    /// What was skipped and why, one line each.
    pub skips: Vec<String>,
    /// What failed outside a test, one line each.
    pub failures: Vec<String>,
}

impl Tally {
    /// Counts one thing that was not run.
    pub fn skip(&mut self, name: &str, why: &str) {
        self.skipped += 1;
        self.skips.push(format!("{name}: {why}"));
    }

    /// Counts one failure that is not a test of its own.
    pub fn fail(&mut self, what: String) {
        self.failed += 1;
        self.failures.push(what);
    }

    /// A program that counts its tests ended: if it was not content although no test failed, that is a failure too.
    pub fn ended(&mut self, what: &str, success: bool) {
        if !success && self.failed == 0 {
            self.fail(format!("{what} failed before or beside its tests"));
        }
    }
}

/// All suites of one run; its `Display` is the end of the output.
#[derive(Default)]
pub struct Report {
    suites: Vec<(&'static str, Tally)>,
}

impl Report {
    /// Adds a suite; an error that ended it counts as one failure.
    pub fn suite(&mut self, name: &'static str, outcome: Result<Tally>) {
        let tally = outcome.unwrap_or_else(|error| {
            let mut tally = Tally::default();
            tally.fail(format!("{name}: {error:#}"));
            tally
        });
        self.suites.push((name, tally));
    }

    /// How many failures there are in all suites.
    pub fn failed(&self) -> usize {
        self.sum(|tally| tally.failed)
    }

    fn sum(&self, count: impl Fn(&Tally) -> usize) -> usize {
        self.suites.iter().map(|(_, tally)| count(tally)).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter)?;
        for (name, tally) in &self.suites {
            for skip in &tally.skips {
                writeln!(formatter, "skipped in {name}: {skip}")?;
            }
        }
        for (name, tally) in &self.suites {
            for failure in &tally.failures {
                writeln!(formatter, "failed in {name}: {failure}")?;
            }
        }
        for (name, tally) in &self.suites {
            let Tally { passed, failed, skipped, .. } = tally;
            writeln!(formatter, "{name:<14}{passed:>5} passed {failed:>5} failed {skipped:>5} skipped")?;
        }
        let (passed, failed, skipped) =
            (self.sum(|tally| tally.passed), self.failed(), self.sum(|tally| tally.skipped));
        writeln!(formatter, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_sums_up_all_suites() {
        let mut report = Report::default();
        report.suite("rust", Ok(Tally { passed: 7, skipped: 1, ..Tally::default() }));
        let mut conformance = Tally { passed: 3, ..Tally::default() };
        conformance.skip("gcloud", "not installed");
        report.suite("conformance", Ok(conformance));
        report.suite("documentation", Err(anyhow::anyhow!("no rustdoc")));
        let text = report.to_string();
        assert_eq!(text.lines().last(), Some("10 passed, 1 failed, 2 skipped"));
        assert!(text.contains("skipped in conformance: gcloud: not installed"), "{text}");
        assert!(text.contains("failed in documentation: documentation: no rustdoc"), "{text}");
    }

    #[test]
    fn a_program_that_fails_without_a_failed_test_counts_once() {
        let mut tally = Tally { passed: 2, ..Tally::default() };
        tally.ended("cargo test", false);
        assert_eq!(tally.failed, 1);
        tally.ended("cargo test", false);
        assert_eq!(tally.failed, 1);
    }
}
