//! Contract of the lifecycle: at every call of every workflow, stop the process or let the call to
//! a port fail, before or after its effect. After recovery, the request either was carried out, or
//! it was not and was never acknowledged; and nothing is lost or without an owner.
//!
//! The macro takes an expression that creates empty stores ([`FreshStore`]):
//! `port_contracts::crash!(async { MyStores })`. A store with internal faults ([`ServerFaults`]) uses
//! these instead of failing calls.

mod accounts;
mod audit_trails;
mod documents;
mod owners;
mod rival;
mod run;
mod server_faults;
pub(crate) mod snapshot;
pub(crate) mod stores;
mod superseding;
mod templates;
mod views;
mod workflow;
pub(crate) mod world;

use domain::service::PlacementPolicy;

use accounts::*;
use documents::*;
use owners::{
    add_an_owner, add_an_owner_while_deleting, demote_an_owner,
    demote_an_owner_while_updating_an_admin, recovery_from_updating_an_admin, remove_an_owner,
};
use run::exhaust;
use snapshot::View;
use superseding::*;
use templates::{asking, deleting, named_by_id, sharing, while_deleting, while_renaming};
use views::{acme, acme_renamed, acme_suspended, other};
use workflow::{Given, Request, Workflow};
use world::{ACME, FREE, NEWCOMER, TenancySettings};

pub use server_faults::ServerFaults;

pub use stores::FreshStore;
pub(crate) use stores::Stores;

suite! { $ crash(Stores):
    create,
    create_with_a_taken_address,
    create_with_a_taken_name,
    create_that_loses_its_address_to_another,
    create_that_loses_its_name_to_another,
    rename,
    rename_with_naming_by_id,
    rename_to_a_taken_name,
    rename_while_renaming,
    describe,
    describe_while_renaming,
    suspend,
    activate,
    delete,
    delete_of_a_suspended_organization,
    delete_while_renaming,
    insert_of_a_document,
    insert_of_a_document_while_renaming,
    insert_of_a_document_whose_collection_has_moved,
    insert_of_a_document_while_deleting,
    insert_of_a_document_whose_collection_is_removed,
    delete_of_a_document,
    delete_of_a_document_whose_collection_has_moved,
    login,
    add_an_owner,
    add_an_owner_while_deleting,
    demote_an_owner,
    demote_an_owner_while_updating_an_admin,
    remove_an_owner,
    recovery_from_updating_an_admin,
    amend_an_account,
    amend_an_account_with_naming_by_id,
    amend_an_account_in_the_shared_collection,
    amend_an_account_with_a_taken_address,
    amend_an_account_with_a_taken_name,
    amend_an_account_with_both_taken,
    amend_an_account_that_loses_its_address_to_another,
    amend_an_account_that_loses_its_name_to_another,
    amend_an_account_while_renaming,
    amend_an_account_while_deleting,
    amend_an_admin_alone,
    amend_an_admin_that_loses_its_address_to_another,
    describe_while_amending,
    recovery_from_amending,
    recovery_from_amending_with_a_taken_address,
    recovery_from_provisioning,
    recovery_from_provisioning_with_a_taken_address,
    recovery_from_renaming,
    recovery_from_deleting,
    create_in_the_shared_collection,
    create_beyond_the_maximum_of_collections,
    rename_in_the_shared_collection,
    delete_in_the_shared_collection,
    suspend_while_renaming,
    suspend_while_renaming_whose_claim_fails,
    suspend_while_provisioning_whose_claim_fails,
    delete_while_renaming_whose_claim_fails,
    delete_while_renaming_whose_collection_has_moved_and_claim_fails,
    delete_while_suspending_whose_claim_fails,
    delete_while_provisioning_whose_claim_fails,
    delete_while_provisioning_whose_collection_is_created_and_claim_fails,
    delete_while_provisioning_a_suspended_organization_whose_claim_fails,
    recovery_from_suspending,
    recovery_from_provisioning_a_suspended_organization,
    recovery_from_a_deletion_that_superseded_a_rename,
    suspension_and_deletion_do_not_wait_for_a_rename,
    suspension_and_deletion_do_not_wait_for_a_provisioning,
    occupied_names_fall_back_to_the_reserved_name,
    insert_of_a_document_in_the_shared_collection,
    insert_of_a_document_in_the_shared_collection_while_deleting,
    delete_of_a_document_in_the_shared_collection,
    import_of_a_document,
    import_of_a_document_whose_collection_has_moved,
    import_of_a_document_whose_collection_is_removed,
    import_of_a_document_in_the_shared_collection,
    import_of_a_document_in_the_shared_collection_while_deleting,
}

async fn create(stores: Stores) {
    let newcomer = View { documents: vec![], ..View::new(NEWCOMER) };
    let done = vec![acme(), other(), newcomer];
    exhaust(Workflow { done, ..asking(Request::Create(NEWCOMER)) }, stores).await;
}

async fn create_with_a_taken_address(stores: Stores) {
    let request = Request::Create((NEWCOMER.0, ACME.1));
    exhaust(Workflow { frees: Some((NEWCOMER.0, FREE.1)), ..asking(request) }, stores).await;
}

async fn create_with_a_taken_name(stores: Stores) {
    let request = Request::Create((ACME.0, NEWCOMER.1));
    exhaust(Workflow { frees: Some((FREE.0, NEWCOMER.1)), ..asking(request) }, stores).await;
}

