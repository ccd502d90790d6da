//! Client addresses.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// IP address of a client, as determined through the trusted proxies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// Wraps an address; an IPv4-mapped IPv6 address becomes the IPv4 address.
    #[must_use]
    pub fn new(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }

    /// The IP address.
    #[must_use]
    pub fn ip(self) -> IpAddr {
        self.0
    }

    /// The unit that limits count: the /64 network of an IPv6 address, because one host has all of
    /// it (RFC 6177), or a single IPv4 address.
    #[must_use]
    pub fn network(self) -> Self {
        match self.0 {
            IpAddr::V4(_) => self,
            IpAddr::V6(address) => {
                let prefix = u128::from(address) & (u128::MAX << 64);
                Self(IpAddr::V6(Ipv6Addr::from(prefix)))
            }
        }
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> ClientAddress {
        ClientAddress::new(text.parse().unwrap())
    }

    #[test]
    fn ipv6_addresses_are_grouped_by_64_bit_network() {
        assert_eq!(address("2001:db8:1:2:3:4:5:6").network(), address("2001:db8:1:2::"));
        assert_ne!(address("2001:db8:1:2::1").network(), address("2001:db8:1:3::1").network());
        assert_eq!(address("192.0.2.7").network(), address("192.0.2.7"));
    }

    #[test]
    fn ipv4_mapped_ipv6_addresses_are_ipv4() {
        assert_eq!(address("::ffff:192.0.2.7"), address("192.0.2.7"));
    }
}
