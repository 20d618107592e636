//! The configuration: what was typed, else the variable, else the file, else the default.

mod constraints;
mod decisions;
mod error;
mod file;
mod oauth_clients;
mod owner;
mod retention;
mod services;
mod tls;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use cli::UpArguments;
use gateway::TlsInFront;
use names::{Email, ProjectId, Secret, Universe};
use outbound::AddressRange;
use people::{OauthClient, Profile};
use run::{GcloudAudience, Images};
use tokens::DangerousAnonymousOwner;
use toml::Spanned;

use crate::{Chosen, Connections};
use file::{File, Limits, Origin, parse, read};

pub use error::ConfigError;
pub use tls::TlsConfig;

/// Everything that can be configured, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where everything is kept.
    pub data: PathBuf,
    /// Address of the API.
    pub api: SocketAddr,
    /// Address of the gate.
    pub gate: SocketAddr,
    /// Address of the proxy for programs on this machine, unless it is off.
    pub intercept: Option<SocketAddr>,
    /// Project that is made when it is missing.
    pub project: ProjectId,
    /// Whether the demonstration is made and shown.
    pub demo: bool,
    /// Whether API calls that carry no credential are the local owner's.
    pub dangerous_anonymous_owner: Option<DangerousAnonymousOwner>,
    /// The names that this cloud goes by.
    pub universe: Universe,
    /// Loopback and private networks that may be called when a listener is not on loopback.
    pub outbound_allow: Vec<AddressRange>,
    /// What becomes of decisions that come faster than they can be written.
    pub decisions: audit::Config,
    /// How long what is recorded is kept.
    pub retention: ::retention::Config,
    /// How many connections may be open at once.
    pub connections: Connections,
    /// Whether private services take tokens that gcloud asked for without naming an audience.
    pub gcloud_audience: GcloudAudience,
    /// Whether something in front of the gate ends TLS.
    pub tls_in_front: TlsInFront,
    /// What images stand for.
    pub images: Images,
    /// The accounts whose access tokens may live for up to twelve hours.
    pub extended_lifetimes: BTreeSet<Email>,
    /// The programs that people may let act for them.
    pub oauth_clients: Vec<OauthClient>,
    /// What the local owner is called.
    pub owner_profile: Profile,
    /// Encryption of the API and the gate.
    pub tls: Option<TlsConfig>,
    /// The key that seals keys at rest, from the environment; otherwise a file in the data directory.
    pub master_key: Option<Secret<String>>,
}

impl Config {
    /// Puts the configuration together. `variables` are those of the process that start with `DOORWARD_` and have no
    /// flag.
    pub fn resolve(
        arguments: &UpArguments,
        variables: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let (file, origin) = match &arguments.config {
            Some(path) => read(path)?,
            None => (File::default(), Origin::default()),
        };
        Self::of_file(file, &origin, arguments, variables)
    }

    /// What a file of this text makes of it, with nothing typed.
    pub(crate) fn of_text(text: &str) -> Result<Self, ConfigError> {
        let (file, origin) = parse(Origin { name: "doorward.toml".to_owned(), text: text.to_owned() })?;
        Self::of_file(file, &origin, &UpArguments::default(), &BTreeMap::new())
    }

    fn of_file(
        file: File,
        origin: &Origin,
        arguments: &UpArguments,
        variables: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let api = address("api", &arguments.api, file.api, "127.0.0.1:8090", origin)?;
        let anonymous =
            arguments.dangerous_anonymous_owner.or(file.dangerous.anonymous_owner).unwrap_or(false);
        let anonymous = anonymous.then(|| DangerousAnonymousOwner::of_api_at(api)).transpose()?;
        let universe = value("universe", &None, file.universe, "googleapis.com", origin, Universe::parse)?;
        let config = Self {
            data: arguments.data.clone().or(file.data).unwrap_or_else(|| PathBuf::from("./doorward-data")),
            api,
            gate: address("gate", &arguments.gate, file.gate, "127.0.0.1:8080", origin)?,
            intercept: intercept(&arguments.intercept, file.intercept, origin)?,
            project: value("project", &arguments.project, file.project, "demo", origin, ProjectId::parse)?,
            demo: arguments.demo.or(file.demo).unwrap_or(false),
            dangerous_anonymous_owner: anonymous,
            connections: connections(&file.limits, origin)?,
            outbound_allow: ranges(&file.outbound.allow, origin)?,
            decisions: file.decisions.resolve(origin)?,
            retention: file.retention.resolve(origin)?,
            gcloud_audience: file.services.gcloud_audience(origin)?,
            tls_in_front: file.services.tls_in_front(),
            images: images(file.images, origin)?,
            extended_lifetimes: file.constraints.extended_lifetimes(origin)?,
            oauth_clients: oauth_clients::resolve(file.oauth_clients, &universe, origin)?,
            universe,
            owner_profile: file.owner.resolve(origin)?,
            tls: tls::resolve(file.tls, origin)?,
            master_key: variables.get("DOORWARD_MASTER_KEY").cloned().map(Secret::new),
        };
        if let Some(address) = config.intercept.filter(|address| !address.ip().is_loopback()) {
            return Err(ConfigError::InterceptBeyondLoopback { address });
        }
        if !file.dangerous.plain_http_beyond_loopback {
            let encrypted = config.tls.as_ref().map_or([false; 2], |tls| [tls.api, tls.gate]);
            for ((flag, address), encrypted) in
                [("api", config.api), ("gate", config.gate)].into_iter().zip(encrypted)
            {
                if !encrypted && !address.ip().is_loopback() {
                    return Err(ConfigError::NotLoopback { flag, address });
                }
            }
        }
        Ok(config)
    }

