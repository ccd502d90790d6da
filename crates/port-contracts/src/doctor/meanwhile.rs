//! Stores in use, and interrupted repairs.

use std::sync::Arc;
use std::time::Duration;

use domain::model::Actor;
use domain::service::Swept;

use super::plant::{
    collection, deleted_view, insert, living, own, record, renaming, replaced, share, view,
};
use super::{LATER, Stores, findings, lines, repair_all, world};
use crate::crash::snapshot::{View, snapshot};
use crate::crash::stores;
use crate::crash::world::{ACME, NEWCOMER, OTHER, TenancySettings, World};
use crate::faults::{Plan, When};
use crate::fixtures::{self, at, deleted, provisioning};

const BOTH: [When; 2] = [When::Before, When::After];

/// Concurrent changes to an installation during an examination.
#[derive(Debug, Clone, Copy)]
enum Others {
    Create,
    Rename,
    Delete,
}

impl Others {
    const ALL: [Self; 3] = [Self::Create, Self::Rename, Self::Delete];

    /// Makes the change, then lets so much time pass that no request can still be in progress.
    async fn act(self, world: &World) {
        match self {
            Self::Create => drop(world.create(NEWCOMER).await.unwrap()),
            Self::Rename => world.rename_all_but_other().await,
            Self::Delete => world.delete_all_but_other().await,
        }
        world.clock.advance(LATER);
    }

    fn at(self, n: usize, when: When, world: &Arc<World>) -> Plan {
        let world = Arc::clone(world);
        Plan::stall(n, when, move || {
            let world = Arc::clone(&world);
            async move { self.act(&world).await }
        })
    }
}

pub(super) async fn interrupted_requests_leave_nothing_to_repair(stores: Stores) {
    for settings in [TenancySettings::DEFAULT, TenancySettings::SHARED] {
        let world = stores::world(&stores, settings).await;
        assert_nothing_is_wrong(&world).await;
        for others in Others::ALL {
            others.act(&world).await;
            assert_nothing_is_wrong(&world).await;
        }
    }
}

pub(super) async fn pending_work_is_not_damage(stores: Stores) {
    let world = stores::world(&stores, TenancySettings::DEFAULT).await;
    collection(&world, "new", "org_new").await;
    world.begin(&provisioning("new", "New")).await;
    own(&world, "new").await;
    let old = collection(&world, "moving", "org_moving").await;
    let moving = renaming(&living("moving", "Moving", &old), "Moved");
    record(&world, &moving).await;
    let wanted = fixtures::collection("org_moved");
    let new = world.ports.namespaces.claim(&wanted, &moving.claim()).await.unwrap();
    world.ports.tenants.rename(&moving.tenant().unwrap(), &new).await.unwrap();
    let place = collection(&world, "ending", "org_ending").await;
    let ending = living("ending", "Ending", &place).deleting(Actor::Operator, at(1)).unwrap();
    record(&world, &ending).await;
    world.ports.tenants.remove(&ending.tenant().unwrap()).await.unwrap();
    world.clock.advance(Duration::from_secs(9 * 60));
    assert_nothing_is_wrong(&world).await;
}

pub(super) async fn concurrent_requests_are_not_damage(stores: Stores) {
    for settings in [TenancySettings::DEFAULT, TenancySettings::SHARED] {
        let quiet = Plan::none();
        let world = stores::world(&stores, settings).await;
        world.services_under(&quiet).doctor.examine().await.unwrap();
        for n in 1..=quiet.calls() {
            for (when, others) in BOTH.iter().flat_map(|&it| Others::ALL.map(|other| (it, other))) {
                let world = Arc::new(stores::world(&stores, settings).await);
                let plan = others.at(n, when, &world);
                let found = world.services_under(&plan).doctor.examine().await.unwrap();
                assert!(found.is_empty(), "{others:?} {when:?} call {n}: {:?}", lines(&found));
                assert_nothing_is_wrong(&world).await;
            }
        }
    }
}

