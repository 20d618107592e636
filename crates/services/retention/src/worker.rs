//! The loop that forgets.

use std::time::Duration;

use jiff::Timestamp;
use store::{ApplyError, Expired};
use supervise::Task;
use tracing::{info, warn};

use crate::{Config, Retention};

impl Retention {
    /// Starts forgetting, and looks at once. The loop ends with the drain.
    pub fn start(&self) -> Task {
        let retention = self.clone();
        self.parts.tasks.spawn_loop("retention", move || retention.clone().forget_for_good())
    }

    async fn forget_for_good(self) {
        let (drain, timer) = (self.parts.tasks.drain(), self.parts.tasks.timer().clone());
        while !drain.is_draining() {
            for (kind, expired) in self.expired(timer.now()) {
                // What cannot be forgotten of one kind does not keep the others; the next round tries again.
                match self.forget_all(&expired).await {
                    Ok(0) => {}
                    Ok(count) => info!(kind, count, "what was kept long enough is forgotten"),
                    Err(error) => {
                        let error = &error as &dyn std::error::Error;
                        warn!(kind, error, "what was kept long enough could not be forgotten");
                    }
                }
            }
            self.forget_deleted_accounts(timer.now()).await;
            self.forget_deleted_projects(timer.now()).await;
            let _ended = drain.unless_draining(timer.sleep(BETWEEN_ROUNDS)).await;
        }
    }

    /// Forgets all of it, in small writes with pauses between them for those who wait to write.
    pub(crate) async fn forget_all(&self, expired: &Expired) -> Result<u64, ApplyError> {
        let (drain, timer) = (self.parts.tasks.drain(), self.parts.tasks.timer());
        let mut count = 0;
        while !drain.is_draining() {
            let forgotten = self.parts.store.backend().forget(expired.clone(), BATCH).await?;
            count += forgotten;
            if forgotten < u64::from(BATCH) {
                break;
            }
            let _ended = drain.unless_draining(timer.sleep(BETWEEN_WRITES)).await;
        }
        Ok(count)
    }

    fn expired(&self, now: Timestamp) -> [(&'static str, Expired); 5] {
        let config = &self.parts.config;
        let before = |age: Duration| now.checked_sub(age).unwrap_or(Timestamp::MIN);
        let Config { audit, logs, decisions, operations, .. } = config;
        [
            ("audit entries", Expired::Audit { before: before(audit.age), most_bytes: audit.bytes }),
            ("changes", Expired::Changes { before: before(config.changes), node: config.node.clone(), now }),
            (
                "decisions of the gate",
                Expired::Decisions { before: before(decisions.age), most_bytes: decisions.bytes },
            ),
            ("log entries", Expired::Logs { before: before(logs.age), most_bytes: logs.bytes }),
            (
                "operations",
                Expired::Operations { before: before(operations.age), most_bytes: operations.bytes },
            ),
        ]
    }
}

/// A few milliseconds of the writer's time.
const BATCH: u32 = 500;
pub(crate) const BETWEEN_WRITES: Duration = Duration::from_millis(50);
const BETWEEN_ROUNDS: Duration = Duration::from_secs(600);
