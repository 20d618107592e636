//! Which addresses are called, as a table.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use outbound::{Guard, Locality, Reach, Why};
use proptest::prelude::*;

fn verdict(guard: &Guard, address: &str, locality: Locality) -> Option<Why> {
    let address: IpAddr = address.parse().expect("an address");
    guard.check(SocketAddr::new(address, 80), locality).err().map(|refused| refused.why)
}

fn allowing(ranges: &[&str]) -> Vec<outbound::AddressRange> {
    ranges.iter().map(|range| range.parse().expect("a range")).collect()
}

const NEVER: &[(&str, Why)] = &[
    ("0.0.0.0", Why::Unspecified),
    ("0.1.2.3", Why::Unspecified),
    ("::", Why::Unspecified),
    ("::ffff:0.0.0.0", Why::Unspecified),
    ("169.254.0.1", Why::LinkLocal),
    ("169.254.169.254", Why::Metadata),
    ("169.254.170.2", Why::LinkLocal),
    ("fe80::1", Why::LinkLocal),
    ("febf:ffff::1", Why::LinkLocal),
    ("::ffff:169.254.169.254", Why::Metadata),
    ("::169.254.169.254", Why::Metadata),
    ("::ffff:0:169.254.169.254", Why::Metadata),
    ("64:ff9b::169.254.169.254", Why::Metadata),
    ("64:ff9b:1::169.254.169.254", Why::Metadata),
    ("64:ff9b:1:a9fe:a9:fe00::", Why::Metadata),
    ("64:ff9b:1:a9:fe:a9fe::", Why::Metadata),
    ("64:ff9b:1:0:a9:fea9:fe00:0", Why::Metadata),
    ("2002:a9fe:a9fe::1", Why::Metadata),
    ("2001:0:a9fe:a9fe::1", Why::Metadata),
    ("2001:0:102:304::5601:5601", Why::Metadata),
    ("2001:db8::5efe:169.254.169.254", Why::Metadata),
    ("2600::200:5efe:169.254.1.1", Why::LinkLocal),
    ("100.100.100.200", Why::Metadata),
    ("168.63.129.16", Why::Metadata),
    ("192.0.0.192", Why::Metadata),
    ("fd00:ec2::254", Why::Metadata),
    ("fd20:ce::254", Why::Metadata),
    ("224.0.0.1", Why::Multicast),
    ("239.255.255.255", Why::Multicast),
    ("ff02::1", Why::Multicast),
    ("255.255.255.255", Why::Broadcast),
];

const LISTED: &[(&str, Why)] = &[
    ("127.0.0.1", Why::Loopback),
    ("127.255.255.254", Why::Loopback),
    ("::1", Why::Loopback),
    ("::ffff:127.0.0.1", Why::Loopback),
    ("64:ff9b::127.0.0.1", Why::Loopback),
    ("10.0.0.1", Why::Private),
    ("172.16.0.1", Why::Private),
    ("172.31.255.255", Why::Private),
    ("192.168.1.1", Why::Private),
    ("100.64.0.1", Why::Private),
    ("100.127.255.255", Why::Private),
    ("192.0.2.1", Why::Private),
    ("198.18.0.1", Why::Private),
    ("198.19.255.255", Why::Private),
    ("198.51.100.1", Why::Private),
    ("203.0.113.1", Why::Private),
    ("240.0.0.1", Why::Private),
    ("fc00::1", Why::Private),
    ("fdff::1", Why::Private),
    ("fec0::1", Why::Private),
    ("2001:db8::1", Why::Private),
    ("3fff::1", Why::Private),
    ("100::1", Why::Private),
    ("4000::1", Why::Private),
    ("::2", Why::Unspecified),
    ("2002:a00:1::1", Why::Private),
    ("::ffff:10.0.0.1", Why::Private),
];

const PUBLIC: &[&str] = &[
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2606:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1",
    "2002:101:101::1",
];

#[test]
fn some_addresses_are_never_called_whatever_the_configuration_says() {
    let open = Guard::new(Reach::LoopbackOnly, allowing(&["0.0.0.0/0", "::/0"]), vec![]);
    for (address, why) in NEVER {
        assert_eq!(verdict(&open, address, Locality::Elsewhere), Some(*why), "{address}");
    }
}

#[test]
fn loopback_and_private_addresses_are_open_while_every_listener_is_on_loopback() {
    let home = Guard::new(Reach::LoopbackOnly, vec![], vec![]);
    for (address, why) in LISTED.iter().filter(|(_, why)| *why != Why::Unspecified) {
        assert_eq!(verdict(&home, address, Locality::Elsewhere), None, "{address} ({why:?})");
    }
}

