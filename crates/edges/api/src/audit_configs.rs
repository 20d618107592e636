//! `google.iam.v1.AuditConfig` and what `access` keeps of it.

use iam::{AuditConfig as Kept, AuditLogConfig as KeptLog, AuditLogKind};
use problem::Problem;
use wire::google::iam::v1::audit_log_config::LogType;
use wire::google::iam::v1::{AuditConfig, AuditLogConfig};

use crate::policies::member;
use crate::refusal::invalid;

/// What a caller wants to be logged.
pub(crate) fn read(configs: Vec<AuditConfig>) -> Result<Vec<Kept>, Problem> {
    let one = |AuditConfig { service, audit_log_configs }| {
        let logs = audit_log_configs.into_iter().map(log).collect::<Result<_, _>>()?;
        Ok(Kept { service, logs })
    };
    configs.into_iter().map(one).collect()
}

/// What is kept, as it is answered.
pub(crate) fn messages(configs: Vec<Kept>) -> Vec<AuditConfig> {
    let log = |log: KeptLog| AuditLogConfig {
        log_type: kind_number(log.kind).into(),
        exempted_members: log.exempted.iter().map(ToString::to_string).collect(),
    };
    let one = |Kept { service, logs }| AuditConfig {
        service,
        audit_log_configs: logs.into_iter().map(log).collect(),
    };
    configs.into_iter().map(one).collect()
}

fn log(config: AuditLogConfig) -> Result<KeptLog, Problem> {
    let kind = match config.log_type() {
        LogType::AdminRead => AuditLogKind::AdminRead,
        LogType::DataRead => AuditLogKind::DataRead,
        LogType::DataWrite => AuditLogKind::DataWrite,
        LogType::Unspecified => {
            let field = "policy.audit_configs.audit_log_configs.log_type";
            return Err(invalid(field, "it is ADMIN_READ, DATA_WRITE or DATA_READ"));
        }
    };
    let field = "policy.audit_configs.audit_log_configs.exempted_members";
    let exempted = config.exempted_members.iter().map(|text| member(field, text));
    Ok(KeptLog { kind, exempted: exempted.collect::<Result<_, _>>()? })
}

fn kind_number(kind: AuditLogKind) -> LogType {
    match kind {
        AuditLogKind::AdminRead => LogType::AdminRead,
        AuditLogKind::DataRead => LogType::DataRead,
        AuditLogKind::DataWrite => LogType::DataWrite,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(log_type: i32, exempted: &str) -> Vec<AuditConfig> {
        let log = AuditLogConfig { log_type, exempted_members: vec![exempted.into()] };
        vec![AuditConfig { service: "allServices".into(), audit_log_configs: vec![log] }]
    }

    #[test]
    fn every_kind_is_read_and_written_back() {
        for log_type in 1..=3 {
            let sent = config(log_type, "user:ada@example.com");
            assert_eq!(read(sent.clone()).map(messages), Ok(sent));
        }
    }

    #[test]
    fn no_kind_and_no_member_are_refused_at_their_field() {
        let at = |sent| read(sent).unwrap_err().violations[0].field.clone();
        for log_type in [0, 4, -1] {
            assert!(at(config(log_type, "user:ada@example.com")).ends_with("log_type"));
        }
        assert!(at(config(1, "ada")).ends_with("exempted_members"));
    }
}
