//! Where tokens get their keys from.

use std::net::SocketAddr;
use std::path::Path;

use access::Access;
use context::Context;
use keys::MasterKey;
use people::People;
use store::Store;
use supervise::Tasks;
use tokens::Tokens;

use crate::BuildError;
use crate::{Config, KeySource};

/// What is known about keys when the house is built.
pub(crate) struct Keys<'a> {
    pub(crate) config: &'a Config,
    /// The file with the key that seals them, unless the configuration has one.
    pub(crate) master_key: &'a Path,
    pub(crate) source: KeySource,
    /// What makes them runs as one of these.
    pub(crate) tasks: &'a Tasks,
}

impl Keys<'_> {
    /// The name of the master key's file in the data directory.
    pub(crate) const FILE: &'static str = "master.key";

    /// Tokens over sealed keys, or over keys that everybody knows.
    pub(crate) async fn tokens(
        self,
        context: &Context,
        store: &Store,
        access: &Access,
        people: People,
        api: SocketAddr,
    ) -> Result<Tokens, BuildError> {
        let port = api.port();
        let own = [format!("http://{api}/token"), format!("http://localhost:{port}/token")];
        let config = tokens::Config {
            dangerous_anonymous_owner: self.config.dangerous_anonymous_owner,
            extended_lifetimes: self.config.extended_lifetimes.clone(),
            ..tokens::Config::of(self.config.universe.clone(), own.to_vec())
        };
        let started = match self.source {
            KeySource::DangerousFixed(rings) => {
                Tokens::dangerous_start_with_fixed_keys(
                    config,
                    store,
                    access.clone(),
                    people,
                    *rings,
                    self.tasks,
                    context,
                )
                .await
            }
            KeySource::Sealed => {
                let master = match &self.config.master_key {
                    Some(text) => MasterKey::from_base64(text)?,
                    None => MasterKey::from_file(self.master_key)?,
                };
                Tokens::start(config, store, access.clone(), people, master, self.tasks, context).await
            }
        };
        Ok(started?)
    }
}
