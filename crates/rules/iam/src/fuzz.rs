//! Fuzz bodies: any bytes give a condition or a typed error, and every condition can be evaluated.

use jiff::Timestamp;
use names::ResourceName;

use crate::Condition;
use crate::condition::{Circumstances, Part, Severity};

/// The parser, the checker and the evaluator of conditions.
pub fn conditions(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(condition) = Condition::parse("fuzzed", "", text) else { return };
    let resource = ResourceName::parse("projects/demo/locations/us-central1/services/hello");
    let resource = resource.expect("a valid literal");
    for time in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        let circumstances = Circumstances::of(time, &resource);
        let verdict = condition.evaluate(&circumstances);
        assert_eq!(verdict, condition.evaluate(&circumstances), "{text:?} at {time}");
    }
    assert_eq!(Condition::parse("fuzzed", "", condition.expression()), Ok(condition.clone()));
}

/// The linter: it finds an error exactly where the parser refuses, the worst first, and in what was written.
pub fn linting(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for (title, expression) in [("fuzzed", text), (text, "true")] {
        let findings = Condition::lint(title, text, expression, Timestamp::UNIX_EPOCH);
        let refused = Condition::parse(title, text, expression).is_err();
        assert_eq!(findings.iter().any(|found| found.severity == Severity::Error), refused, "{findings:?}");
        assert!(findings.is_sorted_by_key(|found| found.severity), "{findings:?}");
        for found in findings {
            let part = match found.part {
                Part::Description => text,
                Part::Expression => expression,
                Part::Title => title,
            };
            assert!(found.offset <= part.chars().count(), "{found:?} in {part:?}");
        }
    }
}
