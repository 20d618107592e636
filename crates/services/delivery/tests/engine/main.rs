//! The engine over a real store, real sockets on loopback and a clock moved by hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its house has failed")]

mod attempts;
mod explained;
mod house;
mod identity;
mod life;
mod shares;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use context::Context;
use delivery::{Attempt, Config, DeliveryOwner, Engine, Handle, Judgement, Outcome, Start, Verdict};
use house::{House, at, demo, uid};
use names::{JobName, ServiceAgent};
use outbound::DeliveryKind;
use store::{Delivery, DeliveryIdentity, DeliveryRequest, Plan, ReadError, TokenKind, Work};
use supervise::Supervisor;

/// Judges by a fixed rule, and remembers what it was asked.
struct Rule {
    /// What is not 2xx is sent again after so many seconds, so many attempts in all.
    retry: Option<(u64, u32)>,
    /// Whether attempts begin.
    wanted: bool,
    outcomes: Mutex<Vec<(u32, Outcome)>>,
    requests: Mutex<Vec<String>>,
}

impl Rule {
    fn new() -> Self {
        Self { retry: None, wanted: true, outcomes: Mutex::default(), requests: Mutex::default() }
    }

    fn outcomes(&self) -> Vec<(u32, Outcome)> {
        self.outcomes.lock().unwrap().clone()
    }

    /// The request IDs of the attempts.
    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

#[async_trait]
impl DeliveryOwner for Rule {
    fn agent(&self) -> ServiceAgent {
        ServiceAgent::CLOUD_SCHEDULER
    }

    fn kind(&self) -> DeliveryKind {
        DeliveryKind::ScheduledJob
    }

    async fn start(&self, _context: &Context, _delivery: &Delivery) -> Result<Start, ReadError> {
        Ok(if self.wanted { Start::Go(Plan::new()) } else { Start::Withdraw(Plan::new()) })
    }

    async fn judge(
        &self,
        context: &Context,
        delivery: &Delivery,
        attempt: &Attempt,
    ) -> Result<Judgement, ReadError> {
        self.requests.lock().unwrap().push(context.request_id().to_string());
        self.outcomes.lock().unwrap().push((delivery.attempts, attempt.outcome.clone()));
        let succeeded = matches!(attempt.outcome, Outcome::Answered { status: 200..=299 });
        let verdict = match self.retry {
            Some((seconds, most)) if !succeeded && delivery.attempts < most => {
                Verdict::RetryAt(attempt.finished_at + Duration::from_secs(seconds))
            }
            _ => Verdict::Done,
        };
        Ok(Judgement { plan: Plan::new(), verdict })
    }

    fn ended(&self, _delivery: &Delivery) {}
}

/// An engine in a process of its own.
struct Running {
    handle: Handle,
    process: Supervisor,
    rule: Arc<Rule>,
}

fn run(house: &House, rule: Rule) -> Running {
    run_with(house, rule, Config::of_node("one"))
}

fn run_with(house: &House, rule: Rule, config: Config) -> Running {
    let (process, rule) = (house.process(), Arc::new(rule));
    let engine = Engine::new(config, house.parts(process.tasks())).with_owner("job", rule.clone());
    let handle = engine.handle();
    engine.start();
    Running { handle, process, rule }
}

/// A delivery to this URL, due at once.
fn delivery(house: &House, name: &str, url: &str) -> Delivery {
    let now = house.timer.now();
    Delivery {
        uid: uid(name),
        owner: JobName::parse_canonical("projects/demo/locations/us-central1/jobs/report").unwrap().into(),
        owner_uid: uid("job-1"),
        project: demo(),
        forced: false,
        request: DeliveryRequest {
            method: "POST".into(),
            url: url.into(),
            headers: vec![("X-Mine".into(), "1".into()), ("Authorization".into(), "Basic mine".into())],
            body: b"hello".to_vec(),
            attempt_deadline: Duration::from_secs(180),
        },
        identity: None,
        schedule_time: now,
        due_at: now,
        attempts: 0,
        first_attempt_at: None,
        create_time: now,
    }
}

/// The same as `runner`, for this audience.
fn as_runner(delivery: Delivery, audience: &str) -> Delivery {
    let identity = DeliveryIdentity {
        service_account_email: house::RUNNER.parse().unwrap(),
        service_account_unique_id: "100".parse().unwrap(),
        token: TokenKind::Id(audience.into()),
    };
    Delivery { identity: Some(identity), ..delivery }
}

async fn enqueue(house: &House, running: &Running, delivery: Delivery) {
    house.store.apply(Plan::new().work(Work::PutDelivery(Box::new(delivery)))).await.unwrap();
    running.handle.wake();
    house.clock.settle().await;
}

/// What is not finished.
async fn unfinished(house: &House) -> Vec<Delivery> {
    house.store.backend().deliveries_of(&uid("job-1")).await.unwrap()
}

const START: &str = "2024-05-06T09:00:00Z";

async fn nine_o_clock() -> House {
    let house = house::house(START).await;
    assert_eq!(house.timer.now(), at(START));
    house
}
