use std::{
    any::Any,
    borrow::Cow,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use tokio::{runtime::Handle, task::JoinHandle};
use tracing::{debug, error};

use crate::{
    Drain, Readiness, Timer,
    pulse::Watched,
    supervisor::{Entered, Register},
};

/// The way to start background work. Cheap to clone. Every method must be called on the runtime that the work is
/// to run on.
///
/// What happens after a panic is chosen with the method; in every case it is logged with the task's name.
///
/// | started with | for | a panic |
/// |---|---|---|
/// | [`spawn`](Tasks::spawn), [`spawn_local`](Tasks::spawn_local) | work with an end: a connection, one delivery | ends this task and nothing else |
/// | [`spawn_loop`](Tasks::spawn_loop) | a loop that can begin anew: a worker, a refresher | starts it anew, after 1 second at first, up to a minute if it goes on |
/// | [`spawn_essential`](Tasks::spawn_essential) | what cannot begin anew: an accept loop, a core | withdraws readiness for good, so that whoever watches the process restarts it |
/// | [`blocking`](Tasks::blocking) | work off the asynchronous threads | is handed to the caller as an error |
#[derive(Clone, Debug)]
pub struct Tasks {
    drain: Drain,
    readiness: Readiness,
    register: Arc<Register>,
    timer: Timer,
}

impl Tasks {
    /// Starts work that has an end. After the drain's deadline nothing starts any more: the future is dropped.
    pub fn spawn(
        &self,
        name: impl Into<Cow<'static, str>>,
        future: impl Future<Output = ()> + Send + 'static,
    ) -> Task {
        let name = name.into();
        self.enter(name.clone(), |entered| self.start(name.clone(), ending(name, entered, future)))
    }

    /// As [`Tasks::spawn`], for a future that stays on its thread.
    ///
    /// # Panics
    ///
    /// Outside a tokio `LocalSet`.
    pub fn spawn_local(
        &self,
        name: impl Into<Cow<'static, str>>,
        future: impl Future<Output = ()> + 'static,
    ) -> Task {
        let name = name.into();
        self.enter(name.clone(), |entered| self.start_local(name.clone(), ending(name, entered, future)))
    }

    /// Starts a loop that begins anew after a panic. It ends when its future does; it is expected to end soon after
    /// the drain began.
    pub fn spawn_loop<F: Future<Output = ()> + Send + 'static>(
        &self,
        name: impl Into<Cow<'static, str>>,
        mut begin: impl FnMut() -> F + Send + 'static,
    ) -> Task {
        let (name, drain, timer) = (name.into(), self.drain.clone(), self.timer.clone());
        let again = {
            let name = name.clone();
            async move {
                let mut pause = FIRST_PAUSE;
                loop {
                    let began = timer.now();
                    if caught(&name, async { begin().await }).await.is_some() {
                        return;
                    }
                    if timer.now().duration_since(began) > LONGEST_PAUSE.try_into().expect("a minute fits") {
                        pause = FIRST_PAUSE;
                    }
                    if drain.unless_draining(timer.sleep(pause)).await.is_none() {
                        return;
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        };
        self.spawn(name, again)
    }

    /// Starts work without which the process cannot serve. A panic, and an end before the drain began, withdraw
    /// readiness for good.
    pub fn spawn_essential(
        &self,
        name: impl Into<Cow<'static, str>>,
        future: impl Future<Output = ()> + Send + 'static,
    ) -> Task {
        let (name, drain, readiness) = (name.into(), self.drain.clone(), self.readiness.clone());
        let watched = {
            let name = name.clone();
            async move {
                if caught(&name, future).await.is_some() {
                    if drain.is_draining() {
                        return;
                    }
                    error!(task = %name, "an essential task ended although nobody asked it to");
                }
                readiness.fail(name);
            }
        };
        self.spawn(name, watched)
    }

    /// Runs `work` on a thread that may block, and waits for it. Work that has begun cannot be ended: the drain
    /// waits for it until its deadline.
    ///
    /// # Errors
    ///
    /// When `work` panics, or when the process has stopped meanwhile.
    #[expect(clippy::disallowed_methods, reason = "work that blocks starts here and nowhere else")]
    pub async fn blocking<T: Send + 'static>(
        &self,
        name: impl Into<Cow<'static, str>>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Blocked> {
        let name = name.into();
        let entered = self.register.enter(name.clone()).ok_or(Blocked::Stopped)?;
        // Held by the work too: it goes on when nobody waits for it any more.
        let outside = self.timer.bench().map(|bench| bench.enter_outside("blocking work"));
        let work = move || {
            let _held = (entered, outside);
            catch_unwind(AssertUnwindSafe(work))
        };
        match self.timer.outside("blocking work", tokio::task::spawn_blocking(work)).await {
            Ok(Ok(output)) => Ok(output),
            Ok(Err(panic)) => {
                log_panic(&name, &*panic);
                Err(Blocked::Panicked { task: name })
            }
            Err(_shut_down) => Err(Blocked::Stopped),
        }
    }

    /// The signal that the process wants to stop.
    pub fn drain(&self) -> Drain {
        self.drain.clone()
    }

    /// Whether all parts serve; services and edges declare theirs here.
    pub fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// The timer that all tasks wait on.
    pub fn timer(&self) -> &Timer {
        &self.timer
    }

    pub(crate) fn new(timer: Timer, drain: Drain, readiness: Readiness, register: Arc<Register>) -> Tasks {
        Tasks { drain, readiness, register, timer }
    }

    fn enter(&self, name: Cow<'static, str>, start: impl FnOnce(Entered) -> JoinHandle<()>) -> Task {
        let Some(entered) = self.register.enter(name.clone()) else {
            debug!(task = %name, "not started: the process has stopped");
            return Task { name, handle: None };
        };
        let number = entered.number;
        let handle = start(entered);
        self.register.started(number, handle.abort_handle());
        Task { name, handle: Some(handle) }
    }

    #[expect(clippy::disallowed_methods, reason = "tasks start here and nowhere else")]
    fn start(
        &self,
        name: Cow<'static, str>,
        future: impl Future<Output = ()> + Send + 'static,
    ) -> JoinHandle<()> {
        match self.timer.bench() {
            None => tokio::spawn(future),
            Some(bench) => {
                bench.register(Handle::current());
                tokio::spawn(Watched::new(bench.clone(), name, future))
            }
        }
    }

    fn start_local(
        &self,
        name: Cow<'static, str>,
        future: impl Future<Output = ()> + 'static,
    ) -> JoinHandle<()> {
        match self.timer.bench() {
            None => tokio::task::spawn_local(future),
            Some(bench) => {
                bench.register(Handle::current());
                tokio::task::spawn_local(Watched::new(bench.clone(), name, future))
            }
        }
    }
}

/// A task that was started. Dropping this lets the task run on.
#[derive(Debug)]
pub struct Task {
    name: Cow<'static, str>,
    handle: Option<JoinHandle<()>>,
}

impl Task {
    /// The name that it was started with.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Ends the task where it stands.
    pub fn abort(&self) {
        if let Some(handle) = &self.handle {
            handle.abort();
        }
    }

    /// Waits until the task has ended, in whatever way.
    pub async fn ended(self) {
        if let Some(handle) = self.handle {
            // The outcome has been dealt with where the task was started.
            let _outcome = handle.await;
        }
    }
}

/// Why work off the asynchronous threads has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Blocked {
    /// It panicked; the panic has been logged.
    #[error("{task} panicked")]
    Panicked {
        /// The name it was started with.
        task: Cow<'static, str>,
    },
    /// The process has stopped.
    #[error("the process has stopped")]
    Stopped,
}

async fn ending(name: Cow<'static, str>, entered: Entered, future: impl Future<Output = ()>) {
    let _entered = entered;
    caught(&name, future).await;
}

/// The output of `future`, or `None` after a panic, which is logged.
async fn caught<T>(name: &str, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    // A future that panicked is not polled again, so nobody sees what the panic left half done in it.
    let outcome = std::future::poll_fn(move |context| {
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    })
    .await;
    outcome.inspect_err(|panic| log_panic(name, &**panic)).ok()
}

fn log_panic(task: &str, panic: &(dyn Any + Send)) {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message");
    error!(task, message, "a task panicked");
}

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