    /// Whether every listener is on loopback, so that whoever calls is on this machine.
    pub fn is_loopback_only(&self) -> bool {
        self.api.ip().is_loopback() && self.gate.ip().is_loopback()
    }
}

fn address(
    flag: &'static str,
    typed: &Option<String>,
    file: Option<Spanned<String>>,
    default: &str,
    origin: &Origin,
) -> Result<SocketAddr, ConfigError> {
    value(flag, typed, file, default, origin, |text| {
        text.parse::<SocketAddr>()
            .map_err(|_| format!("\"{text}\" is not an address, expected IP:PORT such as 127.0.0.1:8090"))
    })
}

fn intercept(
    typed: &Option<String>,
    file: Option<Spanned<String>>,
    origin: &Origin,
) -> Result<Option<SocketAddr>, ConfigError> {
    value("intercept", typed, file, "127.0.0.1:8092", origin, |text| match text {
        "" | "off" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            format!("\"{text}\" is not an address, expected IP:PORT such as 127.0.0.1:8092, or off")
        }),
    })
}

/// One value from the first place that has it; an error says which place that was.
fn value<T, E: fmt::Display>(
    name: &'static str,
    typed: &Option<String>,
    file: Option<Spanned<String>>,
    default: &str,
    origin: &Origin,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, ConfigError> {
    let (text, origin) = match (typed, file) {
        (Some(text), _) => (text.clone(), format!("--{name} or DOORWARD_{}", name.to_uppercase())),
        (None, Some(text)) => {
            let origin = format!("{}, key `{name}`", origin.place(text.span().start));
            (text.into_inner(), origin)
        }
        (None, None) => (default.to_owned(), "the default".to_owned()),
    };
    parse(&text).map_err(|error| ConfigError::Invalid { origin, problem: error.to_string() })
}

fn connections(limits: &Limits, origin: &Origin) -> Result<Connections, ConfigError> {
    let mut connections = Connections::default();
    for (key, chosen, count) in [
        ("api_connections", &limits.api_connections, &mut connections.api),
        ("backend_connections", &limits.backend_connections, &mut connections.backend),
        ("gate_connections", &limits.gate_connections, &mut connections.gate),
        ("intercept_connections", &limits.intercept_connections, &mut connections.intercept),
    ] {
        let Some(chosen) = chosen else { continue };
        let value = usize::try_from(*chosen.get_ref()).ok();
        *count = value.filter(|value| (1..=MOST_CONNECTIONS).contains(value)).ok_or_else(|| {
            ConfigError::Invalid {
                origin: format!("{}, key `[limits] {key}`", origin.place(chosen.span().start)),
                problem: format!("{} is not a number from 1 to {MOST_CONNECTIONS}", chosen.get_ref()),
            }
        })?;
        connections.chosen = Chosen::ByOwner;
    }
    Ok(connections)
}

fn ranges(texts: &[Spanned<String>], origin: &Origin) -> Result<Vec<AddressRange>, ConfigError> {
    let parse = |text: &Spanned<String>| {
        text.get_ref().parse().map_err(|error: outbound::RangeError| ConfigError::Invalid {
            origin: format!("{}, key `[outbound] allow`", origin.place(text.span().start)),
            problem: error.to_string(),
        })
    };
    texts.iter().map(parse).collect()
}

/// `"gcr.io/acme/app" = "http://127.0.0.1:3000"`, each checked by itself so that an error says where it stands.
fn images(table: BTreeMap<String, Spanned<String>>, origin: &Origin) -> Result<Images, ConfigError> {
    let mut checked = Vec::new();
    for (name, address) in table {
        let place = origin.place(address.span().start);
        let entry = (name, address.into_inner());
        if let Err(error) = Images::new([entry.clone()]) {
            let origin = format!("{place}, key `[images] {:?}`", entry.0);
            return Err(ConfigError::Invalid { origin, problem: error.to_string() });
        }
        checked.push(entry);
    }
    let table = "the table [images]".to_owned();
    Images::new(checked).map_err(|error| ConfigError::Invalid { origin: table, problem: error.to_string() })
}

/// The store is this node's alone, so its name is too.
pub(crate) const NODE: &str = "embedded";
const MOST_CONNECTIONS: usize = 1_000_000;
