//! `[tls]`: encryption of the API and the gate.

use std::net::SocketAddr;
use std::path::PathBuf;

use listen::CertificateFiles;
use names::HostName;
use toml::Spanned;

use super::{ConfigError, Origin};

/// Which listeners speak TLS, and with whose certificates.
#[derive(Clone, Debug)]
pub struct TlsConfig {
    /// Whether the API does.
    pub api: bool,
    /// Whether the gate does.
    pub gate: bool,
    /// Certificates from files, chosen by the host that a client names.
    pub certificates: Vec<CertificateFiles>,
    /// Whether the local authority signs for hosts without one.
    pub local_ca: bool,
    /// For which hosts it does, beside those that Doorward serves anyway.
    pub hosts: Vec<HostName>,
    /// Where requests without TLS are sent on to the gate.
    pub redirect_from: Option<SocketAddr>,
}

/// The table.
#[derive(serde::Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    api: Option<bool>,
    gate: Option<bool>,
    #[serde(default)]
    certificates: Vec<Files>,
    #[serde(default)]
    local_ca: bool,
    #[serde(default)]
    hosts: Vec<Spanned<String>>,
    redirect_from: Option<Spanned<String>>,
}

/// One certificate.
#[derive(serde::Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Files {
    chain: PathBuf,
    key: PathBuf,
}

/// The table, where there is one.
pub(super) fn resolve(
    table: Option<Spanned<Table>>,
    origin: &Origin,
) -> Result<Option<TlsConfig>, ConfigError> {
    let Some(table) = table else { return Ok(None) };
    let start = table.span().start;
    let table = table.into_inner();
    let invalid = |at: usize, key: &str, problem: String| ConfigError::Invalid {
        origin: format!("{}, key `{}`", origin.place(at), format!("[tls] {key}").trim_end()),
        problem,
    };
    if table.certificates.is_empty() && !table.local_ca {
        let problem = "TLS needs `certificates` with `chain` and `key`, or `local_ca = true`".to_owned();
        return Err(invalid(start, "", problem));
    }
    let mut hosts = Vec::new();
    for host in &table.hosts {
        let parsed = HostName::parse(host.get_ref());
        hosts.push(parsed.map_err(|error| invalid(host.span().start, "hosts", error.to_string()))?);
    }
    let redirect_from = table.redirect_from.map(|text| {
        text.get_ref().parse().map_err(|_| {
            let problem =
                format!("\"{}\" is not an address, expected IP:PORT such as 0.0.0.0:80", text.get_ref());
            invalid(text.span().start, "redirect_from", problem)
        })
    });
    let (api, gate) = (table.api.unwrap_or(true), table.gate.unwrap_or(true));
    if !gate && redirect_from.is_some() {
        let problem = "the gate does not speak TLS, so that nothing can be sent on to it".to_owned();
        return Err(invalid(start, "redirect_from", problem));
    }
    let certificates =
        table.certificates.into_iter().map(|Files { chain, key }| CertificateFiles { chain, key }).collect();
    let redirect_from = redirect_from.transpose()?;
    Ok(Some(TlsConfig { api, gate, certificates, local_ca: table.local_ca, hosts, redirect_from }))
}
