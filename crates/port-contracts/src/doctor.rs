//! Contract of the doctor on the stores of an adapter: each kind of damage is planted through the
//! ports, found and repaired, and nothing else is changed.
//!
//! The macro takes an expression that creates empty stores, as that of [`mod@crate::crash`].

mod collections;
mod meanwhile;
mod organizations;
mod plant;
mod sweep;

use std::time::Duration;

use domain::service::Finding;

use crate::crash::Stores;
use crate::crash::snapshot::{View, snapshot};
use crate::crash::stores;
use crate::crash::world::{ACME, OTHER, TenancySettings, World};
use collections::*;
use meanwhile::*;
use organizations::*;
use sweep::*;

suite! { $ doctor(Stores):
    interrupted_requests_leave_nothing_to_repair,
    pending_work_is_not_damage,
    concurrent_requests_are_not_damage,
    an_unknown_collection_is_kept,
    leftovers_of_a_deleted_organization_are_removed,
    a_collection_of_an_organization_that_was_never_created_is_removed,
    documents_of_an_unknown_organization_are_kept,
    documents_in_a_former_collection_are_moved,
    a_former_collection_becomes_the_missing_collection,
    documents_in_a_former_collection_overwrite_no_document,
    an_empty_collection_of_a_shared_tenant_is_removed,
    documents_are_not_moved_between_placements,
    a_missing_collection_is_recreated,
    a_replaced_collection_is_adopted,
    stuck_work_is_finished,
    a_stuck_rename_of_a_replaced_collection_is_finished,
    lost_admins_are_removed,
    an_organization_deleted_during_a_repair_leaves_nothing,
    interrupted_repairs_can_be_repeated,
    a_sweep_moves_documents_of_former_collections_and_removes_leftovers,
    a_sweep_keeps_unknown_collections,
    a_sweep_waits_for_requests_that_may_be_in_progress,
}

/// Longer than any pending work may take.
const LATER: Duration = Duration::from_secs(11 * 60);

/// An installation to be damaged, some time after its creation.
async fn world(stores: &Stores) -> World {
    let world = stores::world(stores, TenancySettings::DEFAULT).await;
    world.clock.advance(LATER);
    world
}

/// The organizations of a [`world`] that are not damaged.
fn untouched() -> Vec<View> {
    vec![View::new(ACME), View::new(OTHER)]
}

/// Finds exactly `expected`, repairs all of it, and finds nothing after that. Returns the final
/// state.
async fn assert_repairs(world: &World, expected: &[&str]) -> Vec<View> {
    assert_eq!(lines(&findings(world).await), expected);
    repair_all(world).await;
    assert!(findings(world).await.is_empty(), "mended");
    snapshot(world, "mended").await
}

/// Finds exactly `expected`, and repairs none of it: each line ends with the reason.
async fn assert_unrepairable(world: &World, expected: &[&str]) {
    for _ in 0..2 {
        let mut left = Vec::new();
        for finding in findings(world).await {
            let reason = world.services().doctor.repair(&finding).await.unwrap_err();
            left.push(format!("{finding}: {reason}"));
        }
        assert_eq!(left, expected);
    }
}

async fn findings(world: &World) -> Vec<Finding> {
    world.services().doctor.examine().await.unwrap()
}

async fn repair_all(world: &World) {
    for finding in findings(world).await {
        let repaired = world.services().doctor.repair(&finding).await;
        assert!(repaired.is_ok(), "{finding}: {repaired:?}");
    }
}

fn lines(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}
