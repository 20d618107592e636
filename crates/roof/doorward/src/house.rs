//! The floors, built bottom-up.

use std::io;
use std::path::Path;
use std::sync::Arc;

use access::Access;
use accounts::Accounts;
use api::{Api, Services};
use audit::Decisions;
use delivery::Engine;
use gateway::{Gateway, Sources};
use jiff::Timestamp;
use keys::CertificateAuthority;
use listen::Socket;
use logs::Logs;
use names::{ProjectId, ProjectNumber, System};
use operations::Operations;
use outbound::{Client, Dialer, Guard, Reach, Trust};
use people::People;
use projects::{Defaults, Projects};
use retention::Retention;
use run::Run;
use scheduler::Scheduler;
use store::Store;
use store_sql::{DataDirectory, SqlStore};
use supervise::{Supervisor, Tasks, Undrained};
use tokens::Tokens;

use crate::config::NODE;
use crate::demo::Demo;
use crate::encryption::{Encryption, Which, bind_redirect, serve_redirect};
use crate::minted::Minted;
use crate::own_hosts::{Apis, Own};
use crate::owner_credential::OwnerCredential;
use crate::serve_api::{Serving, serve_api};
use crate::serve_intercept::{Behind, serve_intercept};
use crate::token_keys::Keys;
use crate::{Addresses, BuildError, Config, Surroundings};

/// A running Doorward.
pub struct House {
    /// Where it is.
    pub addresses: Addresses,
    /// Permits.
    pub access: Access,
    /// Service accounts.
    pub accounts: Accounts,
    /// What was decided about every request.
    pub decisions: Decisions,
    /// The local certificate authority, where it signs for the gate.
    pub(crate) authority: Option<Arc<CertificateAuthority>>,
    /// The demonstration, where it was asked for.
    pub(crate) demo: Option<Demo>,
    /// The local owner.
    pub owner: people::Owner,
    /// The project that was asked for.
    pub project: (ProjectId, ProjectNumber),
    /// Cloud Run services.
    pub run: Run,
    /// Jobs.
    pub scheduler: Scheduler,
    /// The store.
    pub store: Store,
    /// Tokens.
    pub tokens: Tokens,
    supervisor: Supervisor,
}

