//! Headers of proxies: the client is the peer, or an address that a header names; and it is the
//! peer alone, unless that is a proxy which is trusted.
//!
//! The first line of the input is the peer. Each of the others is a field: of Forwarded after an
//! `F`, of X-Forwarded-For after an `X`, of X-Forwarded-Proto after a `P`.

#![no_main]

use std::net::IpAddr;
use std::sync::LazyLock;

use api_actix::fuzzing::{ForwardingHeaders, resolve};
use api_actix::{Network, TrustedProxies};
use libfuzzer_sys::fuzz_target;

const PROXY: &str = "10.0.0.1";

static PROXIES: LazyLock<TrustedProxies> = LazyLock::new(|| {
    let networks = ["10.0.0.0/8", "2001:db8:1::/48"];
    networks.iter().filter_map(|text| text.parse::<Network>().ok()).collect()
});

fuzz_target!(|input: &[u8]| {
    let mut lines = input.split(|byte| *byte == b'\n');
    let peer = lines.next().and_then(|line| str::from_utf8(line).ok()?.parse().ok());
    let Some(peer) = peer.or_else(|| PROXY.parse::<IpAddr>().ok()) else { return };
    let lines: Vec<&[u8]> = lines.collect();
    let fields = |kind: u8| -> Vec<&[u8]> {
        lines.iter().filter_map(|line| line.strip_prefix(&[kind])).collect()
    };
    let (forwarded, x_forwarded_for) = (fields(b'F'), fields(b'X'));
    let said = ForwardingHeaders {
        forwarded: &forwarded,
        x_forwarded_for: &x_forwarded_for,
        x_forwarded_proto: &fields(b'P'),
    };

    let found = resolve(peer, &said, &PROXIES);
    let peer = peer.to_canonical();
    let named = forwarded.iter().chain(&x_forwarded_for).any(|field| names(field, found.client));
    assert!(found.client == peer || named, "{found:?}");

    let untrusted = resolve(peer, &said, &TrustedProxies::default());
    assert_eq!((untrusted.client, untrusted.https), (peer, false));
});

/// Whether `address` stands in `field`, perhaps with a port, in brackets or with quoted pairs.
fn names(field: &[u8], address: IpAddr) -> bool {
    let text = String::from_utf8_lossy(field).replace('\\', "");
    let mut words = text.split(|c: char| c.is_whitespace() || ",;=\"[]".contains(c));
    let is = |word: &str| word.parse().is_ok_and(|named: IpAddr| named.to_canonical() == address);
    words.any(|word| is(word) || word.split_once(':').is_some_and(|(host, _)| is(host)))
}