#[test]
fn loopback_and_private_addresses_are_closed_elsewhere_unless_listed() {
    let closed = Guard::new(Reach::Listed, vec![], vec![]);
    for (address, why) in LISTED {
        assert_eq!(verdict(&closed, address, Locality::Elsewhere), Some(*why), "{address}");
    }
    let some = Guard::new(Reach::Listed, allowing(&["10.1.0.0/16", "fd12::/16", "127.0.0.1"]), vec![]);
    for (address, expected) in [
        ("10.1.2.3", None),
        ("10.2.2.3", Some(Why::Private)),
        ("::ffff:10.1.2.3", None),
        ("::ffff:10.2.2.3", Some(Why::Private)),
        ("2002:a01:203::1", None),
        ("fd12::9", None),
        ("fd13::9", Some(Why::Private)),
        ("127.0.0.1", None),
        ("127.0.0.2", Some(Why::Loopback)),
    ] {
        assert_eq!(verdict(&some, address, Locality::Elsewhere), expected, "{address}");
    }
}

#[test]
fn public_addresses_are_called() {
    for reach in [Reach::Listed, Reach::LoopbackOnly] {
        let guard = Guard::new(reach, vec![], vec![]);
        for address in PUBLIC {
            assert_eq!(verdict(&guard, address, Locality::Elsewhere), None, "{address}");
        }
    }
}

#[test]
fn own_listeners_are_never_called() {
    use Locality::{Elsewhere, ThisMachine};
    for (listener, address, locality, refused) in [
        ("127.0.0.1:8090", "127.0.0.1:8090", Elsewhere, true),
        ("127.0.0.1:8090", "[::ffff:127.0.0.1]:8090", Elsewhere, true),
        ("[::ffff:127.0.0.1]:8090", "127.0.0.1:8090", Elsewhere, true),
        ("127.0.0.1:8090", "127.0.0.1:8091", ThisMachine, false),
        ("127.0.0.1:8090", "127.0.0.2:8090", ThisMachine, false),
        ("0.0.0.0:8090", "127.0.0.1:8090", Elsewhere, true),
        ("0.0.0.0:8090", "127.9.9.9:8090", Elsewhere, true),
        ("0.0.0.0:8090", "[::1]:8090", Elsewhere, true),
        ("[::]:8090", "127.0.0.1:8090", Elsewhere, true),
        ("[::]:8090", "[::1]:8090", Elsewhere, true),
        ("0.0.0.0:8090", "1.2.3.4:8090", ThisMachine, true),
        ("0.0.0.0:8090", "1.2.3.4:8090", Elsewhere, false),
        ("[2606:4700::9]:8090", "[2606:4700::9]:8090", Elsewhere, true),
    ] {
        let guard = Guard::new(Reach::LoopbackOnly, vec![], vec![listener.parse().unwrap()]);
        let outcome = guard.check(address.parse().unwrap(), locality);
        assert_eq!(
            outcome.err().map(|refused| refused.why),
            refused.then_some(Why::OwnListener),
            "{listener} {address} {locality:?}"
        );
    }
}

#[test]
fn a_refusal_that_configuration_can_lift_names_the_key_and_the_address() {
    let guard = Guard::new(Reach::Listed, vec![], vec![]);
    for (address, names_key) in [("10.0.0.1:80", true), ("[::1]:80", true), ("169.254.1.1:80", false)] {
        let text = guard.check(address.parse().unwrap(), Locality::Elsewhere).unwrap_err().to_string();
        assert!(text.starts_with(address), "{text}");
        assert_eq!(text.contains("`[outbound] allow`"), names_key, "{text}");
    }
}

proptest! {
    #[test]
    fn every_form_that_carries_an_ipv4_address_is_refused_when_that_is(bits: u32) {
        let carried = Ipv4Addr::from_bits(bits);
        let guard = Guard::new(Reach::Listed, vec![], vec![]);
        let check = |address: IpAddr| guard.check(SocketAddr::new(address, 80), Locality::Elsewhere);
        let [a, b, c, d] = carried.octets().map(u16::from);
        let (high, low) = (a << 8 | b, c << 8 | d);
        if check(carried.into()).is_err() {
            for segments in [
                [0, 0, 0, 0, 0, 0xffff, high, low],
                [0x64, 0xff9b, 0, 0, 0, 0, high, low],
                [0x2002, high, low, 0, 0, 0, 0, 1],
                [0x2606, 0, 0, 0, 0, 0x5efe, high, low],
            ] {
                prop_assert!(check(Ipv6Addr::from(segments).into()).is_err(), "{:x?}", segments);
            }
        } else {
            prop_assert!(check(carried.to_ipv6_mapped().into()).is_ok());
        }
    }
}
