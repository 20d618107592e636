//! What an operator may choose.

use crate::Images;

/// Settings of the services.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Config {
    /// Whether tokens that gcloud asked for without naming an audience are accepted.
    pub gcloud_audience: GcloudAudience,
    /// What images stand for; looked at when a revision is made.
    pub images: Images,
}

/// Whether a private service takes tokens whose audience is gcloud's own client ID (facts §2.2). Such a token is for
/// no service in particular: whoever receives one can present it to another service.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum GcloudAudience {
    /// As Google does, so that `gcloud auth print-identity-token` works unchanged.
    #[default]
    Accepted,
    /// Only tokens for the service itself.
    Refused,
}
