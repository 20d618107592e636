//! The whole product in one process, on a clock that is moved by hand.
//!
//! Ada promises that a job fires every minute as its account, and writes down what she means by that. Nothing in her
//! test sleeps or tries again: when `advance` returns, whatever those minutes brought has happened.
//!
//! ```no_run
//! # async fn promise() {
//! use std::time::Duration;
//!
//! let testbed = testbed::Testbed::start().await;
//! let kitchen = testbed.upstream().await;
//! let orders = testbed.make_service("orders", &kitchen.url("")).await;
//! let runner = testbed.make_account("runner").await;
//! testbed.bind("roles/run.invoker", &runner.member(), &orders.path()).await;
//! testbed.make_job("hourly", "0 * * * *", &orders, &runner).await;
//!
//! testbed.advance(Duration::from_secs(3600)).await;
//! assert_eq!(kitchen.seen().len(), 1);
//! # }
//! ```
//!
//! What is real: the floors as the roof builds them, the store on disk, the sockets, the gate's own threads. What is
//! not: the clock ([`supervise::HandClock`]), chance, which is seeded, and Doorward's keys, which are fixed and known to
//! everybody who can read this repository. [`Upstream`] is the fake service behind the gate.
//!
//! Everything here is for tests: what goes wrong panics and says what was answered.

mod answer;
mod api;
mod fixed_keys;
mod gate;
mod making;
mod policies;
mod socket;
mod upstream;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use context::Seeded;
use doorward::{BuildError, Config, Connections, House, KeySource, Surroundings};
use jiff::Timestamp;
use names::{ProjectId, Universe};
use supervise::{HandClock, Supervisor, Timer, Undrained, on_real_time};
use tokens::DangerousAnonymousOwner;

pub use answer::Answer;
pub use api::{Api, claims_of};
pub use making::{Account, Job, KeyFile, Service};
pub use socket::{Broken, ask};
pub use upstream::{Scripted, Seen, Upstream};

/// When every testbed starts: a Monday, half a minute before a full hour.
pub const START: &str = "2026-03-02T08:59:30Z";
/// The project that there is.
pub const PROJECT: &str = "demo";
/// Where services and jobs are made.
pub const LOCATION: &str = "us-central1";

/// A running Doorward, and the hand on its clock.
pub struct Testbed {
    /// The floors, for what has no API.
    pub house: House,
    clock: HandClock,
    config: Config,
    keys: Keys,
    /// Owns what is not Doorward's: the fake upstreams.
    outside: Supervisor,
    randomness: Arc<Seeded>,
    timer: Timer,
    _folder: tempfile::TempDir,
}

#[derive(Clone, Copy)]
enum Keys {
    Fixed,
    Sealed,
}

impl Testbed {
    /// Starts Doorward on an empty data directory.
    pub async fn start() -> Self {
        Self::start_with(Keys::Fixed, None).await
    }

    /// As [`Testbed::start`], taking API calls without a credential for the owner's.
    pub async fn start_with_anonymous_owner() -> Self {
        let leave = DangerousAnonymousOwner::of_api_at(ANY_PORT).expect("loopback");
        Self::start_with(Keys::Fixed, Some(leave)).await
    }

    /// As [`Testbed::start`], with keys of its own, made and sealed in the store as in production. Slower.
    pub async fn start_with_sealed_keys() -> Self {
        Self::start_with(Keys::Sealed, None).await
    }

    async fn start_with(keys: Keys, dangerous_anonymous_owner: Option<DangerousAnonymousOwner>) -> Self {
        let folder = tempfile::tempdir().expect("a folder for a test");
        let (timer, clock) = Timer::by_hand(START.parse().expect("an instant"));
        let config = Config {
            data: folder.path().to_owned(),
            api: ANY_PORT,
            gate: ANY_PORT,
            intercept: None,
            project: ProjectId::parse(PROJECT).expect("a project ID"),
            demo: false,
            dangerous_anonymous_owner,
            universe: Universe::default(),
            connections: Connections::default(),
            outbound_allow: Vec::new(),
            decisions: Default::default(),
            retention: retention::Config::of_node("embedded"),
            gcloud_audience: Default::default(),
            tls_in_front: Default::default(),
            images: Default::default(),
            extended_lifetimes: Default::default(),
            oauth_clients: Vec::new(),
            owner_profile: Default::default(),
            tls: None,
            master_key: None,
        };
        let randomness = Arc::new(Seeded::new(1));
        let surroundings = surroundings(&timer, &randomness, keys);
        let house = House::build(&config, surroundings).await.expect("Doorward starts");
        let outside = Supervisor::new(&timer);
        Self { house, clock, config, keys, outside, randomness, timer, _folder: folder }
    }

    /// Ends this Doorward as Ctrl-C does, and starts another on the same data, at the same instant.
    pub async fn restart(self) -> Self {
        self.restart_after(Duration::ZERO).await
    }

    /// As [`Testbed::restart`], with so much time between the two.
    pub async fn restart_after(self, pause: Duration) -> Self {
        let Self { house, clock, config, keys, outside, randomness, timer, _folder } = self;
        drained(house, &timer).await.expect("everything ends by itself");
        if !pause.is_zero() {
            clock.advance(pause).await;
        }
        let surroundings = surroundings(&timer, &randomness, keys);
        let house = House::build(&config, surroundings).await.expect("Doorward starts again");
        Self { house, clock, config, keys, outside, randomness, timer, _folder }
    }

    /// Ends Doorward as Ctrl-C does. Time stands still meanwhile, unless it is moved through [`Testbed::clock`].
    ///
    /// # Errors
    /// What did not end within half a minute.
    pub async fn drain(self) -> Result<(), Undrained> {
        drained(self.house, &self.timer).await
    }

    /// Tries to start a second Doorward on the data of this one.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn start_another(&self) -> Result<House, BuildError> {
        House::build(&self.config, surroundings(&self.timer, &self.randomness, self.keys)).await
    }

    /// Moves the clock on, and returns when whatever that brought has happened.
    pub async fn advance(&self, duration: Duration) {
        self.clock.advance(duration).await;
    }

    /// Waits until what was begun has happened, without moving the clock.
    pub async fn settle(&self) {
        self.clock.settle().await;
    }

    /// The hand on the clock.
    pub fn clock(&self) -> HandClock {
        self.clock.clone()
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.config.data
    }

    /// A service to be called, which writes down what it is sent. It outlives a [`Testbed::restart`].
    pub async fn upstream(&self) -> Upstream {
        Upstream::start(&self.outside, &self.timer).await
    }
}

fn surroundings(timer: &Timer, randomness: &Arc<Seeded>, keys: Keys) -> Surroundings {
    Surroundings {
        timer: timer.clone(),
        randomness: randomness.clone(),
        keys: match keys {
            Keys::Fixed => KeySource::DangerousFixed(Box::new(fixed_keys::rings())),
            Keys::Sealed => KeySource::Sealed,
        },
        cores: NonZeroUsize::MIN,
    }
}

async fn drained(house: House, timer: &Timer) -> Result<(), Undrained> {
    let drained = house.drain(timer.now() + DRAIN);
    on_real_time(PATIENCE, drained).await.expect("Doorward drains or says what does not end")
}

/// A free port of loopback.
const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// As long as `doorward up` waits.
const DRAIN: Duration = Duration::from_secs(30);
/// How long a drain may take in real time: whatever waits for the clock then was left waiting by the test.
const PATIENCE: Duration = Duration::from_secs(60);
