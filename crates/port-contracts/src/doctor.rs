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
use crate::crash::world::{ACME, House, OTHER, World};
use collections::*;
use meanwhile::*;
use organizations::*;
use sweep::*;

suite! { $ doctor(Stores):
    nothing_is_wrong_with_what_requests_leave,
    work_under_way_is_nothing_wrong,
    what_others_do_meanwhile_is_nothing_wrong,
    a_collection_of_nobody_is_left,
    what_a_deleted_organization_left_is_removed,
    what_was_made_for_an_organization_that_never_was_is_removed,
    documents_without_any_record_of_their_organization_are_left,
    a_straggler_is_moved_into_place,
    a_straggler_becomes_the_collection_that_is_missing,
    a_straggler_overwrites_no_document,
    an_empty_collection_of_a_sharer_is_removed,
    documents_are_not_moved_between_kinds_of_places,
    a_missing_collection_is_made_again,
    a_collection_that_took_the_place_of_another_is_taken_over,
    work_that_is_stuck_is_finished,
    a_stuck_rename_of_a_collection_that_took_the_place_of_another_is_finished,
    lost_admins_are_removed,
    an_organization_deleted_while_it_is_mended_leaves_nothing,
    repairs_that_are_cut_short_can_be_repeated,
    a_sweep_mends_stragglers_and_remains,
    a_sweep_leaves_what_it_does_not_understand,
    a_sweep_waits_for_those_who_may_still_be_at_work,
}

/// Longer than any pending work may take.
const LATER: Duration = Duration::from_secs(11 * 60);

/// An installation to be damaged, some time after its creation.
async fn world(stores: &Stores) -> World {
    let world = stores::world(stores, House::DEFAULT).await;
    world.clock.advance(LATER);
    world
}

/// The organizations of a [`world`] that are not damaged.
fn untouched() -> Vec<View> {
    vec![View::new(ACME), View::new(OTHER)]
}

/// Finds exactly `expected`, repairs all of it, and finds nothing after that. Returns the final
/// state.
async fn mends(world: &World, expected: &[&str]) -> Vec<View> {
    assert_eq!(lines(&findings(world).await), expected);
    mend_all(world).await;
    assert!(findings(world).await.is_empty(), "mended");
    snapshot(world, "mended").await
}

/// Finds exactly `expected`, and repairs none of it: each line ends with the reason.
async fn leaves(world: &World, expected: &[&str]) {
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

async fn mend_all(world: &World) {
    for finding in findings(world).await {
        let mended = world.services().doctor.repair(&finding).await;
        assert!(mended.is_ok(), "{finding}: {mended:?}");
    }
}

fn lines(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}
