//! What [`TenantStore`] promises. That the cost of a rename does not grow with the number of documents
//! is for benchmarks.

mod collections;
mod documents;
mod events;
mod replacements;
mod shared;

use std::sync::Arc;

use domain::model::{Document, DocumentQuery, Tenant};
use domain::ports::TenantStore;

use crate::fixtures::{collection, page_of, tenant_at};
use crate::trails::Tells;
use collections::*;
use documents::*;
use events::*;
use replacements::*;
use shared::*;

/// What keeps documents, and what is told of them.
pub trait DocumentStore: TenantStore + Tells + 'static {}

impl<S: TenantStore + Tells + 'static> DocumentStore for S {}

type Store = Arc<dyn DocumentStore>;

suite! { $ tenant_store(Store):
    no_access_to_a_missing_collection_makes_it,
    a_tenant_reaches_no_documents_but_its_own,
    create_of_a_collection_that_is_there_changes_nothing,
    rename_moves_all_documents,
    rename_succeeds_when_it_is_done_already,
    rename_removes_an_empty_collection_that_was_created_late,
    rename_moves_what_was_put_under_the_old_name_late,
    rename_overwrites_no_document,
    rename_fails_when_neither_collection_is_there,
    rename_loses_no_document_that_is_inserted_meanwhile,
    remove_removes_the_collection_with_all_documents,
    remove_succeeds_when_the_collection_is_gone,
    collections_lists_all_page_by_page_in_order,
    sharers_reach_no_documents_but_their_own,
    sharers_lists_all_page_by_page_in_order,
    insert_refuses_an_id_that_is_there,
    one_of_many_concurrent_inserts_of_an_id_succeeds,
    get_returns_a_document_exactly_as_it_was_inserted,
    get_finds_nothing_for_an_unknown_id,
    delete_removes_a_document,
    delete_needs_its_precondition,
    one_of_many_concurrent_deletes_removes_the_document,
    list_goes_page_by_page_in_order_of_code_points,
    list_ends_a_page_of_large_documents_early,
    replace_puts_a_document_in_the_place_of_one_and_of_no_other,
    replace_adds_nothing_where_there_is_no_document,
    replace_needs_its_precondition_and_tells_what_it_did,
    one_of_many_concurrent_replaces_of_a_state_is_made_and_told,
    insert_has_its_event_in_the_log,
    insert_tells_nothing_when_it_refuses,
    one_of_many_concurrent_inserts_of_an_id_is_told,
    delete_has_its_event_in_the_log,
    delete_tells_nothing_when_it_removes_nothing,
    one_of_many_concurrent_deletes_is_told,
}

/// Makes the collection of `tenant`, and answers with the handle to it.
async fn create(store: &Store, tenant: &Tenant) -> Tenant {
    tenant_at(tenant.organization(), store.create(tenant).await.unwrap())
}

/// Moves the documents of `tenant`, and answers with the handle to them.
async fn rename(store: &Store, tenant: &Tenant, to: &str) -> Tenant {
    let placement = store.rename(tenant, &collection(to)).await.unwrap();
    tenant_at(tenant.organization(), placement)
}

async fn insert(store: &Store, tenant: &Tenant, document: &Document) {
    store.insert(tenant, document, None).await.unwrap();
}

async fn ids(store: &Store, tenant: &Tenant) -> Vec<String> {
    let page = store.list(tenant, &DocumentQuery::default(), page_of(100)).await.unwrap();
    page.items.iter().map(|document| document.id().to_string()).collect()
}
