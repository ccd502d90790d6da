//! Workflows of owners who change the name of their organization, their address and their password
//! in one request.

use super::run::exhaust;
use super::snapshot::View;
use super::stores::Stores;
use super::templates::{asking, named_by_id, sharing, while_deleting, while_renaming};
use super::views::{acme, acme_renamed, other, with_another_account};
use super::workflow::{Given, Request, Workflow};
use super::world::{ACME, FREE, OTHER};

/// All of it, with a name and an address that are free.
const ALL: Request = Request::Account { name: Some("Renamed"), address: FREE.1 };
/// All except the name.
const ADMIN: Request = Request::Account { name: None, address: FREE.1 };

pub(super) async fn amend_an_account(stores: Stores) {
    exhaust(amending(asking(ALL)), stores).await;
}

pub(super) async fn amend_an_account_with_naming_by_id(stores: Stores) {
    exhaust(named_by_id(amending(asking(ALL))), stores).await;
}

pub(super) async fn amend_an_account_in_the_shared_collection(stores: Stores) {
    exhaust(sharing(amending(asking(ALL))), stores).await;
}

pub(super) async fn amend_an_account_with_a_taken_address(stores: Stores) {
    let request = Request::Account { name: Some("Renamed"), address: OTHER.1 };
    exhaust(Workflow { frees: Some(("Renamed", FREE.1)), ..asking(request) }, stores).await;
}

pub(super) async fn amend_an_account_with_a_taken_name(stores: Stores) {
    let request = Request::Account { name: Some("OTHER"), address: FREE.1 };
    exhaust(Workflow { frees: Some(("Renamed", FREE.1)), ..asking(request) }, stores).await;
}

pub(super) async fn amend_an_account_with_both_taken(stores: Stores) {
    let request = Request::Account { name: Some("OTHER"), address: OTHER.1 };
    exhaust(asking(request), stores).await;
}

/// Between the address check and the first write, which records the beginning of the work in the
/// organization.
pub(super) async fn amend_an_account_that_loses_its_address_to_another(stores: Stores) {
    let workflow = Workflow { frees: Some(("Renamed", ACME_FREE)), ..asking(ALL) };
    exhaust(losing(("Rival", FREE.1), workflow), stores).await;
}

pub(super) async fn amend_an_account_that_loses_its_name_to_another(stores: Stores) {
    let workflow = Workflow { frees: Some((FREE.0, FREE.1)), ..asking(ALL) };
    exhaust(losing(("RENAMED", "rival@example.com"), workflow), stores).await;
}

pub(super) async fn amend_an_account_while_renaming(stores: Stores) {
    let request = Request::Account { name: Some("Again"), address: FREE.1 };
    let done = vec![with_another_account(acme_renamed("Again"), FREE.1), other()];
    exhaust(Workflow { done, frees: Some(ACME), ..while_renaming(request) }, stores).await;
}

pub(super) async fn amend_an_account_while_deleting(stores: Stores) {
    exhaust(while_deleting(ALL), stores).await;
}

pub(super) async fn amend_an_admin_alone(stores: Stores) {
    let done = vec![with_another_account(acme(), FREE.1), other()];
    let workflow = Workflow { done, frees: Some((FREE.0, ACME.1)), ..asking(ADMIN) };
    exhaust(workflow, stores).await;
}

pub(super) async fn amend_an_admin_that_loses_its_address_to_another(stores: Stores) {
    exhaust(losing(("Rival", FREE.1), asking(ADMIN)), stores).await;
}

pub(super) async fn describe_while_amending(stores: Stores) {
    let amended = amending(asking(Request::Describe("Described")));
    let undone = amended.done.clone();
    let mut done = undone.clone();
    done[0].description = Some("Described".to_owned());
    exhaust(Workflow { given: Given::Amending(FREE.1), undone, done, ..amended }, stores).await;
}

pub(super) async fn recovery_from_amending(stores: Stores) {
    let amended = amending(asking(Request::Recover));
    let undone = amended.done.clone();
    exhaust(Workflow { given: Given::Amending(FREE.1), undone, ..amended }, stores).await;
}

pub(super) async fn recovery_from_amending_with_a_taken_address(stores: Stores) {
    let workflow = Workflow {
        given: Given::Amending(OTHER.1),
        frees: Some(("Renamed", FREE.1)),
        ..asking(Request::Recover)
    };
    exhaust(workflow, stores).await;
}

/// A free address, where [`FREE`] is taken.
const ACME_FREE: &str = "unknown@example.com";

/// A workflow that changes Acme's name, and its owner's address and password.
fn amending(workflow: Workflow) -> Workflow {
    let done = vec![with_another_account(acme_renamed("Renamed"), FREE.1), other()];
    Workflow { done, frees: Some(ACME), ..workflow }
}

/// The same with a rival who creates this organization at the worst moment.
fn losing(rival: (&'static str, &'static str), mut workflow: Workflow) -> Workflow {
    let winner = View { documents: vec![], ..View::new(rival) };
    workflow.done.push(winner);
    Workflow { rival: Some(rival), ..workflow }
}
