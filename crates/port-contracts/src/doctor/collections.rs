//! Misplaced collections and documents.

use domain::model::Placement;
use serde_json::json;

use super::plant::{collection, deleted_view, ids, insert, living, names, record, share, view};
use super::{Stores, assert_repairs, assert_unrepairable, untouched, world};
use crate::fixtures::{deleted, document, document_id, organization_id, tenant, tenant_at};

pub(super) async fn an_unknown_collection_is_kept(stores: Stores) {
    let world = world(&stores).await;
    let stranger = tenant("stranger", "org_stranger");
    world.ports.tenants.create(&stranger).await.unwrap();
    assert_unrepairable(
        &world,
        &["collection org_stranger has a name that no organization was given: \
           nothing tells whose it is"],
    )
    .await;
    assert_eq!(names(&world).await, ["org_acme", "org_other", "org_stranger"]);
}

pub(super) async fn leftovers_of_a_deleted_organization_are_removed(stores: Stores) {
    let world = world(&stores).await;
    let left = collection(&world, "late", "org_late").await;
    insert(&world, "late", &left, "1").await;
    share(&world, "past", "1").await;
    record(&world, &deleted("late", "Late")).await;
    record(&world, &deleted("past", "Past")).await;
    let found = assert_repairs(
        &world,
        &[
            "collection org_late belongs to organization late, which is deleted",
            "shared_documents has documents of organization past, which is deleted",
        ],
    )
    .await;
    assert_eq!(found, [untouched(), vec![deleted_view("Late"), deleted_view("Past")]].concat());
}

pub(super) async fn a_collection_of_an_organization_that_was_never_created_is_removed(
    stores: Stores,
) {
    let world = world(&stores).await;
    collection(&world, "never", "org_never").await;
    let found = assert_repairs(
        &world,
        &["collection org_never belongs to organization never, which does not exist"],
    )
    .await;
    assert_eq!(found, untouched());
}

/// The record may have been lost, or the documents restored first.
pub(super) async fn documents_of_an_unknown_organization_are_kept(stores: Stores) {
    let world = world(&stores).await;
    let left = collection(&world, "unknown", "org_unknown").await;
    insert(&world, "unknown", &left, "1").await;
    share(&world, "unknown", "2").await;
    assert_unrepairable(
        &world,
        &[
            "collection org_unknown belongs to organization unknown, which does not exist: \
             it has documents, and a deletion of their organization is not on record",
            "shared_documents has documents of organization unknown, which does not exist: \
             it has documents, and a deletion of their organization is not on record",
        ],
    )
    .await;
    assert_eq!(ids(&world, "unknown", &left).await, ["1"]);
    assert_eq!(ids(&world, "unknown", &Placement::Shared).await, ["2"]);
}

pub(super) async fn documents_in_a_former_collection_are_moved(stores: Stores) {
    let world = world(&stores).await;
    let old = collection(&world, "moved", "org_moved").await;
    let new = collection(&world, "moved", "org_moved_on").await;
    insert(&world, "moved", &old, "1").await;
    insert(&world, "moved", &new, "2").await;
    record(&world, &living("moved", "Moved on", &new)).await;
    let line = "collection org_moved belongs to organization moved, which lies in org_moved_on";
    let found = assert_repairs(&world, &[line]).await;
    let moved = view("moved", "Moved on", Some("org_moved_on"), &["1", "2"]);
    assert_eq!(found, [untouched(), vec![moved]].concat());
}

/// As after a rename whose end was lost by a restore.
pub(super) async fn a_former_collection_becomes_the_missing_collection(stores: Stores) {
    let world = world(&stores).await;
    let old = collection(&world, "moved", "org_moved").await;
    let new = collection(&world, "moved", "org_moved_on").await;
    insert(&world, "moved", &old, "1").await;
    let missing = tenant_at(&organization_id("moved"), new.clone());
    world.ports.tenants.remove(&missing).await.unwrap();
    record(&world, &living("moved", "Moved on", &new)).await;
    let found = assert_repairs(
        &world,
        &[
            "organization moved: its collection org_moved_on is missing or another one",
            "collection org_moved belongs to organization moved, which lies in org_moved_on",
        ],
    )
    .await;
    let moved = view("moved", "Moved on", Some("org_moved_on"), &["1"]);
    assert_eq!(found, [untouched(), vec![moved]].concat());
}

pub(super) async fn documents_in_a_former_collection_overwrite_no_document(stores: Stores) {
    let world = world(&stores).await;
    let old = collection(&world, "moved", "org_moved").await;
    let new = collection(&world, "moved", "org_moved_on").await;
    let (first, second) = (document("1", json!({"n": 1})), document("1", json!({"n": 2})));
    let (old_place, new_place) = (
        tenant_at(&organization_id("moved"), old.clone()),
        tenant_at(&organization_id("moved"), new.clone()),
    );
    world.ports.tenants.insert(&old_place, &first, None).await.unwrap();
    world.ports.tenants.insert(&new_place, &second, None).await.unwrap();
    insert(&world, "moved", &old, "2").await;
    record(&world, &living("moved", "Moved on", &new)).await;
    assert_unrepairable(
        &world,
        &["collection org_moved belongs to organization moved, which lies in org_moved_on: \
           other documents of the same id are where the rest of these should go"],
    )
    .await;
    let id = document_id("1");
    assert_eq!(world.ports.tenants.get(&old_place, &id).await.unwrap(), Some(first));
    assert_eq!(world.ports.tenants.get(&new_place, &id).await.unwrap(), Some(second));
    assert_eq!(ids(&world, "moved", &old).await, ["1"]);
    assert_eq!(ids(&world, "moved", &new).await, ["1", "2"]);
}

pub(super) async fn an_empty_collection_of_a_shared_tenant_is_removed(stores: Stores) {
    let world = world(&stores).await;
    collection(&world, "sharer", "org_sharer").await;
    share(&world, "sharer", "1").await;
    record(&world, &living("sharer", "Sharer", &Placement::Shared)).await;
    let line =
        "collection org_sharer belongs to organization sharer, which lies in shared_documents";
    let found = assert_repairs(&world, &[line]).await;
    assert_eq!(found, [untouched(), vec![view("sharer", "Sharer", None, &["1"])]].concat());
}

pub(super) async fn documents_are_not_moved_between_placements(stores: Stores) {
    let world = world(&stores).await;
    let stray = collection(&world, "sharer", "org_sharer").await;
    insert(&world, "sharer", &stray, "1").await;
    record(&world, &living("sharer", "Sharer", &Placement::Shared)).await;
    let own = collection(&world, "owner", "org_owner").await;
    share(&world, "owner", "2").await;
    record(&world, &living("owner", "Owner", &own)).await;
    assert_unrepairable(
        &world,
        &[
            "collection org_sharer belongs to organization sharer, which lies in shared_documents: \
             documents are not moved into the shared collection, or out of it",
            "shared_documents has documents of organization owner, which lies in org_owner: \
             documents are not moved into the shared collection, or out of it",
        ],
    )
    .await;
    assert_eq!(ids(&world, "sharer", &stray).await, ["1"]);
    assert_eq!(ids(&world, "owner", &Placement::Shared).await, ["2"]);
}
