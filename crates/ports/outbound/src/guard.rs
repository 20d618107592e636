use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::AddressRange;

/// Which addresses may be called.
///
/// Link-local, metadata, multicast, broadcast and unspecified addresses and Doorward's own listeners: never.
/// Public addresses: always. Everything else, loopback and private networks above all: by [`Reach`]. An IPv6
/// address that carries an IPv4 one (mapped, NAT64, 6to4, Teredo, ISATAP) must pass as both.
#[derive(Clone, Debug)]
pub struct Guard {
    allow: Vec<AddressRange>,
    own_listeners: Vec<SocketAddr>,
    reach: Reach,
}

/// How far loopback and private addresses are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those in the list `[outbound] allow` only: the setting as soon as one listener can be reached from elsewhere.
    Listed,
    /// All of them: only while every listener is on loopback, so that whoever calls is already on this machine.
    LoopbackOnly,
}

/// Whether an address is one of this machine's own. Matters when a listener of Doorward listens on all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locality {
    /// It belongs to another machine, as far as this one can tell.
    Elsewhere,
    /// It is on one of this machine's interfaces.
    ThisMachine,
}

/// An address that is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{address} is {}", why.text())]
pub struct Refused {
    /// Which address.
    pub address: SocketAddr,
    /// Why not.
    pub why: Why,
}

/// Why an address is not called. Only [`Why::Loopback`] and [`Why::Private`] can be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The broadcast address.
    Broadcast,
    /// A link-local address: 169.254.0.0/16 (RFC 3927), fe80::/10 (RFC 4291 §2.5.6).
    LinkLocal,
    /// A loopback address that `[outbound] allow` does not list.
    Loopback,
    /// An address at which a cloud tells machines who they are.
    Metadata,
    /// A multicast address.
    Multicast,
    /// One of Doorward's own listeners.
    OwnListener,
    /// A private or special address that `[outbound] allow` does not list.
    Private,
    /// An address that stands for no machine: 0.0.0.0/8 (RFC 1122 §3.2.1.3), ::.
    Unspecified,
}

impl Guard {
    /// A guard that allows the ranges of `[outbound] allow`, and never `own_listeners`: the addresses on which
    /// Doorward's api, metadata and intercept listeners are bound.
    pub fn new(reach: Reach, allow: Vec<AddressRange>, own_listeners: Vec<SocketAddr>) -> Guard {
        let own_listeners = own_listeners
            .into_iter()
            .map(|listener| SocketAddr::new(listener.ip().to_canonical(), listener.port()))
            .collect();
        Guard { allow, own_listeners, reach }
    }

    /// Judges one address.
    ///
    /// # Errors
    ///
    /// The reason why it must not be called.
    pub fn check(&self, address: SocketAddr, locality: Locality) -> Result<(), Refused> {
        let refused = |why| Refused { address, why };
        let readings = readings(address.ip());
        for reading in readings.iter().flatten() {
            if let Class::Never(why) = class(*reading) {
                return Err(refused(why));
            }
            if self.is_own_listener(SocketAddr::new(*reading, address.port()), locality) {
                return Err(refused(Why::OwnListener));
            }
        }
        for reading in readings.iter().flatten() {
            if let Class::Listed(why) = class(*reading)
                && self.reach == Reach::Listed
                && !self.allow.iter().any(|range| range.contains(*reading))
            {
                return Err(refused(why));
            }
        }
        Ok(())
    }

    fn is_own_listener(&self, address: SocketAddr, locality: Locality) -> bool {
        let here = address.ip().is_loopback() || locality == Locality::ThisMachine;
        self.own_listeners.iter().any(|listener| {
            listener.port() == address.port()
                && (listener.ip() == address.ip() || (listener.ip().is_unspecified() && here))
        })
    }
}

impl Why {
    fn text(self) -> &'static str {
        match self {
            Why::Broadcast => "the broadcast address, which is never called",
            Why::LinkLocal => "a link-local address, which is never called",
            Why::Loopback => {
                "a loopback address, and not in the list `[outbound] allow` of the configuration"
            }
            Why::Metadata => "a metadata address, which is never called",
            Why::Multicast => "a multicast address, which is never called",
            Why::OwnListener => "one of Doorward's own listeners, which is never called",
            Why::Private => "a private address, and not in the list `[outbound] allow` of the configuration",
            Why::Unspecified => "an unspecified address, which is never called",
        }
    }
}

enum Class {
    /// Open if the configuration says so.
    Listed(Why),
    Never(Why),
    Public,
}