async fn create_that_loses_its_address_to_another(stores: Stores) {
    let rival = ("Rival", NEWCOMER.1);
    let winner = View { documents: vec![], ..View::new(rival) };
    let workflow = Workflow {
        rival: Some(rival),
        done: vec![acme(), other(), winner],
        frees: Some((NEWCOMER.0, FREE.1)),
        ..asking(Request::Create(NEWCOMER))
    };
    exhaust(workflow, stores).await;
}

async fn create_that_loses_its_name_to_another(stores: Stores) {
    let rival = ("NEWCOMER", "rival@example.com");
    let winner = View { documents: vec![], ..View::new(rival) };
    let workflow = Workflow {
        rival: Some(rival),
        done: vec![acme(), other(), winner],
        frees: Some((FREE.0, NEWCOMER.1)),
        ..asking(Request::Create(NEWCOMER))
    };
    exhaust(workflow, stores).await;
}

async fn rename(stores: Stores) {
    let workflow = Workflow {
        done: vec![acme_renamed("Renamed"), other()],
        frees: Some((ACME.0, FREE.1)),
        ..asking(Request::Rename("Renamed"))
    };
    exhaust(workflow, stores).await;
}

async fn rename_with_naming_by_id(stores: Stores) {
    let renamed = View { name: "Renamed".to_owned(), ..acme() };
    let workflow = Workflow {
        done: vec![renamed, other()],
        frees: Some((ACME.0, FREE.1)),
        ..asking(Request::Rename("Renamed"))
    };
    exhaust(named_by_id(workflow), stores).await;
}

async fn rename_to_a_taken_name(stores: Stores) {
    exhaust(asking(Request::Rename("OTHER")), stores).await;
}

async fn rename_while_renaming(stores: Stores) {
    let done = vec![acme_renamed("Again"), other()];
    exhaust(Workflow { done, ..while_renaming(Request::Rename("Again")) }, stores).await;
}

async fn describe(stores: Stores) {
    let described = View { description: Some("Described".to_owned()), ..acme() };
    let done = vec![described, other()];
    exhaust(Workflow { done, ..asking(Request::Describe("Described")) }, stores).await;
}

async fn describe_while_renaming(stores: Stores) {
    let described = View { description: Some("Described".to_owned()), ..acme_renamed("Renamed") };
    let done = vec![described, other()];
    exhaust(Workflow { done, ..while_renaming(Request::Describe("Described")) }, stores).await;
}

async fn suspend(stores: Stores) {
    let done = vec![acme_suspended(), other()];
    exhaust(Workflow { done, ..asking(Request::Suspend) }, stores).await;
}

async fn activate(stores: Stores) {
    let undone = vec![acme_suspended(), other()];
    let given = Given::Suspended;
    exhaust(Workflow { given, undone, ..asking(Request::Activate) }, stores).await;
}

async fn delete(stores: Stores) {
    exhaust(deleting(ACME.0, asking(Request::Delete)), stores).await;
}

async fn delete_of_a_suspended_organization(stores: Stores) {
    let undone = vec![acme_suspended(), other()];
    let request = asking(Request::DeleteAsOperator);
    exhaust(deleting(ACME.0, Workflow { given: Given::Suspended, undone, ..request }), stores)
        .await;
}

async fn delete_while_renaming(stores: Stores) {
    exhaust(deleting("Renamed", while_renaming(Request::Delete)), stores).await;
}

async fn login(stores: Stores) {
    exhaust(asking(Request::Login), stores).await;
}

async fn recovery_from_provisioning(stores: Stores) {
    let made = View {
        description: Some("First line\nsecond".to_owned()),
        documents: vec![],
        ..View::new(NEWCOMER)
    };
    let done = vec![acme(), other(), made];
    let workflow = Workflow { undone: done.clone(), done, ..asking(Request::Recover) };
    exhaust(Workflow { given: Given::Provisioning, ..workflow }, stores).await;
}

async fn recovery_from_provisioning_with_a_taken_address(stores: Stores) {
    let workflow = Workflow {
        given: Given::ProvisioningWithTakenAddress,
        frees: Some((NEWCOMER.0, FREE.1)),
        ..asking(Request::Recover)
    };
    exhaust(workflow, stores).await;
}

async fn recovery_from_renaming(stores: Stores) {
    exhaust(while_renaming(Request::Recover), stores).await;
}

async fn recovery_from_deleting(stores: Stores) {
    exhaust(while_deleting(Request::Recover), stores).await;
}

async fn create_in_the_shared_collection(stores: Stores) {
    let newcomer = View { documents: vec![], ..View::new(NEWCOMER) };
    let done = vec![acme(), other(), newcomer];
    exhaust(sharing(Workflow { done, ..asking(Request::Create(NEWCOMER)) }), stores).await;
}

async fn create_beyond_the_maximum_of_collections(stores: Stores) {
    let newcomer = View { documents: vec![], collection: None, ..View::new(NEWCOMER) };
    let workflow = Workflow {
        settings: TenancySettings::with(PlacementPolicy::Auto, 2),
        done: vec![acme(), other(), newcomer],
        ..asking(Request::Create(NEWCOMER))
    };
    exhaust(workflow, stores).await;
}

async fn rename_in_the_shared_collection(stores: Stores) {
    let workflow = Workflow {
        done: vec![acme_renamed("Renamed"), other()],
        frees: Some((ACME.0, FREE.1)),
        ..asking(Request::Rename("Renamed"))
    };
    exhaust(sharing(workflow), stores).await;
}

async fn delete_in_the_shared_collection(stores: Stores) {
    exhaust(sharing(deleting(ACME.0, asking(Request::Delete))), stores).await;
}
