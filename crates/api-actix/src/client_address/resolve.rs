//! Resolves the client address by walking from the connection's peer back across trusted proxies.

use std::net::IpAddr;
use std::str;

use super::{TrustedProxies, forwarded, node};

/// Forwarding headers of a request: the values of each header, in order.
#[derive(Debug, Clone, Copy, Default)]
pub struct ForwardingHeaders<'a> {
    /// `Forwarded` (RFC 7239).
    pub forwarded: &'a [&'a [u8]],
    /// `X-Forwarded-For`.
    pub x_forwarded_for: &'a [&'a [u8]],
    /// `X-Forwarded-Proto`.
    pub x_forwarded_proto: &'a [&'a [u8]],
}

/// Resolved client of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientRoute {
    /// Client address.
    pub client: IpAddr,
    /// Whether a trusted proxy reports that the client used TLS.
    pub https: bool,
}

/// Hop: an address, and whether it reached the next proxy over TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hop {
    pub(super) address: IpAddr,
    pub(super) https: bool,
}

/// Resolves the client of a request from `peer` with the forwarding headers `headers`.
///
/// If two headers name different clients, one of them was not written by the proxy, and it is
/// unknown which: the result is then the address of the proxy itself.
#[must_use]
pub fn resolve(
    peer: IpAddr,
    headers: &ForwardingHeaders<'_>,
    proxies: &TrustedProxies,
) -> ClientRoute {
    let peer = peer.to_canonical();
    if !proxies.trust(peer) {
        return ClientRoute { client: peer, https: false };
    }
    let one = headers.forwarded.iter().rev().flat_map(|field| forwarded::hops(field));
    let one = (!headers.forwarded.is_empty()).then(|| first_untrusted(peer, one, proxies));
    let other = headers.x_forwarded_for.iter().rev().flat_map(|field| x_forwarded_for(field));
    let other =
        (!headers.x_forwarded_for.is_empty()).then(|| first_untrusted(peer, other, proxies));
    let client = match (one, other) {
        (Some(one), Some(other)) if one.address != other.address => peer,
        (Some(hop), _) | (None, Some(hop)) => hop.address,
        (None, None) => peer,
    };
    ClientRoute {
        client,
        https: one.is_some_and(|hop| hop.https) || is_https(headers.x_forwarded_proto),
    }
}

/// Returns the first untrusted hop. A malformed hop ends the walk, because everything to its left
/// may be forged.
fn first_untrusted(
    peer: IpAddr,
    hops: impl Iterator<Item = Option<Hop>>,
    proxies: &TrustedProxies,
) -> Hop {
    let mut last = Hop { address: peer, https: false };
    for hop in hops {
        match hop {
            Some(hop) if proxies.trust(last.address) => last = hop,
            _ => break,
        }
    }
    last
}