impl House {
    /// Builds the floors bottom-up, and the demonstration on top where it is asked for. When it returns, every
    /// listener serves, everything that was asked for is there, and only then does `/healthz` say so.
    pub async fn build(config: &Config, surroundings: Surroundings) -> Result<Self, BuildError> {
        let context = surroundings.context();
        let supervisor = Supervisor::new(&surroundings.timer);
        let tasks = supervisor.tasks().clone();
        let directory = DataDirectory::lock(&config.data)?;
        let data = directory.path().to_owned();
        let owner_file = directory.private(cli::OwnerCredential::FILE)?;
        let master_key = directory.private(Keys::FILE)?;
        let encryption = Encryption::of(config, &directory, &surroundings.timer)?;
        let api_socket = Socket::bind("--api", config.api)?.with_limit(config.connections.api);
        let api_socket = encryption.on(Which::Api, config, api_socket);
        let gate_socket = Socket::bind("--gate", config.gate)?.with_limit(config.connections.gate);
        let gate_socket = encryption.on(Which::Gate, config, gate_socket);
        let redirect_socket = bind_redirect(config)?;
        let intercept_socket =
            config.intercept.map(|address| Socket::bind("--intercept", address)).transpose()?;
        let intercept_socket = intercept_socket.map(|socket| socket.with_limit(config.connections.intercept));
        let serving = ["api", "gate"].map(|name| supervisor.readiness().part(name));

        let store = Store::on(SqlStore::open_sqlite(directory, &tasks).await?);
        let (decisions, writer) = Decisions::new(store.clone(), config.decisions);
        write_decisions(writer, &tasks);
        let access = Access::start(&store, config.universe.clone()).await?.noting(decisions.clone());

        Retention::new(
            config.retention.clone(),
            store.clone(),
            tasks.clone(),
            surroundings.randomness.clone(),
        )
        .start();

        let mut clients = people::Config::of(&config.universe);
        clients.clients.extend(config.oauth_clients.iter().cloned());
        clients.owner_profile = config.owner_profile.clone();
        let people = People::new(store.clone(), access.clone(), clients);
        let owner_credential = OwnerCredential {
            file: owner_file,
            people: people.clone(),
            randomness: surroundings.randomness.clone(),
            universe: config.universe.clone(),
        };
        let owner = owner_credential.ensure(&context).await?;
        owner_credential.renew_when_revoked(&store, &tasks).await?;
        let projects = Projects::new(store.clone(), access.clone(), config.universe.clone());
        let system = System::acting_for_itself();
        let defaults = Defaults::default();
        let project = projects.ensure(&context, system, &config.project, &defaults).await?.record;
        let accounts = Accounts::new(store.clone(), access.clone(), config.universe.clone(), tasks.clone());
        let keys = Keys { config, master_key: &master_key, source: surroundings.keys, tasks: &tasks };
        let tokens = keys.tokens(&context, &store, &access, people, api_socket.local_address()).await?;
        tasks.spawn("key rotation", tokens.rotation().run(tasks.clone()));

        let settings = run::Config { gcloud_audience: config.gcloud_audience, images: config.images.clone() };
        let run = Run::start(&store, config.universe.clone(), settings).await?;
        let reach = if config.is_loopback_only() { Reach::LoopbackOnly } else { Reach::Listed };
        let own_listeners: Vec<_> =
            [Some(&api_socket), Some(&gate_socket), intercept_socket.as_ref(), redirect_socket.as_ref()]
                .into_iter()
                .flatten()
                .map(Socket::local_address)
                .collect();
        let guard = Guard::new(reach, config.outbound_allow.clone(), own_listeners.clone());
        let trust = Trust::system_and([])?;
        let dialer = Dialer::new(guard, trust.clone(), surroundings.timer.clone());
        let sources = Sources {
            access: access.clone(),
            decisions: decisions.clone(),
            dialer: dialer.clone(),
            id_tokens: Arc::new(tokens.id_tokens()),
            randomness: surroundings.randomness.clone(),
            routes: run.routes(),
        };
        let gate_settings = gateway::Config {
            connections: config.connections.backend,
            tls_in_front: config.tls_in_front,
            ..gateway::Config::default()
        };
        let gate = Gateway::new(gate_settings, sources);
        let [api_ready, gate_ready] = serving;
        let gate = gate.serve(gate_socket, surroundings.cores, &tasks).await.map_err(BuildError::Gate)?;
        gate_ready.ready();

        let apis = Apis::of(config.universe.clone());
        let own = Own { apis: apis.clone(), gate: gate.clone() };
        let client = Client::new(dialer.with_own_hosts(Arc::new(own)));
        let parts = delivery::Parts {
            access: access.clone(),
            client,
            decisions: decisions.clone(),
            mint: Arc::new(Minted { tokens: tokens.clone() }),
            randomness: surroundings.randomness.clone(),
            store: store.clone(),
            tasks: tasks.clone(),
        };
        let (engine, scheduler) = deliveries(parts);
        let addresses = Addresses {
            api: api_socket.local_address(),
            api_tls: encryption.host(Which::Api, config),
            gate_tls: encryption.host(Which::Gate, config),
            gate: gate.address(),
            intercept: intercept_socket.as_ref().map(Socket::local_address),
            project: project.id.to_string(),
            universe: config.universe.domain().to_string(),
        };
        let services = Services {
            access: access.clone(),
            accounts: accounts.clone(),
            decisions: decisions.clone(),
            logs: Logs::new(store.clone()),
            operations: Operations::new(store.clone()),
            organization: defaults.organization,
            projects,
            randomness: surroundings.randomness.clone(),
            readiness: supervisor.readiness().clone(),
            run: run.clone(),
            scheduler: scheduler.clone(),
            timer: surroundings.timer.clone(),
            tokens: tokens.clone(),
        };
        let api = Api::new(services, api::Config::at(addresses.api));
        let serving = serve_api(&api_socket, api, &tasks, api_ready, &apis).map_err(BuildError::Api)?;
        start_deliveries(engine, &scheduler, &serving);
        if let Some(socket) = redirect_socket {
            serve_redirect(&socket, addresses.gate, &tasks).map_err(BuildError::Redirect)?;
        }
        if let Some(certificates) = &encryption.certificates {
            certificates.watch(&tasks);
        }
        if let (Some(socket), Some(authority)) = (intercept_socket, encryption.authority.clone()) {
            let behind = Behind {
                apis,
                authority,
                gate,
                own_listeners,
                randomness: surroundings.randomness.clone(),
                tasks: tasks.clone(),
                trust,
                universe: config.universe.clone(),
            };
            serve_intercept(&socket, behind).map_err(BuildError::Intercept)?;
        }
        let project = (project.id, project.number);
        let mut house = Self {
            addresses,
            access,
            accounts,
            authority: encryption.signs_for_the_gate(config),
            decisions,
            demo: None,
            owner,
            project,
            run,
            scheduler,
            store,
            tokens,
            supervisor,
        };
        if config.demo {
            house.demo = Some(Demo::make(&house, &context).await.map_err(BuildError::Demo)?);
        }
        house.announce(&data).await.map_err(BuildError::Data)?;
        Ok(house)
    }

    /// Says that everything serves: to probes, and to whoever waits for the file with the addresses.
    async fn announce(&self, data: &Path) -> io::Result<()> {
        self.supervisor.readiness().all_declared();
        self.supervisor.readiness().settled().await;
        self.addresses.write(data)
    }

    /// Takes nobody new in, ends what is under way until the deadline, then closes the store.
    pub async fn drain(self, deadline: Timestamp) -> Result<(), Undrained> {
        self.let_go().drain(deadline).await
    }

    /// Drops every handle onto the store that the house itself holds: the writer ends when the last one is gone, after
    /// everybody who still writes while draining.
    fn let_go(self) -> Supervisor {
        self.supervisor
    }
}

/// Writes decisions down until nobody can decide any more. Without it nothing could be explained: it is essential.
fn write_decisions(writer: audit::Worker, tasks: &Tasks) {
    let (timer, drain) = (tasks.timer().clone(), tasks.drain());
    tasks.spawn_essential("decisions", async move {
        writer.run(timer, drain.clone()).await;
        // A house that is not finished lets its parts go before the drain.
        drain.draining().await;
    });
}

/// Jobs, and the engine that sends what they ask for. Neither is started yet.
fn deliveries(parts: delivery::Parts) -> (Engine, Scheduler) {
    let engine = Engine::new(delivery::Config::of_node(NODE), parts.clone());
    let scheduler = Scheduler::new(scheduler::Parts {
        access: parts.access,
        deliveries: engine.handle(),
        randomness: parts.randomness,
        store: parts.store,
        tasks: parts.tasks,
    });
    (engine.with_owner("job", Arc::new(scheduler.clone())), scheduler)
}

/// Starts sending. What is due may call the API at once, so that there must be one.
fn start_deliveries(engine: Engine, scheduler: &Scheduler, _: &Serving) {
    engine.start();
    scheduler.start();
}
