//! Networks of trusted proxies.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::header::HeaderName;
use ipnet::IpNet;

/// Network in CIDR notation, or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

/// Error for text that is not a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidNetwork;

/// The trusted reverse proxies; none by default.
#[derive(Debug, Default)]
pub struct TrustedProxies {
    networks: Vec<Network>,
    /// Whether the warning about a missing proxy was logged.
    warned: AtomicBool,
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    /// Parses an address, or a network such as `10.0.0.0/8`. Host bits after the prefix are an
    /// error, because they are probably a typo.
    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self(address.to_canonical().into()));
        }
        let network: IpNet = text.parse().map_err(|_| InvalidNetwork)?;
        // IPv4-mapped peers are compared as IPv4 addresses, so a mapped network would match none.
        let is_mapped = matches!(network.addr(), IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some());
        if network == network.trunc() && !is_mapped {
            Ok(Self(network))
        } else {
            Err(InvalidNetwork)
        }
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
        Self { networks: networks.into_iter().collect(), warned: AtomicBool::new(false) }
    }
}

impl TrustedProxies {
    /// Whether `address` is in one of the networks.
    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.0.contains(&address))
    }

    /// Logs once that an untrusted `peer` sent a forwarding header. From a private address, that is
    /// a proxy missing in `TRUSTED_PROXIES` rather than a forged header.
    pub(crate) fn warn_of_untrusted(&self, peer: IpAddr, header: &HeaderName) {
        let peer = peer.to_canonical();
        if is_private(peer) && !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                %peer,
                %header,
                "forwarding header from an untrusted private address ignored; \
                 a reverse proxy belongs in TRUSTED_PROXIES, or all its clients share one address"
            );
        }
    }
}

impl Network {
    /// Whether the network is larger than the private ones (10.0.0.0/8, fc00::/7).
    #[must_use]
    pub fn is_huge(&self) -> bool {
        self.0.prefix_len() < if self.0.addr().is_ipv4() { 8 } else { 7 }
    }
}

/// Addresses that no client on the Internet has: loopback, private (RFC 1918), shared (RFC 6598),
/// link-local and unique local (RFC 4193).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || is_shared
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_within_a_network_is_trusted() {
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
    fn invalid_networks_are_refused() {
        for text in
            ["", "localhost", "10.0.0.0/33", "10.0.0.1/8", "10.0.0", "::1/129", "*", "1.2.3.4:80"]
        {
            assert_eq!(text.parse::<Network>(), Err(InvalidNetwork), "{text}");
        }
    }
}
