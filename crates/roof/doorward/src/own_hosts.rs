//! The host names that this process serves itself: services behind the gate, and the APIs.
//!
//! A job may carry an access token to `https://run.googleapis.com/…`. Here that is Doorward's own API, reached through
//! memory: a token that Doorward made means nothing to anybody else, and is shown to nobody else.

use std::sync::{Arc, OnceLock};

use listen::Connection;
use names::{HostName, Universe};
use outbound::{Io, Origin, OwnHosts};

/// Both.
pub(crate) struct Own {
    pub(crate) apis: Apis,
    pub(crate) gate: gateway::Handle,
}

/// The APIs, which deliveries reach under every host below the universe's domain. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Apis {
    universe: Universe,
    door: Arc<OnceLock<Door>>,
}

/// What takes a connection in.
pub(crate) type Door = Box<dyn Fn(Connection) + Send + Sync>;

impl Apis {
    /// The APIs of this universe, before they serve.
    pub(crate) fn of(universe: Universe) -> Self {
        Self { universe, door: Arc::default() }
    }

    /// They serve from now on.
    pub(crate) fn open(&self, door: Door) {
        // Whoever opens is the one API of the house.
        let _opened_before = self.door.set(door);
    }

    /// Serves a connection that came in elsewhere; before they serve it is closed.
    pub(crate) fn take_in(&self, connection: Connection) {
        if let Some(take_in) = self.door.get() {
            take_in(connection);
        }
    }

    fn own(&self, host: &str) -> bool {
        HostName::parse(host).is_ok_and(|host| {
            let rest = host.as_str().strip_suffix(self.universe.domain().as_str());
            rest.is_some_and(|rest| rest.ends_with('.'))
        })
    }
}

impl OwnHosts for Own {
    fn dial(&self, host: &str, origin: &Origin) -> Option<Io> {
        self.gate.dial(host, origin).or_else(|| self.apis.dial(host, origin))
    }
}

impl OwnHosts for Apis {
    fn dial(&self, host: &str, origin: &Origin) -> Option<Io> {
        let Origin::Delivery { kind, project } = origin else { return None };
        if !self.own(host) {
            return None;
        }
        let (ours, theirs) = tokio::io::duplex(PIPE_BYTES);
        // Before they serve, the other end is dropped: the delivery sees that, and the name is not looked for outside.
        self.take_in(Connection::of_delivery(theirs, *kind, project.clone()));
        Some(Io::memory(ours))
    }
}

const PIPE_BYTES: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use outbound::DeliveryKind;

    use super::*;

    #[test]
    fn deliveries_reach_the_apis_under_every_host_of_the_universe_and_under_no_other() {
        let apis = Apis::of(Universe::default());
        let project = names::ProjectId::parse("demo").unwrap();
        let job = Origin::Delivery { kind: DeliveryKind::ScheduledJob, project };
        for host in ["run.googleapis.com", "us-central1-run.googleapis.com", "unknown.googleapis.com"] {
            assert!(apis.dial(host, &job).is_some(), "{host}");
            assert!(apis.dial(host, &Origin::Gate).is_none(), "{host}");
        }
        for host in ["googleapis.com", "evilgoogleapis.com", "googleapis.com.evil.example", "127.0.0.1"] {
            assert!(apis.dial(host, &job).is_none(), "{host}");
        }
    }
}
