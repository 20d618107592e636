use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use jiff::Timestamp;
use tokio::{runtime::Handle, sync::Notify};

use crate::timer::{later, on_real_time};

/// The hand on a clock that stands still by itself. Cheap to clone; movements are made one after another.
///
/// # What "idle" means
///
/// The process is idle when three things hold together:
///
/// 1. every task started through [`Tasks`](crate::Tasks) is parked: not being polled, and not woken since its last
///    poll;
/// 2. nothing wrapped in [`Timer::outside`](crate::Timer::outside) or started with
///    [`Tasks::blocking`](crate::Tasks::blocking) is under way;
/// 3. every runtime that runs such tasks has been through its queue and through its I/O driver three
///    times in a row, and 1 and 2 held throughout. What one task has written to a loopback socket is by then either
///    read by the other, or has woken it.
///
/// A task that waits for a peer outside this process is parked; what it will do later is not waited for.
#[derive(Clone)]
pub struct HandClock {
    bench: Arc<Bench>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl HandClock {
    /// The instant at which the clock stands.
    pub fn now(&self) -> Timestamp {
        self.bench.now()
    }

    /// Moves the clock forward by `duration`: see [`HandClock::advance_to`].
    ///
    /// # Panics
    ///
    /// When the process does not come to rest: see [`HandClock::settle`].
    pub async fn advance(&self, duration: Duration) {
        self.advance_to(later(self.now(), duration)).await;
    }

    /// Moves the clock forward to `instant`, stopping on the way at every instant that somebody sleeps until.
    ///
    /// First the process settles, so that whoever is about to sleep does. Then, instant by instant: the clock is
    /// set to it, its sleepers are woken in the order in which they went to sleep, and the process settles; those
    /// who went to sleep meanwhile for an instant on the way are woken on this same way. At the end the clock
    /// stands at `instant` and the process is idle. An instant in the past moves nothing.
    ///
    /// # Panics
    ///
    /// When the process does not come to rest: see [`HandClock::settle`].
    pub async fn advance_to(&self, instant: Timestamp) {
        let _turn = self.turn.lock().await;
        self.bench.settle().await;
        while self.bench.wake_next(instant) {
            self.bench.settle().await;
        }
    }

    /// Waits until the process is idle, without moving the clock.
    ///
    /// # Panics
    ///
    /// When that takes more than 30 seconds of real time, with the names of the tasks that do not rest.
    pub async fn settle(&self) {
        let _turn = self.turn.lock().await;
        self.bench.settle().await;
    }

    pub(crate) fn new(bench: Arc<Bench>) -> HandClock {
        HandClock { bench, turn: Arc::default() }
    }
}

impl fmt::Debug for HandClock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HandClock({})", self.now())
    }
}

/// What the timer, its sleepers, the tasks and the hand share.
pub(crate) struct Bench {
    facts: Mutex<Facts>,
    rested: Notify,
}

struct Facts {
    now: Timestamp,
    /// Who sleeps, by instant and then by order of going to sleep.
    sleepers: BTreeMap<Key, Waker>,
    next_key: u64,
    /// What is under way, by name; the process is at rest when this is empty.
    active: BTreeMap<String, usize>,
    /// Counts everything that ever got under way: unchanged means that nothing moved.
    stirred: u64,
    runtimes: Vec<Handle>,
}

type Key = (Timestamp, u64);

