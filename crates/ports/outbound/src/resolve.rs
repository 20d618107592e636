use std::{
    future::Future,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    pin::Pin,
};

use names::HostName;
use supervise::Timer;

/// Turns a name into addresses.
pub trait Resolve: Send + Sync {
    /// All addresses of `name`, in the order in which to try them.
    fn resolve<'a>(&'a self, name: &'a HostName) -> Resolving<'a>;
}

/// The wait for an answer of [`Resolve`].
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// The resolver of the operating system. `localhost` and everything below it is this machine without asking
/// (RFC 6761 §6.3), because not every system knows that.
#[derive(Clone, Debug)]
pub struct SystemResolver {
    timer: Timer,
}

impl SystemResolver {
    /// A resolver; `timer` is told that a lookup is work outside the tasks.
    pub fn new(timer: Timer) -> SystemResolver {
        SystemResolver { timer }
    }
}

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, name: &'a HostName) -> Resolving<'a> {
        Box::pin(async move {
            if name.as_str() == "localhost" || name.as_str().ends_with(".localhost") {
                return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
            }
            let lookup = tokio::net::lookup_host((name.as_str(), 0));
            let answer = self.timer.outside("name lookup", lookup).await?;
            Ok(answer.map(|address| address.ip()).collect())
        })
    }
}
