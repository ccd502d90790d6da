//! Parser for node identifiers in forwarding headers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Parses the address of a node (RFC 7239, section 6): `192.0.2.7` or `[2001:db8::7]`, with an
/// optional port. Returns none for `unknown`, an obfuscated identifier or a malformed node.
pub(super) fn address(node: &str) -> Option<IpAddr> {
    let (address, rest) = match node.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            (IpAddr::V6(host.parse::<Ipv6Addr>().ok()?), rest)
        }
        None => {
            let (host, rest) = node.split_at(node.find(':').unwrap_or(node.len()));
            (IpAddr::V4(host.parse::<Ipv4Addr>().ok()?), rest)
        }
    };
    let port_fits = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
    port_fits.then(|| address.to_canonical())
}

/// The same for X-Forwarded-For, which also contains IPv6 addresses without brackets.
pub(super) fn loose_address(node: &str) -> Option<IpAddr> {
    let bare = node.parse::<Ipv6Addr>().ok().map(|bare| IpAddr::V6(bare).to_canonical());
    bare.or_else(|| address(node))
}

/// Whether `text` is a port: a number, or an obfuscated port such as `_gateway`.
fn is_port(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    match text.strip_prefix('_') {
        Some(obfuscated) => !obfuscated.is_empty() && obfuscated.bytes().all(known),
        None => (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_an_address_with_or_without_a_port() {
        for (node, expected) in [
            ("192.0.2.7", Some("192.0.2.7")),
            ("192.0.2.7:47011", Some("192.0.2.7")),
            ("192.0.2.7:_gateway", Some("192.0.2.7")),
            ("[2001:db8::7]", Some("2001:db8::7")),
            ("[2001:DB8::7]:443", Some("2001:db8::7")),
            ("[::ffff:192.0.2.7]", Some("192.0.2.7")),
            ("2001:db8::7", None),
            ("[192.0.2.7]", None),
            ("[2001:db8::7", None),
            ("[2001:db8::7]443", None),
            ("[fe80::1%eth0]", None),
            ("192.0.2.7:", None),
            ("192.0.2.7:_", None),
            ("192.0.2.7:123456", None),
            ("192.0.2.007", None),
            ("192.0.2.7 ", None),
            ("unknown", None),
            ("_hidden", None),
            ("", None),
        ] {
            assert_eq!(address(node), expected.map(|text| text.parse().unwrap()), "{node}");
        }
        assert_eq!(loose_address("2001:db8::7"), address("[2001:db8::7]"));
        assert_eq!(loose_address("192.0.2.7:80"), address("192.0.2.7"));
    }
}
