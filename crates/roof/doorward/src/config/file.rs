//! The file: its keys, and where in it something stands.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::Spanned;

use super::{ConfigError, constraints, decisions, oauth_clients, owner, retention, services, tls};

/// The file's keys. Named as the flags; tables for what has no flag.
#[derive(serde::Deserialize, Debug, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) data: Option<PathBuf>,
    pub(super) api: Option<Spanned<String>>,
    pub(super) gate: Option<Spanned<String>>,
    pub(super) intercept: Option<Spanned<String>>,
    pub(super) project: Option<Spanned<String>>,
    pub(super) demo: Option<bool>,
    pub(super) universe: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) outbound: Outbound,
    #[serde(default)]
    pub(super) decisions: decisions::Table,
    #[serde(default)]
    pub(super) retention: retention::Table,
    #[serde(default)]
    pub(super) limits: Limits,
    #[serde(default)]
    pub(super) images: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(super) services: services::Table,
    #[serde(default)]
    pub(super) constraints: constraints::Table,
    #[serde(default)]
    pub(super) oauth_clients: BTreeMap<String, Spanned<oauth_clients::Table>>,
    #[serde(default)]
    pub(super) owner: owner::Table,
    pub(super) tls: Option<Spanned<tls::Table>>,
    #[serde(default)]
    pub(super) dangerous: Dangerous,
}

#[derive(serde::Deserialize, Debug, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Outbound {
    #[serde(default)]
    pub(super) allow: Vec<Spanned<String>>,
}

/// How much at once.
#[derive(serde::Deserialize, Debug, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    pub(super) api_connections: Option<Spanned<i64>>,
    pub(super) backend_connections: Option<Spanned<i64>>,
    pub(super) gate_connections: Option<Spanned<i64>>,
    pub(super) intercept_connections: Option<Spanned<i64>>,
}

/// Weak choices, in a table that says so.
#[derive(serde::Deserialize, Debug, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Dangerous {
    pub(super) anonymous_owner: Option<bool>,
    #[serde(default)]
    pub(super) plain_http_beyond_loopback: bool,
}

/// A file as it was read, to say where in it a mistake is.
#[derive(Default)]
pub(super) struct Origin {
    pub(super) name: String,
    pub(super) text: String,
}

impl Origin {
    /// `FILE:LINE` of a position in bytes.
    pub(super) fn place(&self, at: usize) -> String {
        let line = self.before(at).matches('\n').count() + 1;
        format!("{}:{line}", self.name)
    }

    /// The line around a position, as it was written.
    pub(super) fn line(&self, at: usize) -> &str {
        let begin = self.before(at).rfind('\n').map_or(0, |newline| newline + 1);
        self.text.get(begin..).and_then(|rest| rest.lines().next()).unwrap_or_default()
    }

    fn before(&self, at: usize) -> &str {
        self.text.get(..at).unwrap_or(&self.text)
    }
}

pub(super) fn read(path: &Path) -> Result<(File, Origin), ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    parse(Origin { name: path.display().to_string(), text })
}

pub(super) fn parse(origin: Origin) -> Result<(File, Origin), ConfigError> {
    match toml::from_str(&origin.text) {
        Ok(file) => Ok((file, origin)),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            let line = origin.line(at).trim();
            // Whoever writes a secret where its digest belongs does not find it in a log.
            let line = if line.contains("secret") { "…" } else { line };
            let problem = format!("{} (in `{line}`)", error.message());
            Err(ConfigError::Invalid { origin: origin.place(at), problem })
        }
    }
}
