//! Fuzz body: any bytes give a schedule or a typed error; a schedule's firings go forwards and are named by it.

use jiff::Timestamp;

use crate::{Schedule, Zone};

/// The bytes up to the first newline are a schedule, the rest a time zone.
pub fn body(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (schedule, zone) = text.split_once('\n').unwrap_or((text, "UTC"));
    let zone = Zone::parse(zone).unwrap_or_else(|error| {
        assert!(!error.to_string().is_empty());
        Zone::utc()
    });
    let schedule = match Schedule::parse(schedule) {
        Ok(schedule) => schedule,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    assert_eq!(Schedule::parse(schedule.as_str()).as_ref(), Ok(&schedule));
    assert!(!schedule.describe().is_empty());
    for mut instant in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        for _ in 0..4 {
            let Some(next) = schedule.next_after(instant, &zone) else { break };
            assert!(next > instant);
            assert!(schedule.names(zone.stretch_at(next).offset.to_datetime(next)));
            instant = next;
        }
    }
}
