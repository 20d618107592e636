//! Where a running Doorward is, for people and for its own commands.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

/// The addresses as they were bound. The keys of the file are named as the flags.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Addresses {
    /// Google's APIs and the token endpoint.
    pub api: SocketAddr,
    /// The services.
    pub gate: SocketAddr,
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

    /// Writes the file in one step, so that a reader sees the old addresses or the new ones.
    pub(crate) fn write(&self, data: &Path) -> io::Result<()> {
        let text = serde_json::to_string(self).map_err(io::Error::other)?;
        let fresh = data.join("addresses.json.new");
        std::fs::write(&fresh, text)?;
        std::fs::rename(&fresh, data.join(Self::FILE))
    }
}
