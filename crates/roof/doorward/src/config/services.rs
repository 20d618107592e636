//! `[services]`: what holds for every service.

use gateway::TlsInFront;
use run::GcloudAudience;
use toml::Spanned;

use super::{ConfigError, Origin};

/// The table. What is left out keeps its default.
#[derive(serde::Deserialize, Debug, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    gcloud_audience: Option<Spanned<String>>,
    #[serde(default)]
    tls_in_front: bool,
}

impl Table {
    pub(super) fn tls_in_front(&self) -> TlsInFront {
        if self.tls_in_front { TlsInFront::Always } else { TlsInFront::Unknown }
    }

    pub(super) fn gcloud_audience(&self, origin: &Origin) -> Result<GcloudAudience, ConfigError> {
        let Some(given) = &self.gcloud_audience else { return Ok(GcloudAudience::default()) };
        match given.get_ref().as_str() {
            "accepted" => Ok(GcloudAudience::Accepted),
            "refused" => Ok(GcloudAudience::Refused),
            other => Err(ConfigError::Invalid {
                origin: format!("{}, key `[services] gcloud_audience`", origin.place(given.span().start)),
                problem: format!("\"{other}\" is neither \"accepted\" nor \"refused\""),
            }),
        }
    }
}
