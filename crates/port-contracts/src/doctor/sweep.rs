//! Repairs of the periodic sweep.

use std::time::Duration;

use domain::service::Swept;

use super::plant::{collection, ids, insert, living, names, own, record};
use super::{Stores, findings, lines, world};
use crate::crash::world::ACME;
use crate::fixtures::{deleted, tenant};

pub(super) async fn a_sweep_moves_documents_of_former_collections_and_removes_leftovers(
    stores: Stores,
) {
    let world = world(&stores).await;
    let old = collection(&world, "moved", "org_moved").await;
    let new = collection(&world, "moved", "org_moved_on").await;
    insert(&world, "moved", &old, "1").await;
    record(&world, &living("moved", "Moved on", &new)).await;
    let late = collection(&world, "late", "org_late").await;
    insert(&world, "late", &late, "1").await;
    record(&world, &deleted("late", "Late")).await;
    collection(&world, "never", "org_never").await;
    assert_eq!(world.services().doctor.sweep().await.unwrap(), Swept { repaired: 3, skipped: 0 });
    assert_eq!(ids(&world, "moved", &new).await, ["1"]);
    assert_eq!(names(&world).await, ["org_acme", "org_moved_on", "org_other"]);
    assert_eq!(world.services().doctor.sweep().await.unwrap(), Swept::default());
    assert_eq!(lines(&findings(&world).await), [""; 0]);
}

/// The operator has to examine the rest first.
pub(super) async fn a_sweep_keeps_unknown_collections(stores: Stores) {
    let world = world(&stores).await;
    let unknown = collection(&world, "unknown", "org_unknown").await;
    insert(&world, "unknown", &unknown, "1").await;
    world.ports.tenants.create(&tenant("stranger", "org_stranger")).await.unwrap();
    world.ports.tenants.remove(&world.holder(ACME.0).await.tenant().unwrap()).await.unwrap();
    own(&world, "never").await;
    let found = lines(&findings(&world).await);
    assert_eq!(found.len(), 4);
    assert_eq!(world.services().doctor.sweep().await.unwrap(), Swept { repaired: 0, skipped: 1 });
    assert_eq!(lines(&findings(&world).await), found);
    assert_eq!(names(&world).await, ["org_other", "org_stranger", "org_unknown"]);
}

pub(super) async fn a_sweep_waits_for_requests_that_may_be_in_progress(stores: Stores) {
    let world = world(&stores).await;
    let old = collection(&world, "moved", "org_moved").await;
    let new = collection(&world, "moved", "org_moved_on").await;
    let now = world.ports.clock.now();
    record(&world, &living("moved", "Moved on", &new).suspended(now).unwrap()).await;
    assert_eq!(world.services().doctor.sweep().await.unwrap(), Swept::default());
    assert_eq!(ids(&world, "moved", &old).await, [""; 0]);
    world.clock.advance(Duration::from_secs(31));
    assert_eq!(world.services().doctor.sweep().await.unwrap(), Swept { repaired: 1, skipped: 0 });
    assert_eq!(names(&world).await, ["org_acme", "org_moved_on", "org_other"]);
}
