//! Expected organizations before and after the workflows.

use domain::model::Status;

use super::snapshot::{ANOTHER_PASSWORD, View};
use super::workflow::third_document;
use super::world::{ACME, OTHER};
use crate::fixtures::document;

pub(super) fn acme() -> View {
    View::new(ACME)
}

pub(super) fn other() -> View {
    View::new(OTHER)
}

pub(super) fn acme_renamed(name: &str) -> View {
    let new = View::new((name, ACME.1));
    View { name: new.name, collection: new.collection, ..acme() }
}

pub(super) fn acme_suspended() -> View {
    View { status: Status::Suspended, ..acme() }
}

pub(super) fn acme_deleted(name: &str) -> View {
    View {
        name: name.to_owned(),
        description: None,
        status: Status::Deleted,
        owners: vec![],
        collection: None,
        documents: vec![],
    }
}

pub(super) fn with_owner(mut view: View, address: &str) -> View {
    view.owners.push(address.to_owned());
    view
}

pub(super) fn with_third_document(mut view: View) -> View {
    view.documents.push(document("3", third_document()));
    view
}

pub(super) fn without_first_document(mut view: View) -> View {
    view.documents.remove(0);
    view
}

/// The same after its owner got this address and the other password.
pub(super) fn with_another_account(view: View, address: &str) -> View {
    View { owners: vec![format!("{address} {ANOTHER_PASSWORD}")], ..view }
}
