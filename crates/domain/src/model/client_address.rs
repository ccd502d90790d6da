//! Where a request came from.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// The address of a client, as far as proxies that are trusted tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// An address; one of IPv4 that is written in the way of IPv6 is the same.
    #[must_use]
    pub fn new(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }

    /// The address itself.
    #[must_use]
    pub fn ip(self) -> IpAddr {
        self.0
    }

    /// What limits count: a host has all of an IPv6 network of 64 bits (RFC 6177), and one address of IPv4.
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
    fn an_ipv6_host_is_its_network_of_64_bits() {
        assert_eq!(address("2001:db8:1:2:3:4:5:6").network(), address("2001:db8:1:2::"));
        assert_ne!(address("2001:db8:1:2::1").network(), address("2001:db8:1:3::1").network());
        assert_eq!(address("192.0.2.7").network(), address("192.0.2.7"));
    }

    #[test]
    fn an_ipv4_address_in_ipv6_is_itself() {
        assert_eq!(address("::ffff:192.0.2.7"), address("192.0.2.7"));
    }
}
