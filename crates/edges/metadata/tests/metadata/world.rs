//! An instance, and a mint that counts.
#![expect(clippy::unwrap_used, reason = "what a test is about exists")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use http::{Request, Response};
use metadata::{Instance, Metadata, MintError, Minted, Minting};
use names::{Email, Location, ProjectId, ProjectNumber, Universe};
use supervise::{HandClock, Supervisor, Timer};

pub const ACCOUNT: &str = "loafbot@demo.iam.gserviceaccount.com";
pub const OWN: &str = "127.0.0.1:4711";

/// What the mint answers: a token, or the error that was chosen.
#[derive(Clone, Copy)]
pub enum Mint {
    Gone,
    Open,
    Refuses,
    Unavailable,
    WrongScope,
}

pub struct World {
    pub clock: HandClock,
    pub metadata: Metadata,
    pub supervisor: Supervisor,
    count: Arc<AtomicU32>,
}

impl World {
    pub fn new() -> Self {
        Self::with(Mint::Open, Universe::default())
    }

    pub fn with(mint: Mint, universe: Universe) -> Self {
        let (timer, clock) = Timer::by_hand("2026-11-22T08:00:00Z".parse().unwrap());
        let supervisor = Supervisor::new(&timer);
        let count = Arc::new(AtomicU32::new(0));
        let minting = Counting { count: count.clone(), mint, timer };
        let metadata =
            Metadata::new(instance(universe), Arc::new(minting), OWN.parse().unwrap(), supervisor.tasks());
        Self { clock, metadata, supervisor, count }
    }

    /// How many tokens were made.
    pub fn minted(&self) -> u32 {
        self.count.load(Ordering::Relaxed)
    }

    /// Asks as clients do.
    pub async fn get(&self, path: &str) -> Response<String> {
        let uri = format!("/computeMetadata/v1/{path}");
        let request = Request::get(uri).header("host", OWN).header("metadata-flavor", "Google");
        self.metadata.answer(request.body(()).unwrap()).await
    }

    /// Asks with other headers than clients send.
    pub async fn ask(&self, method: &str, uri: &str, headers: &[(&str, &str)]) -> Response<String> {
        let request = Request::builder().method(method).uri(uri);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.metadata.answer(request.body(()).unwrap()).await
    }
}

fn instance(universe: Universe) -> Instance {
    Instance {
        account: Email::parse(ACCOUNT).unwrap(),
        id: "0a1b2c".to_owned(),
        number: ProjectNumber::parse("42").unwrap(),
        project: ProjectId::parse("demo").unwrap(),
        region: Location::parse("us-central1").unwrap(),
        universe,
    }
}

struct Counting {
    count: Arc<AtomicU32>,
    mint: Mint,
    timer: Timer,
}

impl Counting {
    fn made(&self, what: &str) -> Result<Minted, MintError> {
        let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        match self.mint {
            Mint::Gone => Err(MintError::AccountUnknown),
            Mint::Open => Ok(Minted {
                expires_at: self.timer.now() + Duration::from_secs(3600),
                token: format!("{what} {number}").into(),
            }),
            Mint::Refuses => Err(MintError::Refused { message: "no <permission>".to_owned() }),
            Mint::Unavailable => Err(MintError::Unavailable("nobody answers".into())),
            Mint::WrongScope => Err(MintError::Invalid { message: "no such scope".to_owned() }),
        }
    }
}

#[async_trait]
impl Minting for Counting {
    async fn access_token(&self, scopes: &[String]) -> Result<Minted, MintError> {
        self.made(&scopes.join(" "))
    }

    async fn id_token(&self, audience: &str) -> Result<Minted, MintError> {
        self.made(audience)
    }
}
