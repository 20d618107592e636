//! The proxy for programs on this machine.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use context::Randomness;
use intercept::{Config, Intercept, Parts};
use keys::CertificateAuthority;
use listen::Socket;
use names::Universe;
use outbound::{Dialer, Guard, Reach, Trust};
use supervise::Tasks;

use crate::own_hosts::Apis;

/// What the intercept is handed.
pub(crate) struct Behind {
    pub(crate) apis: Apis,
    pub(crate) authority: Arc<CertificateAuthority>,
    pub(crate) gate: gateway::Handle,
    pub(crate) own_listeners: Vec<SocketAddr>,
    pub(crate) randomness: Arc<dyn Randomness>,
    pub(crate) tasks: Tasks,
    pub(crate) trust: Trust,
    pub(crate) universe: Universe,
}

/// Serves the intercept on a bound socket until the drain.
pub(crate) fn serve_intercept(socket: &Socket, behind: Behind) -> io::Result<()> {
    let Behind { apis, authority, gate, own_listeners, randomness, tasks, trust, universe } = behind;
    // Who reaches this socket is on this machine and can call its networks anyway. What is never called is not
    // called for them either: Doorward's own listeners, and where clouds tell machines who they are.
    let guard = Guard::new(Reach::LoopbackOnly, Vec::new(), own_listeners);
    let parts = Parts {
        api: Arc::new(move |connection| apis.take_in(connection)),
        authority,
        dialer: Dialer::new(guard, trust, tasks.timer().clone()),
        gate: Arc::new(move |connection| gate.take_in(connection)),
        randomness,
        tasks,
        universe,
    };
    Intercept::new(Config::default(), parts).serve(socket)
}
