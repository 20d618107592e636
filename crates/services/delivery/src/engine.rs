//! The loop that claims what is due and lets it be sent.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use access::Access;
use audit::Decisions;
use context::{Context, Randomness};
use jiff::Timestamp;
use store::{Delivery, Store};
use supervise::{Task, Tasks};
use tokio::sync::{Notify, watch};
use tracing::{error, warn};

use crate::attempt::{attempt, later};
use crate::hands::Hands;
use crate::{Config, DeliveryOwner, Mint};

/// What the engine works with.
#[derive(Clone)]
pub struct Parts {
    /// Who holds which permission.
    pub access: Access,
    /// The way out.
    pub client: outbound::Client,
    /// Where it is written down how attempts went, for explanations.
    pub decisions: Decisions,
    /// Where tokens come from.
    pub mint: Arc<dyn Mint>,
    /// Where chance comes from.
    pub randomness: Arc<dyn Randomness>,
    /// Where deliveries are.
    pub store: Store,
    /// Where attempts run, and what they wait on.
    pub tasks: Tasks,
}

/// The way to tell the engine that there is something to send. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Handle {
    woken: Arc<Notify>,
}

impl Handle {
    /// Says that a delivery was accepted that may be due before any that the engine knows of.
    pub fn wake(&self) {
        self.woken.notify_one();
    }
}

/// Sends what is due. Built by the roof: `Engine::new`, then every owner, then [`Engine::start`].
pub struct Engine {
    bench: Bench,
    handle: Handle,
}

/// What attempts share.
pub(crate) struct Bench {
    pub(crate) parts: Parts,
    config: Config,
    owners: BTreeMap<&'static str, Arc<dyn DeliveryOwner>>,
    hands: Arc<Hands>,
    /// Turns true when the drain's patience ends: attempts under way stop where they stand.
    cut_off: watch::Sender<bool>,
    recovered: AtomicBool,
}

impl Engine {
    /// An engine that nobody owns deliveries of yet.
    pub fn new(config: Config, parts: Parts) -> Self {
        let hands = Hands::of(&config);
        let (owners, recovered) = (BTreeMap::new(), AtomicBool::new(false));
        let (cut_off, _) = watch::channel(false);
        let bench = Bench { parts, config, owners, hands, cut_off, recovered };
        Self { bench, handle: Handle::default() }
    }

    /// The way to wake it.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Lets `owner` judge the deliveries that resources of this kind ask for; the kind is that of
    /// `names::ResourceName::kind`, such as `job`.
    pub fn with_owner(mut self, kind: &'static str, owner: Arc<dyn DeliveryOwner>) -> Self {
        self.bench.owners.insert(kind, owner);
        self
    }

    /// Starts sending. The loop ends with the drain.
    pub fn start(self) -> Task {
        let (tasks, handle, bench) = (self.bench.parts.tasks.clone(), self.handle, Arc::new(self.bench));
        tasks.spawn_loop("deliveries", move || run(bench.clone(), handle.clone()))
    }
}

impl Bench {
    /// A context for one attempt, which no caller asked for.
    pub(crate) fn context(&self) -> Context {
        let clock = Arc::new(self.parts.tasks.timer().clone());
        Context::for_doorward_itself(clock, self.parts.randomness.clone())
    }

    pub(crate) fn owner_of(&self, delivery: &Delivery) -> Option<&Arc<dyn DeliveryOwner>> {
        self.owners.get(delivery.owner.kind())
    }
}

async fn run(bench: Arc<Bench>, handle: Handle) {
    let (drain, timer) = (bench.parts.tasks.drain(), bench.parts.tasks.timer().clone());
    let mut pause = FIRST_PAUSE;
    while !drain.is_draining() {
        let wait_until = match round(&bench, &handle).await {
            Ok(wait_until) => {
                pause = FIRST_PAUSE;
                wait_until
            }
            Err(error) => {
                error!(error = &*error, "due deliveries could not be claimed; trying again");
                let wait_until = later(timer.now(), pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
                wait_until
            }
        };
        let waiting = timer.timeout_at(wait_until, handle.woken.notified());
        let _ended_or_woken = drain.unless_draining(waiting).await;
    }
    finish(&bench).await;
}

/// Claims what is due, as far as there are hands for it, and sets it going. Gives the instant to look again at.
async fn round(
    bench: &Arc<Bench>,
    handle: &Handle,
) -> Result<Timestamp, Box<dyn std::error::Error + Send + Sync>> {
    let (parts, timer) = (&bench.parts, bench.parts.tasks.timer());
    let backend = parts.store.backend();
    // Whoever held leases under our name is gone, since there is one process of a name. Once only: a loop that begins
    // anew after a panic must not take the leases of attempts that are still under way.
    if !bench.recovered.load(Ordering::Acquire) {
        backend.release_leases(&bench.config.node).await?;
        bench.recovered.store(true, Ordering::Release);
    }
    while !parts.tasks.drain().is_draining() {
        let free = bench.hands.free().min(MOST_AT_A_TIME);
        if free == 0 {
            // An attempt that ends wakes us.
            return Ok(later(timer.now(), LONGEST_WAIT));
        }
        let asked_at = timer.now();
        let until = later(asked_at, CLAIM);
        let shares = bench.hands.shares();
        let claimed = backend.claim_deliveries(&bench.config.node, asked_at, until, free, &shares).await?;
        let all = claimed.len() < free as usize;
        for (lease, delivery) in claimed {
            let Some(hand) = bench.hands.take(handle, &delivery) else {
                warn!(delivery = %delivery.uid, "claimed without a free hand; its lease will end");
                continue;
            };
            let (bench, mut cut_off) = (bench.clone(), bench.cut_off.subscribe());
            parts.tasks.spawn("delivery attempt", async move {
                tokio::select! {
                    () = attempt(&bench, lease, delivery, until) => {}
                    _ = cut_off.wait_for(|cut_off| *cut_off) => {}
                }
                drop(hand);
            });
        }
        if all {
            // What is due of somebody who has a share of the hands already is not waited for here: one of these
            // attempts ends first, and wakes us.
            let due = backend.next_delivery_due(&bench.hands.shares()).await?.unwrap_or(Timestamp::MAX);
            let now = timer.now();
            // Never blind to what another process enqueued.
            if due > now {
                return Ok(due.min(later(now, LONGEST_WAIT)));
            }
            // What became due meanwhile is claimed at once; never in a circle over what was due before and cannot be
            // claimed yet.
            if due <= asked_at {
                return Ok(later(now, SHORTEST_WAIT));
            }
        }
    }
    Ok(timer.now())
}

/// Lets attempts under way end, cuts off those that take too long, and gives the leases back: what was cut off is
/// due again at once, for whoever starts next.
async fn finish(bench: &Bench) {
    let timer = bench.parts.tasks.timer();
    let patience = bench.config.drain_patience;
    if timer.timeout(patience, bench.hands.all_free()).await.is_err() {
        warn!("attempts are cut off by the drain; they will be made again");
        bench.cut_off.send_replace(true);
        // Whoever is busy was just told to stop.
        bench.hands.all_free().await;
    }
    if let Err(error) = bench.parts.store.backend().release_leases(&bench.config.node).await {
        warn!(error = &error as &dyn std::error::Error, "leases were not given back; the next start does it");
    }
}

/// How long a claim holds before an attempt is counted.
const CLAIM: Duration = Duration::from_secs(60);
const MOST_AT_A_TIME: u32 = 64;
const SHORTEST_WAIT: Duration = Duration::from_millis(200);
/// The slow poll that is the truth when a wake-up was lost or meant for another process.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
