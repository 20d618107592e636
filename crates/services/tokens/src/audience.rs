//! Which API a self-signed token is for.

use names::{HostName, Location};

use crate::{ApiFamily, Effect};

/// What a caller's credential must be good for: one method of one API.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiAudience {
    /// The hosts that mean this API: `run.googleapis.com`, and this server's own where clients are pointed at it.
    /// A region before a host (`us-central1-run.googleapis.com`) means the same API.
    pub hosts: Vec<HostName>,
    /// Which scopes the API knows.
    pub family: ApiFamily,
    /// Whether the method changes anything.
    pub effect: Effect,
}

impl ApiAudience {
    /// A method that changes something, of an API without scopes of its own.
    pub fn of(hosts: Vec<HostName>) -> Self {
        Self { hosts, family: ApiFamily::Other, effect: Effect::Change }
    }

    /// Whether the audience of a self-signed token means this API: `https://HOST/`, alone or followed by the name
    /// of the gRPC service (facts §0.2; clients send both forms).
    #[must_use]
    pub fn is_meant_by(&self, audience: &str) -> bool {
        let Some(rest) = audience.strip_prefix("https://").or_else(|| audience.strip_prefix("http://"))
        else {
            return false;
        };
        let (authority, service) = rest.split_once('/').unwrap_or((rest, ""));
        let Ok(host) = HostName::of_authority(authority) else { return false };
        (service.is_empty() || is_grpc_service(service)) && self.hosts.iter().any(|own| serves(own, &host))
    }
}

/// Whether `host` is `own`, or `own` with a region before it.
fn serves(own: &HostName, host: &HostName) -> bool {
    match host.as_str().strip_suffix(own.as_str()) {
        Some("") => true,
        Some(region) => region.strip_suffix('-').is_some_and(|region| Location::parse(region).is_ok()),
        None => false,
    }
}

/// `google.pubsub.v1.Publisher`: at least two words, so that paths such as `token` are none.
fn is_grpc_service(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    text.len() <= 200 && text.contains('.') && text.split('.').all(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheduler() -> ApiAudience {
        ApiAudience::of(
            ["cloudscheduler.googleapis.com", "127.0.0.1"]
                .map(|host| HostName::parse(host).unwrap())
                .to_vec(),
        )
    }

    #[test]
    fn host_with_or_without_its_service_is_meant() {
        for audience in [
            "https://cloudscheduler.googleapis.com/",
            "https://cloudscheduler.googleapis.com",
            "https://cloudscheduler.googleapis.com/google.cloud.scheduler.v1.CloudScheduler",
            "https://CloudScheduler.googleapis.com/",
            "https://us-central1-cloudscheduler.googleapis.com/",
            "http://127.0.0.1:8085/",
        ] {
            assert!(scheduler().is_meant_by(audience), "{audience}");
        }
    }

    #[test]
    fn everything_else_is_not() {
        for audience in [
            "",
            "cloudscheduler.googleapis.com",
            "https://",
            "https:///",
            "https://pubsub.googleapis.com/",
            "https://cloudscheduler.googleapis.com.example.com/",
            "https://evilcloudscheduler.googleapis.com/",
            "https://-cloudscheduler.googleapis.com/",
            "https://a.us-central1-cloudscheduler.googleapis.com/",
            "https://someone@cloudscheduler.googleapis.com/",
            "https://cloudscheduler.googleapis.com/token",
            "https://cloudscheduler.googleapis.com/a.b/c",
            "https://cloudscheduler.googleapis.com/..",
            "https://cloudscheduler.googleapis.com?x=/",
            "https://oauth2.googleapis.com/token",
            "ftp://cloudscheduler.googleapis.com/",
        ] {
            assert!(!scheduler().is_meant_by(audience), "{audience}");
        }
    }
}
