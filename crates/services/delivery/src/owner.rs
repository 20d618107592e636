//! Whoever asks for deliveries and judges how they went.

use async_trait::async_trait;
use context::Context;
use jiff::Timestamp;
use names::ServiceAgent;
use outbound::DeliveryKind;
use store::{Delivery, Plan, ReadError};

use crate::Attempt;

/// A service that asks for deliveries: it accepts them, and judges their attempts by its own rules.
///
/// Plans are applied together with what the engine itself writes, in one transaction. A plan that no longer fits,
/// because a record it read has changed, is asked for anew.
#[async_trait]
pub trait DeliveryOwner: Send + Sync {
    /// The service agent that mints the tokens.
    fn agent(&self) -> ServiceAgent;

    /// What the deliveries are, as the gate sees them.
    fn kind(&self) -> DeliveryKind;

    /// Asked before each attempt, which `delivery` already counts: whether it goes, and what is written with that.
    async fn start(&self, context: &Context, delivery: &Delivery) -> Result<Start, ReadError>;

    /// Asked after each attempt: whether the delivery is over, and what is written with that.
    async fn judge(
        &self,
        context: &Context,
        delivery: &Delivery,
        attempt: &Attempt,
    ) -> Result<Judgement, ReadError>;

    /// Told when a delivery has ended and the judgement is on disk. Must not wait.
    fn ended(&self, delivery: &Delivery);
}

/// Whether an attempt begins.
#[derive(Clone, Debug)]
pub enum Start {
    /// It begins, and this is written.
    Go(Plan),
    /// It does not: nobody wants the delivery any more. It ends, and this is written.
    Withdraw(Plan),
}

/// What follows from an attempt.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// What is written.
    pub plan: Plan,
    /// Whether the delivery goes on.
    pub verdict: Verdict,
}

/// Whether a delivery goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is over.
    Done,
    /// It is sent again at this instant.
    RetryAt(Timestamp),
}
