//! Why a configuration is not one.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokens::NotLoopback;

/// Why a configuration is not one. Says where and what is allowed.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Calls without a credential would be the owner's, from other machines too.
    #[error("with --dangerous-anonymous-owner the API must listen on loopback")]
    AnonymousBeyondLoopback(#[from] NotLoopback),
    /// The intercept would be a proxy for other machines.
    #[error(
        "--intercept {address} is not on loopback: whoever reaches the intercept can call out through it"
    )]
    InterceptBeyondLoopback {
        /// Which address.
        address: SocketAddr,
    },
    /// A value is not valid.
    #[error("{origin}: {problem}")]
    Invalid {
        /// The flag, variable or file.
        origin: String,
        /// What is wrong with it, and what is allowed.
        problem: String,
    },
    /// An address is not on loopback and the API would speak plain HTTP there.
    #[error(
        "--{flag} {address} is not on loopback and speaks plain HTTP: tokens would cross the network unprotected"
    )]
    NotLoopback {
        /// Which flag.
        flag: &'static str,
        /// Which address.
        address: SocketAddr,
    },
    /// The file cannot be read.
    #[error("the configuration {} cannot be read", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl ConfigError {
    /// What to change.
    pub fn hint(&self) -> String {
        match self {
            Self::AnonymousBeyondLoopback(_) => {
                "listen on loopback (--api 127.0.0.1:8090), or leave out --dangerous-anonymous-owner and send an access token".to_owned()
            }
            Self::InterceptBeyondLoopback { .. } => {
                "listen on loopback (--intercept 127.0.0.1:8092), or turn it off (--intercept off); clients on other machines reach the API and the gate over TLS of their own".to_owned()
            }
            Self::Invalid { .. } => "correct the value and start again; `doorward up --help` lists the flags, docs/configuration.md the keys of the file".to_owned(),
            Self::NotLoopback { .. } => {
                "give it certificates under `[tls]` in the configuration (docs/tls.md), or listen on 127.0.0.1 and put a TLS proxy in front, or set `plain_http_beyond_loopback = true` under `[dangerous]`".to_owned()
            }
            Self::Unreadable { path, .. } => format!("create {} or leave out --config", path.display()),
        }
    }
}
