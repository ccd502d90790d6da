//! Limits the connections of a listener, in all and per client network (bulkhead).

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bulkhead::{Bulkhead, Limits, Permit};
use domain::model::ClientAddress;
use tokio::sync::watch;

use crate::client_address::TrustedProxies;

/// A client network has at most one in `SHARE` of the connections.
const SHARE: usize = 4;
/// The minimum share of a client network, in connections.
const LEAST_SHARE: usize = 8;

/// The open connections of a listener. Clones share them.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Shared>);

struct Shared {
    /// Maximum number of connections.
    most: usize,
    /// Permits by client network.
    networks: Arc<Bulkhead<ClientAddress>>,
    proxies: Arc<TrustedProxies>,
    open: AtomicUsize,
    is_crowded: watch::Sender<bool>,
}

/// An open connection; counted until it is dropped.
pub(crate) struct Connection {
    shared: Arc<Shared>,
    place: Option<Permit<ClientAddress>>,
}

impl Connections {
    /// Limits of a listener with up to `most` connections. Connections of trusted `proxies` carry many
    /// clients and have no share.
    pub(crate) fn new(most: usize, proxies: Arc<TrustedProxies>) -> Self {
        let limits = Limits {
            total: usize::MAX,
            per_key: share(most),
            waiting_per_key: 0,
            waiting: 0,
            max_wait: Duration::ZERO,
        };
        let (networks, is_crowded) = (Bulkhead::new(limits), watch::Sender::new(false));
        Self(Arc::new(Shared { most, networks, proxies, open: AtomicUsize::new(0), is_crowded }))
    }

    /// Counts a connection of `peer`; `None` when the share of its network is used up.
    pub(crate) fn admit(&self, peer: IpAddr) -> Option<Connection> {
        let place = if self.0.proxies.trust(peer) {
            None
        } else {
            Some(self.0.networks.try_acquire(&ClientAddress::new(peer).network(), 1).ok()?)
        };
        self.0.open.fetch_add(1, Ordering::Relaxed);
        self.0.update();
        Some(Connection { shared: self.0.clone(), place })
    }

    /// Whether four fifths of the connections are used, as a channel that reports changes.
    pub(crate) fn is_crowded(&self) -> watch::Receiver<bool> {
        self.0.is_crowded.subscribe()
    }
}

impl Connection {
    /// Whether a trusted proxy opened it.
    pub(crate) fn is_of_proxy(&self) -> bool {
        self.place.is_none()
    }
}

impl Shared {
    fn update(&self) {
        self.is_crowded.send_if_modified(|is_crowded| {
            let open = self.open.load(Ordering::Relaxed);
            // A lower bound for the way back: every change wakes all connections.
            let fifths = if *is_crowded { 3 } else { 4 };
            let now = open.saturating_mul(5) >= self.most.saturating_mul(fifths);
            std::mem::replace(is_crowded, now) != now
        });
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.shared.open.fetch_sub(1, Ordering::Relaxed);
        self.shared.update();
    }
}

/// The share of a client network in `most` connections; no effective limit where there are few.
fn share(most: usize) -> usize {
    (most / SHARE).max(LEAST_SHARE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client_address::Network;

    fn connections(most: usize, proxies: &[&str]) -> Connections {
        let proxies = proxies.iter().map(|text| text.parse::<Network>().unwrap());
        Connections::new(most, Arc::new(proxies.collect()))
    }

    fn admitted(connections: &Connections, peers: impl Iterator<Item = String>) -> Vec<Connection> {
        peers.filter_map(|peer| connections.admit(peer.parse().unwrap())).collect()
    }

    #[test]
    fn each_network_has_its_own_share_of_connections() {
        let connections = connections(10_000, &[]);
        let same = |peer: &'static str| std::iter::repeat_n(peer.to_owned(), 10_000);
        let of_one = admitted(&connections, same("192.0.2.1"));
        assert_eq!(of_one.len(), 2500);
        assert_eq!(admitted(&connections, same("::ffff:192.0.2.1")).len(), 0, "the same address");
        assert_eq!(admitted(&connections, same("192.0.2.2")).len(), 2500);
        let hosts = (0..10_000).map(|host| format!("2001:db8:1:2::{host:x}"));
        assert_eq!(admitted(&connections, hosts).len(), 2500, "64 bits are one client");
        drop(of_one);
        assert!(connections.admit("192.0.2.1".parse().unwrap()).is_some());
    }

    #[test]
    fn trusted_proxies_and_small_limits_have_no_share() {
        let behind = connections(100, &["10.0.0.0/8"]);
        let proxy = std::iter::repeat_n("10.1.2.3".to_owned(), 100);
        assert_eq!(admitted(&behind, proxy).len(), 100);
        let client = || std::iter::repeat_n("192.0.2.1".to_owned(), 100);
        assert_eq!(admitted(&connections(24, &[]), client()).len(), 8);
    }

    #[test]
    fn connections_are_crowded_from_four_fifths_of_the_limit() {
        let connections = connections(10, &["10.0.0.0/8"]);
        let is_crowded = connections.is_crowded();
        let mut open = Vec::new();
        for expected in [false, false, false, false, false, false, false, true, true] {
            open.extend(connections.admit([10, 0, 0, 1].into()));
            assert_eq!(*is_crowded.borrow(), expected, "{}", open.len());
        }
        open.truncate(6);
        assert!(*is_crowded.borrow(), "they are until fewer than three fifths are left");
        open.truncate(5);
        assert!(!*is_crowded.borrow());
    }
}
