//! Fuzz bodies: any bytes give a condition or a typed error, and every condition can be evaluated.

use jiff::Timestamp;
use names::ResourceName;

use crate::Condition;
use crate::condition::Circumstances;

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
