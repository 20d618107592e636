use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// A range of addresses in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3): `10.1.0.0/16`, `fd12::/48`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AddressRange {
    first: IpAddr,
    prefix_bits: u8,
}

impl AddressRange {
    /// Whether `address` lies in this range. An IPv4 range holds no IPv6 address and the other way round.
    pub fn contains(&self, address: IpAddr) -> bool {
        masked(address, self.prefix_bits) == Some(self.first)
    }
}

impl FromStr for AddressRange {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<AddressRange, RangeError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let first: IpAddr = address.parse().map_err(|_| RangeError::Address)?;
        let longest = if first.is_ipv4() { 32 } else { 128 };
        let prefix_bits = match prefix {
            None => longest,
            // The standard parser would take a sign and leading zeros too.
            Some(digits) if digits.starts_with('+') || (digits.len() > 1 && digits.starts_with('0')) => {
                return Err(RangeError::Prefix { longest });
            }
            Some(digits) => {
                digits.parse().ok().filter(|bits| *bits <= longest).ok_or(RangeError::Prefix { longest })?
            }
        };
        match masked(first, prefix_bits) {
            Some(start) if start == first => Ok(AddressRange { first, prefix_bits }),
            Some(start) => Err(RangeError::HostBits { start, prefix_bits }),
            None => Err(RangeError::Prefix { longest }),
        }
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.first, self.prefix_bits)
    }
}

/// Why a text is not a range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// What stands before the slash is not an address.
    #[error("expected an IPv4 or IPv6 address, with `/` and a number of bits if it stands for many")]
    Address,
    /// The address has bits after the prefix.
    #[error("the range starts at another address; write {start}/{prefix_bits}")]
    HostBits {
        /// Where the range starts.
        start: IpAddr,
        /// The length that was written.
        prefix_bits: u8,
    },
    /// What stands after the slash is not a number of bits.
    #[error("expected a number from 0 to {longest} after the slash")]
    Prefix {
        /// The length of a whole address.
        longest: u8,
    },
}

/// The address with everything after its first `bits` bits cleared; `None` if it has fewer.
fn masked(address: IpAddr, bits: u8) -> Option<IpAddr> {
    let bits = u32::from(bits);
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32_u32.checked_sub(bits)?).unwrap_or(0);
            Some(Ipv4Addr::from_bits(address.to_bits() & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128_u32.checked_sub(bits)?).unwrap_or(0);
            Some(Ipv6Addr::from_bits(address.to_bits() & mask).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_its_first_and_last_address_and_no_neighbour() {
        let range: AddressRange = "10.1.0.0/16".parse().unwrap();
        for (address, inside) in [
            ("10.1.0.0", true),
            ("10.1.255.255", true),
            ("10.0.255.255", false),
            ("10.2.0.0", false),
            ("::ffff:10.1.0.0", false),
        ] {
            assert_eq!(range.contains(address.parse().unwrap()), inside, "{address}");
        }
        assert!("0.0.0.0/0".parse::<AddressRange>().unwrap().contains("255.1.2.3".parse().unwrap()));
        assert!("::/0".parse::<AddressRange>().unwrap().contains("fd00::1".parse().unwrap()));
        assert!(!"fd00::1".parse::<AddressRange>().unwrap().contains("fd00::2".parse().unwrap()));
    }

    #[test]
    fn what_is_not_a_range_says_what_it_should_be() {
        for (text, error) in [
            ("", RangeError::Address),
            ("10.1/16", RangeError::Address),
            ("example.com", RangeError::Address),
            ("10.0.0.0/33", RangeError::Prefix { longest: 32 }),
            ("10.0.0.0/", RangeError::Prefix { longest: 32 }),
            ("10.0.0.0/+8", RangeError::Prefix { longest: 32 }),
            ("10.0.0.0/08", RangeError::Prefix { longest: 32 }),
            ("::/129", RangeError::Prefix { longest: 128 }),
            ("10.1.2.3/16", RangeError::HostBits { start: "10.1.0.0".parse().unwrap(), prefix_bits: 16 }),
        ] {
            assert_eq!(text.parse::<AddressRange>(), Err(error), "{text}");
        }
    }
}
