use bson::spec::BinarySubtype;
use bson::{Binary, DateTime, Document, doc};
use domain::model::{KeyId, SigningKey};
use domain::ports::{KeyPurpose, OrganizationRepo, SigningKeyRepo};
use port_contracts::fixtures::{active, at, marked, page_of, provisioning};
use serde_json::json;

use super::new_store;

/// MongoDB's special keys are ordinary keys in a client's metadata.
#[tokio::test]
async fn metadata_may_have_any_keys() {
    let (store, _database) = new_store().await;
    let organization = active("acme", "Acme");
    let odd =
        json!({"$set": {"a.b": 1}, "$ref": 2, "$id": [{"": 3}], "_id": 4, "created_at": "2026"});
    let odd = marked(&organization, odd);
    OrganizationRepo::insert(&store, &organization).await.unwrap();
    OrganizationRepo::replace(&store, &odd, organization.version(), &[]).await.unwrap();
    assert_eq!(OrganizationRepo::get(&store, odd.id()).await.unwrap(), Some(odd));
}

/// The planner uses a partial index only when the query repeats the index's condition.
#[tokio::test]
async fn lists_use_their_indexes() {
    let (store, database) = new_store().await;
    for i in 0..50 {
        let settled = active(&format!("settled-{i}"), &format!("Name {i}"));
        OrganizationRepo::insert(&store, &settled).await.unwrap();
    }
    let begun = provisioning("c", "Golf");
    OrganizationRepo::insert(&store, &begun).await.unwrap();
    let pending = store.pending(Some(at(1000)), None, page_of(10)).await.unwrap();
    assert_eq!(pending.items, [begun.id().clone()]);
    store.find_by_slug(begun.slug()).await.unwrap().unwrap();
    let stats = database.database().collection::<Document>("organizations");
    for index in ["lease", "names"] {
        let of_index = [doc! { "$indexStats": {} }, doc! { "$match": { "name": index } }];
        let mut found = stats.aggregate(of_index).await.unwrap();
        assert!(found.advance().await.unwrap(), "{index}");
        let uses = found.current().get_document("accesses").unwrap().get_i64("ops").unwrap();
        assert_ne!(uses, 0, "{index}");
    }
}

/// The first version had one key for ever. A removed key leaves its number, and nothing to sign
/// with.
#[tokio::test]
async fn key_generations_are_never_reused() {
    let (store, database) = new_store().await;
    let key = |id: &str, i: u8| SigningKey {
        id: KeyId::parse(id).unwrap(),
        pkcs8: vec![i],
        created_at: at(u64::from(i)),
    };
    let (old, new) = (key("old", 1), key("new", 2));
    let keys = database.database().collection::<Document>("signing_keys");
    let made = DateTime::from_millis(old.created_at.unix_millis());
    let pkcs8 = Binary { subtype: BinarySubtype::Generic, bytes: old.pkcs8.clone() };
    let first = doc! { "_id": "old", "generation": 1_i32, "pkcs8": pkcs8, "created_at": made };
    keys.insert_one(first).await.unwrap();
    assert_eq!(store.append(KeyPurpose::Tokens, new.clone(), None).await.unwrap(), old);
    assert_eq!(store.append(KeyPurpose::Tokens, new.clone(), Some(&old.id)).await.unwrap(), new);
    SigningKeyRepo::remove(&store, KeyPurpose::Tokens, &old.id).await.unwrap();
    assert_eq!(SigningKeyRepo::list(&store, KeyPurpose::Tokens).await.unwrap(), [new]);
    let left = keys.find_one(doc! { "_id": "old" }).await.unwrap().unwrap();
    assert_eq!(left.get_i32("generation").unwrap(), 1);
    assert!(!left.contains_key("pkcs8"), "{left}");
}
