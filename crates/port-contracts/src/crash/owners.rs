//! Workflows that add and remove owners.

use super::run::exhaust;
use super::stores::Stores;
use super::templates::{asking, while_deleting};
use super::views::{acme, other, with_owner};
use super::workflow::{Given, Request, SECOND, Workflow};
use super::world::FREE;

pub(super) async fn add_an_owner(stores: Stores) {
    let done = vec![with_owner(acme(), FREE.1), other()];
    let workflow = Workflow { done, ..asking(Request::AddOwner(FREE.1)) };
    exhaust(workflow, stores).await;
}

pub(super) async fn add_an_owner_while_deleting(stores: Stores) {
    exhaust(while_deleting(Request::AddOwner(FREE.1)), stores).await;
}

pub(super) async fn demote_an_owner(stores: Stores) {
    exhaust(with_two_owners(Request::DemoteSecond), stores).await;
}

pub(super) async fn demote_an_owner_while_updating_an_admin(stores: Stores) {
    let workflow = with_two_owners(Request::DemoteSecond);
    let undone = workflow.done.clone();
    exhaust(Workflow { given: Given::UpdatingAdmin, undone, ..workflow }, stores).await;
}

pub(super) async fn remove_an_owner(stores: Stores) {
    let workflow = with_two_owners(Request::RemoveSecond);
    exhaust(Workflow { frees: Some((FREE.0, SECOND.1)), ..workflow }, stores).await;
}

pub(super) async fn recovery_from_updating_an_admin(stores: Stores) {
    let workflow = with_two_owners(Request::Recover);
    let undone = workflow.done.clone();
    exhaust(Workflow { given: Given::UpdatingAdmin, undone, ..workflow }, stores).await;
}

/// A request that begins with two owners and leaves one.
fn with_two_owners(request: Request) -> Workflow {
    let undone = vec![with_owner(acme(), SECOND.1), other()];
    Workflow { given: Given::TwoOwners, undone, ..asking(request) }
}
