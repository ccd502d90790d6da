//! Workflows of suspensions and deletions during a rename or a provisioning that can't be finished.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::model::{
    Action, Actor, AuditTarget, Changes, Claim, CollectionName, Organization, OrganizationId,
    Placement, Precondition, Status, Trail, Version,
};
use domain::ports::{NamespaceLedger, Ports, StoreError};
use domain::service::{Error, Resource};

use super::audit_trails::assert_audited;
use super::run::exhaust;
use super::snapshot::{View, snapshot};
use super::stores::{self, Stores};
use super::templates::{asking, deleting, while_renaming};
use super::views::{acme, acme_deleted, acme_renamed, other};
use super::workflow::{Given, Request, Workflow};
use super::world::{ACME, FREE, NEWCOMER, TenancySettings, World, acme_id, ask_for};
use crate::faults::{Plan, faulty};
use crate::fixtures::{act, collection, organization_id, provisioning, request_info, tenant_at};

/// The id of the organization that is provisioning.
pub(super) const ID: &str = "newcomer";

pub(super) async fn suspend_while_renaming(stores: Stores) {
    exhaust(suspending(Request::Suspend), stores).await;
}

pub(super) async fn suspend_while_renaming_whose_claim_fails(stores: Stores) {
    exhaust(without_claims(suspending(Request::Suspend)), stores).await;
}

pub(super) async fn suspend_while_provisioning_whose_claim_fails(stores: Stores) {
    let done = vec![acme(), other(), newcomer_suspended()];
    let workflow = Workflow { done, ..while_provisioning(Request::SuspendNewcomer) };
    exhaust(without_claims(workflow), stores).await;
}

pub(super) async fn delete_while_renaming_whose_claim_fails(stores: Stores) {
    let workflow = deleting("Renamed", while_renaming(Request::Delete));
    exhaust(without_claims(workflow), stores).await;
}

pub(super) async fn delete_while_renaming_whose_collection_has_moved_and_claim_fails(
    stores: Stores,
) {
    let workflow = deleting("Renamed", while_renaming(Request::DeleteAsOperator));
    exhaust(without_claims(Workflow { given: Given::Moved, ..workflow }), stores).await;
}

pub(super) async fn delete_while_suspending_whose_claim_fails(stores: Stores) {
    let undone = suspending(Request::Recover).done;
    let workflow = deleting("Renamed", while_renaming(Request::DeleteAsOperator));
    let workflow = Workflow { given: Given::Suspending, undone, ..workflow };
    exhaust(without_claims(workflow), stores).await;
}

pub(super) async fn delete_while_provisioning_whose_claim_fails(stores: Stores) {
    exhaust(without_claims(deleting_newcomer(Given::Provisioning)), stores).await;
}

pub(super) async fn delete_while_provisioning_whose_collection_is_created_and_claim_fails(
    stores: Stores,
) {
    exhaust(without_claims(deleting_newcomer(Given::Made)), stores).await;
}

pub(super) async fn delete_while_provisioning_a_suspended_organization_whose_claim_fails(
    stores: Stores,
) {
    let undone = vec![acme(), other(), newcomer_suspended()];
    let workflow = Workflow { undone, ..deleting_newcomer(Given::ProvisioningSuspended) };
    exhaust(without_claims(workflow), stores).await;
}

pub(super) async fn recovery_from_suspending(stores: Stores) {
    let workflow = suspending(Request::Recover);
    let undone = workflow.done.clone();
    exhaust(Workflow { given: Given::Suspending, undone, ..workflow }, stores).await;
}

pub(super) async fn recovery_from_provisioning_a_suspended_organization(stores: Stores) {
    let done = vec![acme(), other(), newcomer_suspended()];
    let workflow = Workflow { undone: done.clone(), done, ..asking(Request::Recover) };
    exhaust(Workflow { given: Given::ProvisioningSuspended, ..workflow }, stores).await;
}

pub(super) async fn recovery_from_a_deletion_that_superseded_a_rename(stores: Stores) {
    let workflow = deleting("Renamed", asking(Request::Recover));
    let undone = workflow.done.clone();
    exhaust(Workflow { given: Given::Superseded, undone, ..workflow }, stores).await;
}

