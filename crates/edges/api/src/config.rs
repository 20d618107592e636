//! What can be set.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use names::HostName;
use tokens::Authority;

/// What can be set.
#[derive(Clone, Debug)]
pub struct Config {
    /// How large a request's body may be, in either transport; 10 MiB by default, as at Google.
    pub body_limit_bytes: usize,
    /// Where clients address this server directly; a token that an account signed itself may name one of them as its
    /// audience. None by default: see [`Config::at`].
    pub own_addresses: Vec<Authority>,
}

impl Config {
    /// The defaults, served at this address: the address itself, and the names of this machine's loopback that lead
    /// there. The port counts, since a token for another server on the same machine is none for this one.
    pub fn at(address: SocketAddr) -> Self {
        let port = address.port();
        let loopback: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        let own: Vec<IpAddr> = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => vec![Ipv4Addr::LOCALHOST.into()],
            IpAddr::V6(ip) if ip.is_unspecified() => loopback.to_vec(),
            ip => vec![ip],
        };
        let mut own_addresses: Vec<_> = own.iter().map(|ip| Authority::at((*ip, port).into())).collect();
        if own.iter().any(|ip| loopback.contains(ip)) {
            let localhost = HostName::parse("localhost").expect("a valid literal");
            own_addresses.push(Authority::of(&localhost, port));
        }
        Self { own_addresses, ..Self::default() }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self { body_limit_bytes: wire::DEFAULT_BODY_LIMIT_BYTES, own_addresses: Vec::new() }
    }
}
