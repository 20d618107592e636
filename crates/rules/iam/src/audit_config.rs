//! Which accesses are to be logged: kept with a policy and given back (facts §4.4, `google.iam.v1.AuditConfig`).

use names::{HostName, Member};

/// What one API is to log.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct AuditConfig {
    /// The API's host, such as `run.googleapis.com`, or `allServices`.
    pub service: String,
    /// At least one, and each kind at most once.
    pub logs: Vec<AuditLogConfig>,
}

/// One kind of access, and whose is left out.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct AuditLogConfig {
    /// Which kind.
    pub kind: AuditLogKind,
    /// Whose accesses are not to be logged; in any order, as written.
    pub exempted: Vec<Member>,
}

/// A kind of access.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AuditLogKind {
    /// Reads of what administrators configure.
    AdminRead,
    /// Reads of what users keep.
    DataRead,
    /// Writes of what users keep.
    DataWrite,
}

/// Why audit configuration cannot be kept.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AuditConfigError {
    /// An API without anything to log.
    #[error("The audit configuration of {service} needs at least one auditLogConfig.")]
    Empty {
        /// Which API.
        service: String,
    },
    /// A kind of access twice for one API.
    #[error("The audit configuration of {service} has a logType more than once.")]
    RepeatedKind {
        /// Which API.
        service: String,
    },
    /// An API twice.
    #[error("{service} has more than one audit configuration.")]
    RepeatedService {
        /// Which API.
        service: String,
    },
    /// More configurations than there are APIs.
    #[error("A policy has at most {MAX_AUDIT_CONFIGS} audit configurations, this one has {count}.")]
    TooManyConfigs {
        /// How many there are.
        count: usize,
    },
    /// More members than a policy may name.
    #[error(
        "The audit configurations of a policy exempt at most {MAX_EXEMPTED} members, these exempt {count}."
    )]
    TooManyExempted {
        /// How many there are.
        count: usize,
    },
    /// What is no name of an API.
    #[error(
        "The service of an audit configuration is allServices or the host of an API such as run.googleapis.com."
    )]
    UnknownService,
}

/// The most audit configurations of a policy: more than there are APIs. Google publishes no limit.
pub const MAX_AUDIT_CONFIGS: usize = 500;
/// The most exempted members of a policy, repeats counted. Google publishes no limit but that of its bindings.
pub const MAX_EXEMPTED: usize = 1500;

impl AuditConfig {
    /// Checks what somebody wants to set. Order and spelling stay as they are written.
    pub fn check(configs: &[Self]) -> Result<(), AuditConfigError> {
        if configs.len() > MAX_AUDIT_CONFIGS {
            return Err(AuditConfigError::TooManyConfigs { count: configs.len() });
        }
        let count = configs.iter().flat_map(|config| &config.logs).map(|log| log.exempted.len()).sum();
        if count > MAX_EXEMPTED {
            return Err(AuditConfigError::TooManyExempted { count });
        }
        for (place, config) in configs.iter().enumerate() {
            let service = || config.service.clone();
            if !is_service(&config.service) {
                return Err(AuditConfigError::UnknownService);
            }
            if configs[..place].iter().any(|earlier| earlier.service == config.service) {
                return Err(AuditConfigError::RepeatedService { service: service() });
            }
            if config.logs.is_empty() {
                return Err(AuditConfigError::Empty { service: service() });
            }
            let again = |(place, log): (usize, &AuditLogConfig)| {
                config.logs[..place].iter().any(|earlier| earlier.kind == log.kind)
            };
            if config.logs.iter().enumerate().any(again) {
                return Err(AuditConfigError::RepeatedKind { service: service() });
            }
        }
        Ok(())
    }
}

fn is_service(text: &str) -> bool {
    text == "allServices" || (text.contains('.') && HostName::parse(text).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(kind: AuditLogKind, exempted: &[&str]) -> AuditLogConfig {
        let exempted = exempted.iter().map(|text| Member::parse(text).expect("valid")).collect();
        AuditLogConfig { kind, exempted }
    }

    fn config(service: &str, logs: Vec<AuditLogConfig>) -> AuditConfig {
        AuditConfig { service: service.into(), logs }
    }

    #[test]
    fn googles_own_example_can_be_kept() {
        let jose = ["user:jose@example.com"];
        let all = [AuditLogKind::DataRead, AuditLogKind::DataWrite, AuditLogKind::AdminRead];
        let all = all.map(|kind| log(kind, &jose)).to_vec();
        let one = vec![log(AuditLogKind::DataRead, &[])];
        let configs = [config("allServices", all), config("sampleservice.googleapis.com", one)];
        assert_eq!(AuditConfig::check(&configs), Ok(()));
        assert_eq!(AuditConfig::check(&[]), Ok(()));
    }

    #[test]
    fn what_is_said_twice_or_about_nothing_is_refused() {
        let read = || log(AuditLogKind::DataRead, &[]);
        for service in ["", "run", "a b.com", "AllServices", "run.googleapis.com/x"] {
            let refused = AuditConfig::check(&[config(service, vec![read()])]);
            assert_eq!(refused, Err(AuditConfigError::UnknownService), "{service}");
        }
        let run = || config("run.googleapis.com", vec![read()]);
        let twice = AuditConfig::check(&[run(), run()]);
        assert!(matches!(twice, Err(AuditConfigError::RepeatedService { .. })));
        let twice = AuditConfig::check(&[config("allServices", vec![read(), read()])]);
        assert!(matches!(twice, Err(AuditConfigError::RepeatedKind { .. })));
        let empty = AuditConfig::check(&[config("allServices", vec![])]);
        assert!(matches!(empty, Err(AuditConfigError::Empty { .. })));
    }

    #[test]
    fn there_are_limits() {
        let crowd = vec!["allUsers"; MAX_EXEMPTED + 1];
        let crowd = config("allServices", vec![log(AuditLogKind::DataRead, &crowd)]);
        let refused = AuditConfig::check(&[crowd]);
        assert_eq!(refused, Err(AuditConfigError::TooManyExempted { count: MAX_EXEMPTED + 1 }));
        let many = vec![config("allServices", Vec::new()); MAX_AUDIT_CONFIGS + 1];
        let refused = AuditConfig::check(&many);
        assert_eq!(refused, Err(AuditConfigError::TooManyConfigs { count: MAX_AUDIT_CONFIGS + 1 }));
    }
}