fn class(address: IpAddr) -> Class {
    if METADATA.contains(&address) {
        return Class::Never(Why::Metadata);
    }
    match address {
        IpAddr::V4(address) => class_of_v4(address),
        IpAddr::V6(address) => class_of_v6(address),
    }
}

fn class_of_v4(address: Ipv4Addr) -> Class {
    match address.octets() {
        [0, ..] => Class::Never(Why::Unspecified),
        [127, ..] => Class::Listed(Why::Loopback),
        [169, 254, ..] => Class::Never(Why::LinkLocal),
        [224..=239, ..] => Class::Never(Why::Multicast),
        [255, 255, 255, 255] => Class::Never(Why::Broadcast),
        // The rest of IANA's special-purpose registry (RFC 6890): private networks, carrier-grade NAT, protocol
        // assignments, documentation, the 6to4 relay, benchmarking, future use.
        [10, ..]
        | [172, 16..=31, ..]
        | [192, 168, ..]
        | [100, 64..=127, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [240..=255, ..] => Class::Listed(Why::Private),
        _ => Class::Public,
    }
}

fn class_of_v6(address: Ipv6Addr) -> Class {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Class::Never(Why::Unspecified),
        [0, 0, 0, 0, 0, 0, 0, 1] => Class::Listed(Why::Loopback),
        [0xfe80..=0xfebf, ..] => Class::Never(Why::LinkLocal),
        [0xff00..=0xffff, ..] => Class::Never(Why::Multicast),
        // A mapped address (RFC 4291 §2.5.5.2) and the well-known NAT64 prefix (RFC 6052 §2.1) are what they carry.
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Class::Public,
        // IETF assignments with Teredo in them, documentation (RFC 3849, RFC 9637).
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => {
            Class::Listed(Why::Private)
        }
        // Global unicast (RFC 4291 §2.4); whatever is outside has a special purpose, unique local addresses too.
        [0x2000..=0x3fff, ..] => Class::Public,
        _ => Class::Listed(Why::Private),
    }
}

/// The address and the IPv4 addresses that packets to it may end up at.
fn readings(address: IpAddr) -> [Option<IpAddr>; 5] {
    let IpAddr::V6(carrier) = address else { return [Some(address), None, None, None, None] };
    let bytes = carrier.octets();
    let v4 =
        |a: usize, b: usize, c: usize, d: usize| Some(IpAddr::from([bytes[a], bytes[b], bytes[c], bytes[d]]));
    let last = v4(12, 13, 14, 15);
    match carrier.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => [Some(address), None, None, None, None],
        // Mapped, compatible (RFC 4291 §2.5.5), translated (RFC 2765 §2.1), NAT64 (RFC 6052).
        [0, 0, 0, 0, 0, 0xffff | 0, ..] | [0, 0, 0, 0, 0xffff, 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => {
            [Some(address), last, None, None, None]
        }
        // Local-use NAT64 (RFC 8215), whose prefix may be 48, 56, 64 or 96 bits long (RFC 6052 §2.2). The readings
        // that do not apply run into padding and start with a zero.
        [0x64, 0xff9b, 1, ..] => {
            let carried = |reading: &IpAddr| !matches!(reading, IpAddr::V4(v4) if v4.octets()[0] == 0);
            let forms = [v4(6, 7, 9, 10), v4(7, 9, 10, 11), v4(9, 10, 11, 12), last];
            let [bits_48, bits_56, bits_64, bits_96] = forms.map(|form| form.filter(carried));
            [Some(address), bits_48, bits_56, bits_64, bits_96]
        }
        // 6to4 (RFC 3056 §2).
        [0x2002, ..] => [Some(address), v4(2, 3, 4, 5), None, None, None],
        // Teredo (RFC 4380 §4): the server, and the client with its bits turned.
        [0x2001, 0, ..] => {
            let client = [!bytes[12], !bytes[13], !bytes[14], !bytes[15]];
            [Some(address), v4(4, 5, 6, 7), Some(IpAddr::from(client)), None, None]
        }
        // ISATAP (RFC 5214 §6.1).
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => [Some(address), last, None, None, None],
        _ => [Some(address), None, None, None, None],
    }
}

/// Where clouds tell machines who they are, outside 169.254.0.0/16: Alibaba Cloud, Azure (wire server), Oracle Cloud,
/// AWS over IPv6, Google Cloud over IPv6.
const METADATA: [IpAddr; 6] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
];
