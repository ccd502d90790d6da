//! Contract of [`StoreProbe`].

use std::sync::Arc;
use std::time::Duration;

use domain::ports::StoreProbe;

type Probe = Arc<dyn StoreProbe>;

suite! { $ store_probe(Probe):
    ready_succeeds_when_the_store_is_available,
}

async fn ready_succeeds_when_the_store_is_available(probe: Probe) {
    probe.ready().await.unwrap();
}

/// The other half of the contract, for an adapter that can create a broken store.
///
/// # Panics
/// When `broken` is ready, or does not answer within two seconds.
pub async fn ready_fails_within_the_timeout_when_the_store_is_unavailable(broken: &dyn StoreProbe) {
    let result = tokio::time::timeout(Duration::from_secs(2), broken.ready()).await;
    assert!(result.expect("an answer within two seconds").is_err(), "a broken store is ready");
}
