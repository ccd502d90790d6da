//! The networks of proxies that are trusted.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// A network, or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

/// A text that is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidNetwork;

/// The proxies whose word about a client is taken: none, unless somebody names them.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<Network>);

impl FromStr for Network {
    type Err = InvalidNetwork;

    /// Reads an address, or a network as in `10.0.0.0/8`. Bits behind the prefix are a slip.
    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self(address.to_canonical().into()));
        }
        let network: IpNet = text.parse().map_err(|_| InvalidNetwork)?;
        if network == network.trunc() { Ok(Self(network)) } else { Err(InvalidNetwork) }
    }
}

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be addresses and networks, such as 127.0.0.1 and 10.0.0.0/8")
    }
}

impl Error for InvalidNetwork {}

impl FromIterator<Network> for TrustedProxies {
    fn from_iter<I: IntoIterator<Item = Network>>(networks: I) -> Self {
        Self(networks.into_iter().collect())
    }
}

impl TrustedProxies {
    /// Whether `address` is in one of the networks.
    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.0.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_trusted_if_a_network_has_it() {
        let proxies: TrustedProxies = ["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"]
            .map(|text| text.parse::<Network>().unwrap())
            .into_iter()
            .collect();
        for (address, trusted) in [
            ("10.255.0.1", true),
            ("::ffff:10.1.2.3", true),
            ("11.0.0.1", false),
            ("192.0.2.1", true),
            ("192.0.2.2", false),
            ("2001:db8:1::1", true),
            ("2001:db9::1", false),
        ] {
            assert_eq!(proxies.trust(address.parse().unwrap()), trusted, "{address}");
        }
        assert!(!TrustedProxies::default().trust("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in
            ["", "localhost", "10.0.0.0/33", "10.0.0.1/8", "10.0.0", "::1/129", "*", "1.2.3.4:80"]
        {
            assert_eq!(text.parse::<Network>(), Err(InvalidNetwork), "{text}");
        }
    }
}
