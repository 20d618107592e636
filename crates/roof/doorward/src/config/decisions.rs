//! `[decisions]`: what becomes of decisions that come faster than they can be written.

use audit::WhenFull;
use toml::Spanned;

use super::{ConfigError, Origin};

/// The table. What is left out keeps its default.
#[derive(serde::Deserialize, Debug, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    when_full: Option<Spanned<String>>,
}

impl Table {
    pub(super) fn resolve(&self, origin: &Origin) -> Result<audit::Config, ConfigError> {
        let mut config = audit::Config::default();
        if let Some(given) = &self.when_full {
            config.when_full = match given.get_ref().as_str() {
                "drop" => WhenFull::CountDropped,
                "wait" => WhenFull::Wait,
                other => {
                    return Err(ConfigError::Invalid {
                        origin: format!("{}, key `[decisions] when_full`", origin.place(given.span().start)),
                        problem: format!("\"{other}\" is neither \"drop\" nor \"wait\""),
                    });
                }
            };
        }
        Ok(config)
    }
}
