//! Where a running Doorward is, for people and for its own commands.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

/// The addresses as they were bound. The keys of the file are named as the flags.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Addresses {
    /// Google's APIs and the token endpoint.
    pub api: SocketAddr,
    /// The host that the certificate of the API is for, where it speaks TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_tls: Option<String>,
    /// The services.
    pub gate: SocketAddr,
    /// The host that the certificate of the gate is for, where it speaks TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate_tls: Option<String>,
    /// The proxy for programs on this machine, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intercept: Option<SocketAddr>,
    /// The project that was made when it was missing.
    pub project: String,
    /// The domain that this cloud goes by.
    pub universe: String,
}

impl Addresses {
    /// The file's name in the data directory.
    pub const FILE: &'static str = "addresses.json";

    /// The API's URL.
    pub fn api_url(&self) -> String {
        url(self.api, self.api_tls.as_deref())
    }

    /// The gate's URL.
    pub fn gate_url(&self) -> String {
        url(self.gate, self.gate_tls.as_deref())
    }

    /// Writes the file in one step, so that a reader sees the old addresses or the new ones.
    pub(crate) fn write(&self, data: &Path) -> io::Result<()> {
        let text = serde_json::to_string(self).map_err(io::Error::other)?;
        let fresh = data.join("addresses.json.new");
        std::fs::write(&fresh, text)?;
        std::fs::rename(&fresh, data.join(Self::FILE))
    }
}

fn url(address: SocketAddr, tls: Option<&str>) -> String {
    match tls {
        Some(host) => format!("https://{host}:{}", address.port()),
        None => format!("http://{address}"),
    }
}