/// The next sweep finds a collection that was created too late.
pub(super) async fn an_organization_deleted_during_a_repair_leaves_nothing(stores: Stores) {
    let (_, calls) = repair_acme(&stores, |_| Plan::none()).await;
    for n in 1..=calls {
        for when in BOTH {
            let (world, _) = repair_acme(&stores, |world| Others::Delete.at(n, when, world)).await;
            world.services().doctor.sweep().await.unwrap();
            assert_nothing_is_wrong(&world).await;
            let acme = View { name: ACME.0.to_owned(), description: None, ..deleted_view("") };
            let found = snapshot(&world, &format!("{when:?} call {n}")).await;
            assert_eq!(found, [acme, View::new(OTHER)]);
        }
    }
}

/// A process that dies after a call has had the same effects as one that dies before the next.
pub(super) async fn interrupted_repairs_can_be_repeated(stores: Stores) {
    let quiet = Plan::none();
    repair_under(&damaged(&stores).await, &quiet).await;
    let plans = (1..=quiet.calls()).map(|n| Plan::crash(n, When::Before));
    for plan in plans.chain([Plan::twice()]) {
        let world = damaged(&stores).await;
        repair_under(&world, &plan).await;
        repair_all(&world).await;
        assert_nothing_is_wrong(&world).await;
        let found = snapshot(&world, &format!("after {} calls", plan.calls())).await;
        assert_eq!(found, repaired(), "after {} calls", plan.calls());
    }
}

/// An installation with every kind of repairable damage.
async fn damaged(stores: &Stores) -> World {
    let world = world(stores).await;
    let acme = world.holder(ACME.0).await.tenant().unwrap();
    world.ports.tenants.remove(&acme).await.unwrap();
    own(&world, "never").await;
    collection(&world, "never", "org_never").await;
    let late = collection(&world, "late", "org_late").await;
    insert(&world, "late", &late, "1").await;
    share(&world, "late", "2").await;
    record(&world, &deleted("late", "Late")).await;
    let (old, new) = (
        collection(&world, "moved", "org_moved").await,
        collection(&world, "moved", "org_moved_on").await,
    );
    insert(&world, "moved", &old, "1").await;
    insert(&world, "moved", &new, "2").await;
    record(&world, &living("moved", "Moved on", &new)).await;
    world.begin(&provisioning("new", "New")).await;
    let first = collection(&world, "restored", "org_restored").await;
    insert(&world, "restored", &replaced(&world, "restored", &first).await, "1").await;
    record(&world, &renaming(&living("restored", "Restored", &first), "Renamed")).await;
    world
}

/// The expected state of a [`damaged`] installation after the repair.
fn repaired() -> Vec<View> {
    let acme = View { documents: vec![], ..View::new(ACME) };
    vec![
        acme,
        View::new(OTHER),
        deleted_view("Late"),
        view("moved", "Moved on", Some("org_moved_on"), &["1", "2"]),
        view("new", "New", Some("org_new"), &[]),
        view("restored", "Renamed", Some("org_renamed"), &["1"]),
    ]
}

/// Repairs as much as `plan` permits, like an operator who ignores errors.
async fn repair_under(world: &World, plan: &Plan) {
    let doctor = world.services_under(plan).doctor;
    for finding in findings(world).await {
        let _ = doctor.repair(&finding).await;
    }
}

/// Repairs Acme, which lost its collection, under a plan. Returns the number of calls.
async fn repair_acme(
    stores: &Stores,
    plan: impl FnOnce(&Arc<World>) -> Plan,
) -> (Arc<World>, usize) {
    let world = Arc::new(world(stores).await);
    let acme = world.holder(ACME.0).await.tenant().unwrap();
    world.ports.tenants.remove(&acme).await.unwrap();
    let finding = findings(&world).await.remove(0);
    let plan = plan(&world);
    let _ = world.services_under(&plan).doctor.repair(&finding).await;
    (world, plan.calls())
}

async fn assert_nothing_is_wrong(world: &World) {
    assert_eq!(lines(&findings(world).await), [""; 0]);
    assert_eq!(world.services().doctor.sweep().await.unwrap(), Swept::default());
}
