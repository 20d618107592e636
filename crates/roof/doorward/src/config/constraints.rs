//! `[constraints]`: what Google's organization policies allow, under the names of their constraints.

use std::collections::BTreeSet;

use names::Email;
use toml::Spanned;

use super::{ConfigError, Origin};

/// The table. A constraint that is left out allows nothing.
#[derive(serde::Deserialize, Debug, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    #[serde(rename = "iam.allowServiceAccountCredentialLifetimeExtension", default)]
    lifetime_extension: Vec<Spanned<String>>,
}

impl Table {
    /// The accounts whose access tokens may live for up to twelve hours.
    pub(super) fn extended_lifetimes(&self, origin: &Origin) -> Result<BTreeSet<Email>, ConfigError> {
        let account = |given: &Spanned<String>| {
            Email::parse(given.get_ref()).map_err(|error| ConfigError::Invalid {
                origin: format!(
                    "{}, key `[constraints] iam.allowServiceAccountCredentialLifetimeExtension`",
                    origin.place(given.span().start)
                ),
                problem: format!(
                    "{:?} is not the e-mail address of a service account: {error}",
                    given.get_ref()
                ),
            })
        };
        self.lifetime_extension.iter().map(account).collect()
    }
}