pub(super) async fn suspension_and_deletion_do_not_wait_for_a_rename(stores: Stores) {
    let world = stores::world(&stores, TenancySettings::DEFAULT).await;
    Given::Renaming.prepare(&world).await;
    let stuck = world.services_over(without_names(&world, &Plan::none()));
    let (operator, any_version) = (world.operator().await.unwrap(), Precondition::None);
    let id = acme_id();
    for _ in 0..2 {
        let suspend = stuck.organizations.suspend(operator.operator().unwrap(), &id, &any_version);
        let suspended = suspend.await.unwrap();
        assert_eq!((suspended.status(), suspended.is_pending()), (Status::Suspended, true));
        let refused = world.owner(ACME.1).await;
        assert!(matches!(refused, Err(Error::Suspended)), "{refused:?}");
    }
    let deleted = stuck.organizations.delete(&operator, &id, &any_version).await.unwrap();
    assert_eq!(deleted.status(), Status::Deleted);
    let found = snapshot(&world, "superseded").await;
    assert_eq!(found, [acme_deleted("Renamed"), other()]);
    assert_audited(&world, "superseded").await;
}

pub(super) async fn suspension_and_deletion_do_not_wait_for_a_provisioning(stores: Stores) {
    let world = stores::world(&stores, TenancySettings::DEFAULT).await;
    let stuck = world.services_over(without_names(&world, &Plan::none()));
    let create = stuck.organizations.create(None, request_info(), ask_for(NEWCOMER));
    let begun = create.await.unwrap();
    let (operator, any_version) = (world.operator().await.unwrap(), Precondition::None);
    for _ in 0..2 {
        let suspend =
            stuck.organizations.suspend(operator.operator().unwrap(), begun.id(), &any_version);
        assert_eq!(suspend.await.unwrap().status(), Status::Provisioning);
    }
    let deleted = stuck.organizations.delete(&operator, begun.id(), &any_version).await.unwrap();
    assert_eq!(deleted.status(), Status::Deleted);
    let found = snapshot(&world, "superseded").await;
    assert_eq!(found, [acme(), other(), acme_deleted(NEWCOMER.0)]);
    assert_audited(&world, "superseded").await;
    world.create(NEWCOMER).await.unwrap();
}

/// As if there were organizations called "Acme 2" to "Acme 102".
pub(super) async fn occupied_names_fall_back_to_the_reserved_name(stores: Stores) {
    let world = stores::world(&stores, TenancySettings::DEFAULT).await;
    for number in 2..=102 {
        let organization = organization_id(&format!("occupant-{number}"));
        let claim = Claim { organization, begun: Version::FIRST };
        let wanted = collection("org_acme").numbered(number);
        world.ports.namespaces.claim(&wanted, &claim).await.unwrap();
    }
    let made = world.create(("Acmé", FREE.1)).await.unwrap();
    assert_eq!(made.status(), Status::Active);
    let reserved = CollectionName::reserved_for(made.id());
    assert_eq!(made.placement().and_then(Placement::own_collection), Some(&reserved));
    let owner = world.owner("other@example.com").await.unwrap();
    let (services, change) = (world.services(), super::world::rename("Acmë"));
    let (admin, any_version) = (owner.admin().unwrap(), Precondition::None);
    let id = admin.organization().id().clone();
    let renamed = services.organizations.update(admin, &id, &change, &any_version).await.unwrap();
    assert_eq!(renamed.status(), Status::Active);
    let reserved = CollectionName::reserved_for(&id);
    assert_eq!(renamed.placement().and_then(Placement::own_collection), Some(&reserved));
    snapshot(&world, "occupied").await;
}

/// Brings the organization that is provisioning into the state `given`.
pub(super) async fn begin(world: &World, given: Given) {
    let begun = provisioning(ID, NEWCOMER.0);
    world.begin(&begun).await;
    match given {
        Given::Made => {
            let (wanted, claim) = (collection("org_newcomer"), begun.claim());
            let name = world.ports.namespaces.claim(&wanted, &claim).await.unwrap();
            let placement = Placement::Collection { name, uuid: None };
            world.ports.tenants.create(&tenant_at(begun.id(), placement)).await.unwrap();
        }
        Given::ProvisioningSuspended => {
            let next = begun.suspending(&act("suspended"), world.ports.clock.now()).unwrap();
            let organizations = &world.ports.organizations;
            organizations.replace(&next, begun.version(), &[]).await.unwrap();
        }
        _ => {}
    }
}

