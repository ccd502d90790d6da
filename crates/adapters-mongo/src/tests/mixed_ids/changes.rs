use bson::doc;
use domain::model::{Precondition, Usage};
use domain::ports::{DocumentOutcome, TenantError, TenantStore};
use port_contracts::fixtures::{document, document_id, limited, mixed};
use serde_json::json;
use tokio::task::JoinSet;

use super::{Adopted, OID, OTHER, oid};

#[tokio::test]
async fn documents_are_found_by_object_id_digits() {
    let adopted = Adopted::with(&[doc! { "_id": oid(OID), "ref": oid(OTHER), "n": 1 }]).await;
    let get = async |id: &str| {
        TenantStore::get(&adopted.store, &adopted.tenant, &document_id(id)).await.unwrap()
    };
    let found = get(OID).await.unwrap();
    // Inside of a document, ids behave as anywhere else.
    assert_eq!(
        serde_json::to_value(&found).unwrap(),
        json!({ "_id": OID, "ref": { "$oid": OTHER }, "n": 1 })
    );
    for unknown in [OTHER, &OID.to_uppercase(), &OID[1..]] {
        assert_eq!(get(unknown).await, None, "{unknown}");
    }
}

#[tokio::test]
async fn replaced_documents_keep_their_object_id() {
    let adopted = Adopted::with(&[doc! { "_id": oid(OID), "n": 1 }]).await;
    let Adopted { store, tenant, .. } = &adopted;
    let next = document(OID, json!({ "n": 2, "more": "x" }));
    let other = Precondition::AnyOf(vec![next.tag()]);
    let stale = TenantStore::replace(store, tenant, &next, &other, None).await.unwrap();
    assert_eq!(stale, DocumentOutcome::Stale);
    let done = TenantStore::replace(store, tenant, &next, &Precondition::None, None).await.unwrap();
    assert_eq!(done, DocumentOutcome::Done);
    let stored = adopted.stored(oid(OID)).await;
    assert_eq!(stored, Some(doc! { "_id": oid(OID), "n": 2, "more": "x" }));
    assert_eq!(adopted.ids(tenant).await, (vec![OID.into()], 1));
    assert_eq!(store.usage(tenant).await.unwrap(), Usage::of(&next));
}

#[tokio::test]
async fn documents_are_deleted_by_object_id_digits() {
    let documents = [doc! { "_id": oid(OID) }, doc! { "_id": oid(OTHER) }, doc! { "_id": "x" }];
    let adopted = Adopted::with(&documents).await;
    let Adopted { store, tenant, .. } = &adopted;
    let (id, any) = (document_id(OID), Precondition::None);
    for expected in [DocumentOutcome::Done, DocumentOutcome::Absent] {
        let outcome = TenantStore::delete(store, tenant, &id, &any, None).await.unwrap();
        assert_eq!(outcome, expected);
    }
    assert_eq!(adopted.ids(tenant).await, (vec![OTHER.into(), "x".into()], 2));
    // A new document under the same id is created here, with a text key.
    let again = document(OID, json!({ "n": 3 }));
    TenantStore::insert(store, tenant, &again, None).await.unwrap();
    assert_eq!(adopted.stored(OID).await, Some(doc! { "_id": OID, "n": 3 }));
    assert_eq!(adopted.ids(tenant).await, (vec![OTHER.into(), OID.into(), "x".into()], 3));
}

#[tokio::test]
async fn inserts_conflict_with_either_form_of_an_id() {
    let adopted = Adopted::with(&[doc! { "_id": oid(OID) }, doc! { "_id": OTHER }]).await;
    let Adopted { store, tenant, .. } = &adopted;
    for tenant in [tenant, &mixed(&limited(tenant, 1, 0))] {
        for id in [OID, OTHER] {
            let refused = TenantStore::insert(store, tenant, &document(id, json!({})), None).await;
            assert!(matches!(refused, Err(TenantError::Exists)), "{refused:?}");
        }
    }
    assert_eq!(adopted.ids(tenant).await, (vec![OTHER.into(), OID.into()], 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_concurrent_changes_with_the_same_precondition_succeeds() {
    let adopted = Adopted::with(&[doc! { "_id": oid(OID), "n": -1 }]).await;
    let (store, tenant, id) = (&adopted.store, &adopted.tenant, document_id(OID));
    let present = TenantStore::get(store, tenant, &id).await.unwrap().unwrap();
    let mut clients = JoinSet::new();
    for n in 0..16 {
        let (store, tenant) = (store.clone(), tenant.clone());
        let unchanged = Precondition::AnyOf(vec![present.tag()]);
        clients.spawn(async move {
            let next = document(OID, json!({ "n": n }));
            TenantStore::replace(&store, &tenant, &next, &unchanged, None).await.unwrap()
        });
    }
    let outcomes = clients.join_all().await;
    let done = outcomes.iter().filter(|outcome| **outcome == DocumentOutcome::Done);
    assert_eq!(done.count(), 1);
    assert_eq!(adopted.ids(tenant).await, (vec![OID.into()], 1));
}
