//! The loop that turns the rings while the process runs.

use std::time::Duration;

use context::Context;
use supervise::Tasks;

use crate::chain::Chain;
use crate::rotate::{ATTEMPTS, Turned};
use crate::{RotateError, Tokens};

/// Turns the rings when they are due. Every process that shares a store may run it.
#[derive(Clone)]
pub struct Rotation {
    tokens: Tokens,
}

impl Tokens {
    /// The loop that turns the rings; without it keys stay as they are and, in the end, sign beyond their time.
    pub fn rotation(&self) -> Rotation {
        Rotation { tokens: self.clone() }
    }
}

impl Rotation {
    /// Looks every hour until the drain begins. A failure is logged and tried again in the next round: the keys at
    /// hand go on counting, so that nothing is lost but time. Keys are made off the asynchronous threads.
    pub async fn run(self, tasks: Tasks) {
        let drain = tasks.drain();
        while drain.unless_draining(tasks.timer().sleep(EVERY)).await.is_some() {
            if let Err(error) = self.turn(&tasks).await {
                tracing::error!(error = %Chain(&error), "the key rings could not be turned");
            }
            let within = &self.tokens.within;
            let context = Context::for_doorward_itself(within.clock.clone(), within.randomness.clone());
            if let Err(error) = self.tokens.turn_managed_keys(&context).await {
                tracing::error!(error = %Chain(&error), "the keys of an account could not be turned");
            }
            if let Err(error) = self.tokens.forget_what_ended(&context).await {
                tracing::error!(error = %Chain(&error), "what has ended could not be forgotten");
            }
        }
    }

    async fn turn(&self, tasks: &Tasks) -> Result<(), RotateError> {
        let within = &self.tokens.within;
        let context = Context::for_doorward_itself(within.clock.clone(), within.randomness.clone());
        for _ in 0..ATTEMPTS {
            let found = self.tokens.find_rings().await?;
            let (rings, now) = (found.rings.clone(), context.now());
            let changes = tasks
                .blocking("making keys", move || rings.plan_rotation(now))
                .await
                .map_err(RotateError::Interrupted)??;
            if let Turned::Done = self.tokens.store_changes(&context, &found, &changes).await? {
                return Ok(());
            }
        }
        Err(RotateError::Contended)
    }
}

/// Small beside the shortest overlap, so that a successor is published in time.
const EVERY: Duration = Duration::from_secs(60 * 60);
