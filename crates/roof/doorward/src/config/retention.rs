//! `[retention]`: how long what is recorded is kept.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Spanned;

use super::{ConfigError, Origin};

/// The table. What is left out keeps its default.
#[derive(serde::Deserialize, Debug, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    audit_days: Option<Spanned<i64>>,
    audit_mebibytes: Option<Spanned<i64>>,
    decision_days: Option<Spanned<i64>>,
    decision_mebibytes: Option<Spanned<i64>>,
    log_days: Option<Spanned<i64>>,
    log_mebibytes: Option<Spanned<i64>>,
    operation_days: Option<Spanned<i64>>,
    operation_mebibytes: Option<Spanned<i64>>,
}

impl Table {
    pub(super) fn resolve(&self, origin: &Origin) -> Result<::retention::Config, ConfigError> {
        let mut kept = ::retention::Config::of_node(super::NODE);
        let days = |key, given: &Option<Spanned<i64>>, kept: &mut Duration| -> Result<(), ConfigError> {
            if let Some(days) = checked(key, given, DAYS, origin)? {
                *kept = Duration::from_secs(days * DAY);
            }
            Ok(())
        };
        let mebibytes = |key, given: &Option<Spanned<i64>>, kept: &mut u64| -> Result<(), ConfigError> {
            if let Some(mebibytes) = checked(key, given, MEBIBYTES, origin)? {
                *kept = mebibytes << 20;
            }
            Ok(())
        };
        days("audit_days", &self.audit_days, &mut kept.audit.age)?;
        mebibytes("audit_mebibytes", &self.audit_mebibytes, &mut kept.audit.bytes)?;
        days("decision_days", &self.decision_days, &mut kept.decisions.age)?;
        mebibytes("decision_mebibytes", &self.decision_mebibytes, &mut kept.decisions.bytes)?;
        days("log_days", &self.log_days, &mut kept.logs.age)?;
        mebibytes("log_mebibytes", &self.log_mebibytes, &mut kept.logs.bytes)?;
        days("operation_days", &self.operation_days, &mut kept.operations.age)?;
        mebibytes("operation_mebibytes", &self.operation_mebibytes, &mut kept.operations.bytes)?;
        Ok(kept)
    }
}

fn checked(
    key: &str,
    given: &Option<Spanned<i64>>,
    allowed: RangeInclusive<u64>,
    origin: &Origin,
) -> Result<Option<u64>, ConfigError> {
    let Some(given) = given else { return Ok(None) };
    let found = *given.get_ref();
    match u64::try_from(found).ok().filter(|found| allowed.contains(found)) {
        Some(found) => Ok(Some(found)),
        None => Err(ConfigError::Invalid {
            origin: format!("{}, key `[retention] {key}`", origin.place(given.span().start)),
            problem: format!("{found} is outside {} to {}", allowed.start(), allowed.end()),
        }),
    }
}

/// A century.
const DAYS: RangeInclusive<u64> = 1..=36_500;
/// A tebibyte.
const MEBIBYTES: RangeInclusive<u64> = 1..=1_048_576;
const DAY: u64 = 24 * 60 * 60;
