//! A rename moves the collection of an organization, without a copy.

use futures_util::TryStreamExt;
use local_mongod::TestDatabase;
use mongodb::bson::{Bson, Document, doc};
use mongodb::{Client, Database, IndexModel};

use crate::api::{Api, Interface};
use crate::support::Server;

/// A number that took other services seconds to minutes, and all of their memory.
const DOCUMENTS: usize = 100_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_keeps_documents_indexes_and_validators() {
    let place = TestDatabase::fresh().await.unwrap();
    let server =
        Server::start_with(&[("MONGODB_URL", place.url()), ("DATABASE_NAME", place.name())]);
    let api = Api::new(&server);
    let id = api.create("acme", "ada@example.com").await.unwrap().text("id");
    let token = api.login("ada@example.com").await.unwrap().text("access_token");
    let database = Client::with_uri_str(place.url()).await.unwrap().database(place.name());
    fill(&database, "org_acme").await;
    let before = state(&database, "org_acme").await;
    for (number, interface) in Interface::ALL.into_iter().enumerate() {
        let name = format!("acme_{number}");
        let renamed = api.clone().through(interface).rename(&token, &id, &name).await.unwrap();
        assert_eq!((renamed.status, renamed.text("name")), (200, name.clone()));
        assert_eq!(renamed.text("collection_name"), format!("org_{name}"));
        assert_eq!(state(&database, &format!("org_{name}")).await, before, "{interface:?}");
    }
    let own = doc! { "name": { "$regex": "^org_" } };
    assert_eq!(database.list_collection_names().filter(own).await.unwrap(), ["org_acme_2"]);
}

/// Adds documents, an index, and a validator.
async fn fill(database: &Database, name: &str) {
    let collection = database.collection::<Document>(name);
    for thousand in 0..DOCUMENTS / 1000 {
        let numbers = thousand * 1000..(thousand + 1) * 1000;
        let documents = numbers.map(|n| doc! { "_id": format!("d{n}"), "n": n as i64 });
        collection.insert_many(documents).await.unwrap();
    }
    collection.create_index(IndexModel::builder().keys(doc! { "n": 1 }).build()).await.unwrap();
    let rule = doc! { "n": { "$exists": true } };
    database.run_command(doc! { "collMod": name, "validator": rule }).await.unwrap();
}

/// The uuid of the collection, its validator, its indexes, and the number of its documents.
async fn state(database: &Database, name: &str) -> (Bson, Bson, Vec<Document>, u64) {
    let collection = database.collection::<Document>(name);
    let listed = database.run_command(doc! { "listCollections": 1, "filter": { "name": name } });
    let listed = listed.await.unwrap();
    let batch = listed.get_document("cursor").unwrap().get_array("firstBatch").unwrap();
    let found = batch[0].as_document().unwrap();
    let uuid = found.get_document("info").unwrap().get("uuid").unwrap().clone();
    let rule = found.get_document("options").unwrap().get("validator").unwrap().clone();
    let indexes = collection.list_indexes().await.unwrap();
    let keys = indexes.map_ok(|index| index.keys).try_collect().await.unwrap();
    (uuid, rule, keys, collection.count_documents(doc! {}).await.unwrap())
}