/// Suspends or deletes Acme, whose rename `renaming` has begun, as `given` requires.
pub(super) async fn resume(world: &World, given: Given, renaming: &Organization) {
    let (act, now) = (act("superseded"), world.ports.clock.now());
    let (next, action) = match given {
        Given::Suspending => (renaming.suspending(&act, now), Action::OrganizationSuspended),
        Given::Superseded => (renaming.deleting(Actor::Operator, now), Action::OrganizationDeleted),
        _ => return,
    };
    let (next, target) = (next.unwrap(), AuditTarget::organization(&acme_id()));
    let changes = Changes::of_organization(renaming, &next);
    let event = act.event(Trail::Organization(acme_id()), action, target, changes);
    let organizations = &world.ports.organizations;
    organizations.replace(&next, renaming.version(), &[event]).await.unwrap();
}

/// The operator suspends or deletes every organization except the control organization, in a
/// process that can't claim names.
pub(super) async fn supersede_all_but_other(world: &World, deletes: bool) {
    // Events of several records are ordered by time, and prepared ones happen a second after the
    // start.
    world.clock.advance(Duration::from_secs(2));
    let services = world.services_over(without_names(world, &Plan::none()));
    let (operator, any_version) = (world.operator().await.unwrap(), Precondition::None);
    for organization in world.all_but_other().await {
        let id = organization.id();
        let done = if deletes {
            services.organizations.delete(&operator, id, &any_version).await
        } else {
            services.organizations.suspend(operator.operator().unwrap(), id, &any_version).await
        };
        // An organization that was provisioning for a taken address is gone by now, or deleted.
        let gone = matches!(done, Err(Error::NotFound(Resource::Organization)));
        assert!(done.is_ok() || gone, "{done:?}");
    }
}

/// The ports under `plan`, with a ledger that assigns no names.
pub(super) fn without_names(world: &World, plan: &Plan) -> Ports {
    let ports = faulty(&world.ports, plan);
    Ports { namespaces: Arc::new(NoNames(ports.namespaces.clone())), ..ports }
}

/// A ledger that assigns no names.
struct NoNames(Arc<dyn NamespaceLedger>);

#[async_trait]
impl NamespaceLedger for NoNames {
    async fn claim(&self, _: &CollectionName, _: &Claim) -> Result<CollectionName, StoreError> {
        Err(StoreError::unavailable("no names are given out"))
    }

    async fn assigned_name(&self, claim: &Claim) -> Result<Option<CollectionName>, StoreError> {
        self.0.assigned_name(claim).await
    }

    async fn owner(&self, name: &CollectionName) -> Result<Option<OrganizationId>, StoreError> {
        self.0.owner(name).await
    }
}

/// A request after which Acme is suspended under its new name.
fn suspending(request: Request) -> Workflow {
    let suspended = View { status: Status::Suspended, ..acme_renamed("Renamed") };
    Workflow { done: vec![suspended, other()], ..while_renaming(request) }
}

fn while_provisioning(request: Request) -> Workflow {
    let undone = vec![acme(), other(), newcomer()];
    Workflow { given: Given::Provisioning, undone, ..asking(request) }
}

fn deleting_newcomer(given: Given) -> Workflow {
    let newcomer = View { description: newcomer().description, ..acme_deleted(NEWCOMER.0) };
    let done = vec![acme(), other(), newcomer];
    let workflow = while_provisioning(Request::DeleteNewcomer);
    Workflow { given, done, frees: Some(NEWCOMER), ..workflow }
}

fn newcomer() -> View {
    let description = Some("First line\nsecond".to_owned());
    View { description, documents: vec![], ..View::new(NEWCOMER) }
}

fn newcomer_suspended() -> View {
    View { status: Status::Suspended, ..newcomer() }
}

/// The same with a ledger that assigns no names.
fn without_claims(workflow: Workflow) -> Workflow {
    Workflow { claims_fail: true, ..workflow }
}