impl Bench {
    pub(crate) fn new(start: Timestamp) -> Arc<Bench> {
        Arc::new(Bench {
            facts: Mutex::new(Facts {
                now: start,
                sleepers: BTreeMap::new(),
                next_key: 0,
                active: BTreeMap::new(),
                stirred: 0,
                runtimes: Vec::new(),
            }),
            rested: Notify::new(),
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.facts().now
    }

    pub(crate) fn register(&self, runtime: Handle) {
        let mut facts = self.facts();
        if facts.runtimes.iter().all(|known| known.id() != runtime.id()) {
            facts.runtimes.push(runtime);
        }
    }

    pub(crate) fn stir(&self, name: &str) {
        let mut facts = self.facts();
        facts.stirred += 1;
        match facts.active.get_mut(name) {
            Some(count) => *count += 1,
            None => drop(facts.active.insert(name.to_owned(), 1)),
        }
    }

    pub(crate) fn rest(&self, name: &str) {
        let mut facts = self.facts();
        if let Some(count) = facts.active.get_mut(name) {
            *count -= 1;
            if *count == 0 {
                facts.active.remove(name);
            }
        }
        if facts.active.is_empty() {
            drop(facts);
            self.rested.notify_waiters();
        }
    }

    pub(crate) fn enter_outside(self: &Arc<Bench>, name: &'static str) -> Outside {
        self.stir(name);
        Outside { bench: self.clone(), name }
    }

    /// Sets the clock to the next instant that is slept until, at most to `limit`, and wakes its sleepers. Whether
    /// there were any; if not, the clock stands at `limit`.
    fn wake_next(&self, limit: Timestamp) -> bool {
        let mut facts = self.facts();
        let due = match facts.sleepers.first_key_value() {
            Some((&(instant, _), _)) if instant <= limit => instant,
            _ => {
                facts.now = facts.now.max(limit);
                return false;
            }
        };
        facts.now = facts.now.max(due);
        let later = facts.sleepers.split_off(&(due, u64::MAX));
        let woken = std::mem::replace(&mut facts.sleepers, later);
        drop(facts);
        woken.into_values().for_each(Waker::wake);
        true
    }

    async fn settle(&self) {
        if on_real_time(SETTLE_LIMIT, self.settled()).await.is_none() {
            let active: Vec<String> = self.facts().active.keys().cloned().collect();
            panic!("not idle after {SETTLE_LIMIT:?}; still at work: {active:?} (if nobody: a runtime hangs)");
        }
    }

    async fn settled(&self) {
        let mut quiet = 0;
        while quiet < QUIET_ROUNDS {
            self.at_rest().await;
            let before = self.stirred();
            self.visit_runtimes().await;
            quiet = if self.stirred() == before && self.facts().active.is_empty() { quiet + 1 } else { 0 };
        }
    }

    async fn at_rest(&self) {
        loop {
            // Ask to be told before looking, so that a change in between is not missed.
            let mut rested = std::pin::pin!(self.rested.notified());
            rested.as_mut().enable();
            if self.facts().active.is_empty() {
                return;
            }
            rested.await;
        }
    }

    /// Sends a visitor into every runtime. A task that yields is run again only after the runtime went through its
    /// queue and asked its I/O driver, and whatever that found has woken its task by then.
    async fn visit_runtimes(&self) {
        let runtimes = self.facts().runtimes.clone();
        let visits: Vec<_> = runtimes
            .into_iter()
            .map(|runtime| (runtime.id(), runtime.spawn(tokio::task::yield_now())))
            .collect();
        for (id, visit) in visits {
            if visit.await.is_err() {
                // This runtime has been shut down, and its tasks with it.
                self.facts().runtimes.retain(|known| known.id() != id);
            }
        }
    }

    fn stirred(&self) -> u64 {
        self.facts().stirred
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps the process from being idle while it lives.
pub(crate) struct Outside {
    bench: Arc<Bench>,
    name: &'static str,
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.bench.rest(self.name);
    }
}

/// A wait for an instant of the bench.
pub(crate) struct HandSleep {
    bench: Arc<Bench>,
    instant: Timestamp,
    key: Option<Key>,
}

impl HandSleep {
    pub(crate) fn new(bench: Arc<Bench>, instant: Timestamp) -> HandSleep {
        HandSleep { bench, instant, key: None }
    }

    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut facts = self.bench.facts();
        if facts.now >= self.instant {
            return Poll::Ready(());
        }
        let key = *self.key.get_or_insert_with(|| {
            facts.next_key += 1;
            (self.instant, facts.next_key)
        });
        let replaced = facts.sleepers.insert(key, context.waker().clone());
        // Dropped with the lock released: the last waker of a task may drop the task, and with it a sleep.
        drop(facts);
        drop(replaced);
        Poll::Pending
    }
}

impl Drop for HandSleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let waker = self.bench.facts().sleepers.remove(&key);
            drop(waker);
        }
    }
}

/// How many rounds without any movement count as rest. One would do if the kernel handed every loopback segment
/// over before the write returns; it may defer that under load.
const QUIET_ROUNDS: u32 = 3;

const SETTLE_LIMIT: Duration = Duration::from_secs(30);
