use names::ProjectId;

use crate::Io;

/// On whose behalf a connection is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A command that a person runs against a Doorward that runs elsewhere.
    Command,
    /// A delivery of a scheduled job, a task or a pushed message.
    Delivery {
        /// What kind of delivery.
        kind: DeliveryKind,
        /// The project of the resource that asked for it.
        project: ProjectId,
    },
    /// The gate, which forwards a permitted request to the service behind it.
    Gate,
    /// A program on this machine whose proxy Doorward is.
    Proxied,
}

/// What asks for a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryKind {
    /// A message of a push subscription.
    Message,
    /// A job of the scheduler.
    ScheduledJob,
    /// A task of a queue.
    Task,
}

/// The host names that this process serves itself.
pub trait OwnHosts: Send + Sync {
    /// An in-memory connection to `host`, a folded DNS name without port, or `None` when it is served elsewhere.
    /// `origin` is what the serving side sees as its peer. Must not block.
    fn dial(&self, host: &str, origin: &Origin) -> Option<Io>;
}

/// Nothing is served here.
pub(crate) struct NoOwnHosts;

impl OwnHosts for NoOwnHosts {
    fn dial(&self, _host: &str, _origin: &Origin) -> Option<Io> {
        None
    }
}