/// Hops of one field, nearest first.
fn x_forwarded_for(field: &[u8]) -> impl Iterator<Item = Option<Hop>> {
    let elements = field.rsplit(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    elements.filter(|element| !element.is_empty()).map(|element| {
        let address = node::loose_address(str::from_utf8(element).ok()?)?;
        Some(Hop { address, https: false })
    })
}

/// Whether the nearest proxy, which writes last, reports TLS.
fn is_https(fields: &[&[u8]]) -> bool {
    let last = fields.last().and_then(|field| field.rsplit(|byte| *byte == b',').next());
    last.is_some_and(|proto| proto.trim_ascii().eq_ignore_ascii_case(b"https"))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::client_address::Network;

    const PROXY: &str = "10.0.0.1";

    fn proxies() -> TrustedProxies {
        let networks = ["10.0.0.0/8", "2001:db8:1::/48"];
        networks.map(|text| text.parse::<Network>().unwrap()).into_iter().collect()
    }

    fn client(peer: &str, headers: &ForwardingHeaders<'_>) -> String {
        resolve(peer.parse().unwrap(), headers, &proxies()).client.to_string()
    }

    fn by_x_forwarded_for(peer: &str, fields: &[&str]) -> String {
        let fields: Vec<&[u8]> = fields.iter().map(|field| field.as_bytes()).collect();
        client(
            peer,
            &ForwardingHeaders { x_forwarded_for: &fields, ..ForwardingHeaders::default() },
        )
    }

    #[test]
    fn the_client_is_the_rightmost_untrusted_address() {
        for (peer, fields, expected) in [
            (PROXY, &["192.0.2.7"][..], "192.0.2.7"),
            (PROXY, &["198.51.100.1, 192.0.2.7"], "192.0.2.7"),
            (PROXY, &["192.0.2.7, 10.0.0.3, 10.0.0.2"], "192.0.2.7"),
            (PROXY, &["198.51.100.1", "192.0.2.7, 10.0.0.2", "10.0.0.3"], "192.0.2.7"),
            (PROXY, &["192.0.2.7:4711"], "192.0.2.7"),
            (PROXY, &["2001:db8::7, 2001:db8:1::1"], "2001:db8::7"),
            (PROXY, &["[2001:db8::7]:80"], "2001:db8::7"),
            (PROXY, &["::ffff:192.0.2.7"], "192.0.2.7"),
            ("::ffff:10.0.0.1", &["192.0.2.7"], "192.0.2.7"),
            (PROXY, &["10.0.0.9, 10.0.0.2"], "10.0.0.9"),
            (PROXY, &[""], PROXY),
            (PROXY, &[], PROXY),
            ("192.0.2.9", &["198.51.100.1"], "192.0.2.9"),
            ("192.0.2.9", &["10.0.0.1"], "192.0.2.9"),
        ] {
            assert_eq!(by_x_forwarded_for(peer, fields), expected, "{peer} {fields:?}");
        }
    }

    #[test]
    fn an_unreadable_element_ends_the_resolution() {
        for (field, expected) in [
            ("192.0.2.7, unknown", PROXY),
            ("192.0.2.7, unknown, 10.0.0.2", "10.0.0.2"),
            ("192.0.2.7, 10.0.0.300", PROXY),
            ("192.0.2.7, 10.0.0.2:x", PROXY),
            ("192.0.2.7 10.0.0.2", PROXY),
            ("unknown, 192.0.2.7", "192.0.2.7"),
        ] {
            assert_eq!(by_x_forwarded_for(PROXY, &[field]), expected, "{field}");
        }
    }

    #[test]
    fn both_headers_must_name_the_same_client() {
        for (forwarded, x_forwarded_for, expected) in [
            ("for=192.0.2.7", "192.0.2.7", "192.0.2.7"),
            ("for=198.51.100.1, for=\"192.0.2.7:80\"", "192.0.2.7, 10.0.0.2", "192.0.2.7"),
            ("for=198.51.100.1", "192.0.2.7", PROXY),
            ("for=unknown", "192.0.2.7", PROXY),
            ("for=192.0.2.7", "unknown", PROXY),
            ("for=\"", "192.0.2.7", PROXY),
        ] {
            let headers = ForwardingHeaders {
                forwarded: &[forwarded.as_bytes()],
                x_forwarded_for: &[x_forwarded_for.as_bytes()],
                ..ForwardingHeaders::default()
            };
            assert_eq!(client(PROXY, &headers), expected, "{forwarded} {x_forwarded_for}");
        }
    }

    #[test]
    fn a_trusted_proxy_names_the_scheme() {
        let https = |peer: &str, forwarded: &str, protos: &[&str]| {
            let protos: Vec<&[u8]> = protos.iter().map(|proto| proto.as_bytes()).collect();
            let forwarded = [forwarded.as_bytes()];
            let headers = ForwardingHeaders {
                forwarded: &forwarded,
                x_forwarded_proto: &protos,
                ..ForwardingHeaders::default()
            };
            resolve(peer.parse().unwrap(), &headers, &proxies()).https
        };
        assert!(https(PROXY, "for=192.0.2.7;proto=https", &[]));
        assert!(https(PROXY, "for=192.0.2.7;proto=https, for=10.0.0.2;proto=http", &[]));
        assert!(https(PROXY, "", &["https"]));
        assert!(https(PROXY, "", &["http", "http, HTTPS"]));
        assert!(!https(PROXY, "for=192.0.2.7;proto=http", &["https, http"]));
        assert!(!https(PROXY, "for=198.51.100.1;proto=https, for=192.0.2.7", &[]));
        assert!(!https("192.0.2.9", "for=192.0.2.7;proto=https", &["https"]));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(
            bytes in vec(vec(any::<u8>(), 0..80), 0..3),
            texts in vec(r#"([,;:=."\\ _\[\]]|for|proto|unknown|[0-9a-f]{1,4}){0,40}"#, 0..3),
        ) {
            let texts = texts.iter().map(String::as_bytes);
            let fields: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).chain(texts).collect();
            let peer = PROXY.parse().unwrap();
            let headers = ForwardingHeaders { forwarded: &fields, x_forwarded_for: &fields, x_forwarded_proto: &fields };
            let _ = resolve(peer, &headers, &proxies());
        }

        /// Proxies append on the right; a client can only control what is to the left of that.
        #[test]
        fn elements_on_the_left_cannot_change_those_of_trusted_proxies(
            left in r#"[ -~\t]{0,40}|([,;="\\ ]|for|192\.0\.2\.9){0,20}"#,
            quoted in any::<bool>(),
            inner in vec(2_u8..=254, 0..4),
        ) {
            let quote = if quoted { "\"" } else { "" };
            let stations = ["192.0.2.7".to_owned()]
                .into_iter()
                .chain(inner.iter().map(|last| format!("10.0.0.{last}")));
            let stations: Vec<_> = stations.collect();
            let plain = stations.join(", ");
            let elements = stations.iter().map(|at| format!("for={quote}{at}{quote};by=\"a\\\\,\\\"\""));
            let elements = elements.collect::<Vec<_>>().join(", ");
            for headers in [
                ForwardingHeaders { forwarded: &[format!("{left}, {elements}").as_bytes()], ..ForwardingHeaders::default() },
                ForwardingHeaders { forwarded: &[left.as_bytes(), elements.as_bytes()], ..ForwardingHeaders::default() },
                ForwardingHeaders { x_forwarded_for: &[format!("{left}, {plain}").as_bytes()], ..ForwardingHeaders::default() },
                ForwardingHeaders { x_forwarded_for: &[left.as_bytes(), plain.as_bytes()], ..ForwardingHeaders::default() },
            ] {
                prop_assert_eq!(client(PROXY, &headers), "192.0.2.7");
            }
        }
    }
}
