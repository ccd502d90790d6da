//! Workflows that insert and delete documents.

use super::run::exhaust;
use super::stores::Stores;
use super::templates::{asking, sharing, while_deleting, while_renaming};
use super::views::{acme, acme_renamed, other, with_third_document, without_first_document};
use super::workflow::{Given, Request, Workflow};

pub(super) async fn insert_of_a_document(stores: Stores) {
    let done = vec![with_third_document(acme()), other()];
    exhaust(Workflow { done, ..asking(Request::Insert("3")) }, stores).await;
}

pub(super) async fn insert_of_a_document_while_renaming(stores: Stores) {
    let done = vec![with_third_document(acme_renamed("Renamed")), other()];
    exhaust(Workflow { done, ..while_renaming(Request::Insert("3")) }, stores).await;
}

pub(super) async fn insert_of_a_document_whose_collection_has_moved(stores: Stores) {
    let done = vec![with_third_document(acme_renamed("Renamed")), other()];
    let workflow = Workflow { done, ..while_renaming(Request::Insert("3")) };
    exhaust(Workflow { given: Given::Moved, ..workflow }, stores).await;
}

pub(super) async fn insert_of_a_document_while_deleting(stores: Stores) {
    exhaust(while_deleting(Request::Insert("3")), stores).await;
}

pub(super) async fn insert_of_a_document_whose_collection_is_removed(stores: Stores) {
    let workflow = while_deleting(Request::Insert("3"));
    exhaust(Workflow { given: Given::Removed, ..workflow }, stores).await;
}

pub(super) async fn delete_of_a_document(stores: Stores) {
    let done = vec![without_first_document(acme()), other()];
    exhaust(Workflow { done, ..asking(Request::DeleteDocument("1")) }, stores).await;
}

pub(super) async fn delete_of_a_document_whose_collection_has_moved(stores: Stores) {
    let done = vec![without_first_document(acme_renamed("Renamed")), other()];
    let workflow = Workflow { done, ..while_renaming(Request::DeleteDocument("1")) };
    exhaust(Workflow { given: Given::Moved, ..workflow }, stores).await;
}

pub(super) async fn insert_of_a_document_in_the_shared_collection(stores: Stores) {
    let done = vec![with_third_document(acme()), other()];
    exhaust(sharing(Workflow { done, ..asking(Request::Insert("3")) }), stores).await;
}

pub(super) async fn insert_of_a_document_in_the_shared_collection_while_deleting(stores: Stores) {
    exhaust(sharing(while_deleting(Request::Insert("3"))), stores).await;
}

pub(super) async fn delete_of_a_document_in_the_shared_collection(stores: Stores) {
    let done = vec![without_first_document(acme()), other()];
    exhaust(sharing(Workflow { done, ..asking(Request::DeleteDocument("1")) }), stores).await;
}

/// A batch of one document: of a larger one, a store may have written a part when it fails.
pub(super) async fn import_of_a_document(stores: Stores) {
    let done = vec![with_third_document(acme()), other()];
    exhaust(Workflow { done, ..asking(Request::Import("3")) }, stores).await;
}

pub(super) async fn import_of_a_document_whose_collection_has_moved(stores: Stores) {
    let done = vec![with_third_document(acme_renamed("Renamed")), other()];
    let workflow = Workflow { done, ..while_renaming(Request::Import("3")) };
    exhaust(Workflow { given: Given::Moved, ..workflow }, stores).await;
}

pub(super) async fn import_of_a_document_whose_collection_is_removed(stores: Stores) {
    let workflow = while_deleting(Request::Import("3"));
    exhaust(Workflow { given: Given::Removed, ..workflow }, stores).await;
}

pub(super) async fn import_of_a_document_in_the_shared_collection(stores: Stores) {
    let done = vec![with_third_document(acme()), other()];
    exhaust(sharing(Workflow { done, ..asking(Request::Import("3")) }), stores).await;
}

pub(super) async fn import_of_a_document_in_the_shared_collection_while_deleting(stores: Stores) {
    exhaust(sharing(while_deleting(Request::Import("3"))), stores).await;
}
