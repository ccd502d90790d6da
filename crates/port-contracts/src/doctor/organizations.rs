//! Organizations with missing parts, and parts without an organization.

use domain::model::{Actor, Placement};

use super::plant::{
    collection, deleted_view, insert, living, own, record, renaming, replaced, view,
};
use super::{Stores, assert_repairs, untouched, world};
use crate::crash::snapshot::View;
use crate::crash::world::{ACME, OTHER};
use crate::fixtures::{at, deleted, email, provisioning};

pub(super) async fn a_missing_collection_is_recreated(stores: Stores) {
    let world = world(&stores).await;
    for name in [ACME.0, OTHER.0] {
        let tenant = world.holder(name).await.tenant().unwrap();
        world.ports.tenants.remove(&tenant).await.unwrap();
    }
    let other = world.holder(OTHER.0).await;
    let suspended = other.suspended(at(1)).unwrap();
    world.ports.organizations.replace(&suspended, other.version(), &[]).await.unwrap();
    let found = assert_repairs(
        &world,
        &[
            "organization id-00000001: its collection org_acme is missing or another one",
            "organization id-00000005: its collection org_other is missing or another one",
        ],
    )
    .await;
    let empty = |view: View| View { documents: vec![], ..view };
    let expected = [View::new(ACME), View { status: suspended.status(), ..View::new(OTHER) }];
    assert_eq!(found, expected.map(empty));
}

/// Only a store with uuids can detect that it is another collection.
pub(super) async fn a_replaced_collection_is_adopted(stores: Stores) {
    let world = world(&stores).await;
    let first = collection(&world, "restored", "org_restored").await;
    let second = replaced(&world, "restored", &first).await;
    insert(&world, "restored", &second, "1").await;
    record(&world, &living("restored", "Restored", &first)).await;
    let line = "organization restored: its collection org_restored is missing or another one";
    let lines = if has_uuid(&first) { vec![line] } else { vec![] };
    let found = assert_repairs(&world, &lines).await;
    let restored = view("restored", "Restored", Some("org_restored"), &["1"]);
    assert_eq!(found, [untouched(), vec![restored]].concat());
}

pub(super) async fn stuck_work_is_finished(stores: Stores) {
    let world = world(&stores).await;
    world.begin(&provisioning("new", "New")).await;
    let moving = collection(&world, "moving", "org_moving").await;
    insert(&world, "moving", &moving, "1").await;
    record(&world, &renaming(&living("moving", "Moving", &moving), "Moved")).await;
    let ending = collection(&world, "ending", "org_ending").await;
    insert(&world, "ending", &ending, "1").await;
    let ended = living("ending", "Ending", &ending).deleting(Actor::Operator, at(1)).unwrap();
    record(&world, &ended).await;
    // As after repeated attempts, which renewed the lease.
    let claimed = ended.claimed(world.ports.clock.now());
    world.ports.organizations.replace(&claimed, ended.version(), &[]).await.unwrap();
    let found = assert_repairs(
        &world,
        &[
            "organization ending is deleting since 2026-01-01T00:00:01.000Z",
            "organization moving is renaming since 2026-01-01T00:00:01.000Z",
            "organization new is provisioning since 2026-01-01T00:00:00.000Z",
        ],
    )
    .await;
    let moved = view("moving", "Moved", Some("org_moved"), &["1"]);
    let new = view("new", "New", Some("org_new"), &[]);
    let expected = [vec![deleted_view("Ending")], untouched(), vec![moved, new]];
    assert_eq!(found, expected.concat());
}

pub(super) async fn a_stuck_rename_of_a_replaced_collection_is_finished(stores: Stores) {
    let world = world(&stores).await;
    let first = collection(&world, "restored", "org_restored").await;
    let second = replaced(&world, "restored", &first).await;
    insert(&world, "restored", &second, "1").await;
    record(&world, &renaming(&living("restored", "Restored", &first), "Renamed")).await;
    let line = "organization restored is renaming since 2026-01-01T00:00:01.000Z";
    let found = assert_repairs(&world, &[line]).await;
    let renamed = view("restored", "Renamed", Some("org_renamed"), &["1"]);
    assert_eq!(found, [untouched(), vec![renamed]].concat());
}

pub(super) async fn lost_admins_are_removed(stores: Stores) {
    let world = world(&stores).await;
    own(&world, "never").await;
    own(&world, "past").await;
    record(&world, &deleted("past", "Past")).await;
    let found = assert_repairs(
        &world,
        &[
            "admins of organization never, which does not exist: never-owner",
            "admins of organization past, which is deleted: past-owner",
        ],
    )
    .await;
    assert_eq!(found, [untouched(), vec![deleted_view("Past")]].concat());
    for address in ["never@example.com", "past@example.com"] {
        let holder = world.ports.admins.find_by_email(&email(address).key()).await.unwrap();
        assert_eq!(holder, None, "{address} is free");
    }
}

fn has_uuid(placement: &Placement) -> bool {
    matches!(placement, Placement::Collection { uuid: Some(_), .. })
}
