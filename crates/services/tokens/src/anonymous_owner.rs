//! The local owner without a credential: for clients that cannot send one, on a machine whose owner wants it so.
//!
//! A client that was built for an emulator, such as one that finds it through `PUBSUB_EMULATOR_HOST`, sends nothing.
//! Whoever reaches the API's address can do what it does, so the address must be this machine's alone; and a page in
//! the owner's browser reaches that too, so what a browser sends is refused, and so is a host name that somebody else's
//! name server made lead here. A proxy on this machine reaches it for others, and a job of anybody through memory.

use std::net::SocketAddr;

use context::Caller;

use crate::{Authority, Tokens};

/// Leave to take API calls without a credential for the local owner's. There is one only for an API on loopback.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DangerousAnonymousOwner {
    _listens_on_loopback: (),
}

/// Other machines reach the API.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{address} is not on loopback: whoever reaches it without a credential would be the owner")]
pub struct NotLoopback {
    /// Where the API listens.
    pub address: SocketAddr,
}

impl DangerousAnonymousOwner {
    /// Leave for an API that listens here.
    ///
    /// # Errors
    /// [`NotLoopback`].
    pub fn of_api_at(address: SocketAddr) -> Result<Self, NotLoopback> {
        if address.ip().is_loopback() {
            Ok(Self { _listens_on_loopback: () })
        } else {
            Err(NotLoopback { address })
        }
    }
}

/// What a call that carries no credential tells about where it comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Uncredentialed<'a> {
    /// Every host that it names, with or without a port: that of its target, and each `Host` header.
    pub hosts: Vec<&'a str>,
    /// Who made it, as far as it tells.
    pub sender: Sender,
}

/// What sent a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sender {
    /// A browser, for whatever page: it sent `Origin` or `Sec-Fetch-Site`.
    Browser,
    /// Nobody who connected to the API from this machine: a delivery that this process makes, for example.
    Elsewhere,
    /// A program on this machine.
    Program,
    /// A proxy on this machine, for whomever: it sent `Forwarded`, `Via` or `X-Forwarded-…`.
    Proxy,
}

/// Why a call without a credential is nobody's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Nobody {
    /// It may be a page of anybody that makes the owner's browser call.
    #[error("the call carries no credential and comes from a browser")]
    Browser,
    /// It was sent to another name than one of this machine's loopback, which a foreign name server made lead here.
    #[error("the call carries no credential, and its host is not a name of this machine's loopback")]
    ForeignHost,
    /// A credential is needed.
    #[error("the call carries no credential")]
    Missing,
    /// The local owner may not act.
    #[error("the local owner is disabled")]
    OwnerDisabled,
    /// It may come from anywhere.
    #[error("the call carries no credential and comes through a proxy")]
    Proxy,
}

impl Tokens {
    /// Who calls an API without a credential: nobody, unless calls without one were given to the local owner, who is
    /// believed to call from this machine and by a program. Reads memory only.
    ///
    /// # Errors
    /// See [`Nobody`].
    pub fn authenticate_uncredentialed(&self, call: &Uncredentialed<'_>) -> Result<Caller, Nobody> {
        let Some(DangerousAnonymousOwner { .. }) = self.within.config.dangerous_anonymous_owner else {
            return Err(Nobody::Missing);
        };
        match call.sender {
            Sender::Browser => return Err(Nobody::Browser),
            Sender::Elsewhere => return Err(Nobody::Missing),
            Sender::Program => {}
            Sender::Proxy => return Err(Nobody::Proxy),
        }
        if call.hosts.is_empty() || !call.hosts.iter().all(|host| Authority::is_of_loopback(host)) {
            return Err(Nobody::ForeignHost);
        }
        self.within.people.local_owner().map(Caller::of).ok_or(Nobody::OwnerDisabled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leave_is_given_on_loopback_only() {
        for address in ["127.0.0.1:8090", "127.9.9.9:0", "[::1]:8090"] {
            assert!(DangerousAnonymousOwner::of_api_at(address.parse().unwrap()).is_ok(), "{address}");
        }
        for address in ["0.0.0.0:8090", "[::]:8090", "10.0.0.1:8090", "[::ffff:127.0.0.1]:1", "169.254.1.1:1"]
        {
            let refused = DangerousAnonymousOwner::of_api_at(address.parse().unwrap()).unwrap_err();
            assert!(refused.to_string().contains("not on loopback"), "{refused}");
        }
    }
}
