//! Documents of other programs, under `ObjectId`s.

use local_mongod::TestDatabase;
use mongodb::Collection;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::OPERATOR;
use crate::api::Api;
use crate::support::Server;

const EMAIL: &str = "ada@example.com";
const OID: &str = "507f1f77bcf86cd799439011";

fn server_on(database: &TestDatabase) -> Server {
    Server::start_with(&[
        ("MONGODB_URL", database.url()),
        ("DATABASE_NAME", database.name()),
        ("OPERATOR_TOKEN", OPERATOR),
    ])
}

/// The documents in the collection of the only organization.
fn documents(database: &TestDatabase) -> Collection<Document> {
    database.database().collection("org_acme")
}

#[tokio::test]
async fn documents_with_object_ids_are_served() {
    let database = TestDatabase::fresh().await.unwrap();
    let mut server = server_on(&database);
    let id = Api::new(&server).create("Acme", EMAIL).await.unwrap().text("id");
    server.terminate();
    let created = ObjectId::parse_str(OID).unwrap();
    let before = [doc! { "_id": created, "n": 1 }, doc! { "_id": "5", "n": 2 }];
    documents(&database).insert_many(before).await.unwrap();
    let organizations = database.database().collection::<Document>("organizations");
    let mixed = doc! { "$set": { "document_ids": "mixed" } };
    organizations.update_one(doc! { "_id": &id }, mixed).await.unwrap();
    server.restart();

    let api = Api::new(&server);
    let token = api.login(EMAIL).await.unwrap().text("access_token");
    let path = |rest: &str| format!("/v1/organizations/{id}/documents{rest}");
    let one = path(&format!("/{OID}"));
    let listed = api.send(api.get(&path(""), &token)).await.unwrap();
    let items = json!([{ "_id": "5", "n": 2 }, { "_id": OID, "n": 1 }]);
    assert_eq!(listed.body["items"], items);
    let found = api.send(api.get(&one, &token)).await.unwrap();
    assert_eq!((found.status, &found.body), (200, &items[1]));

    let replace = api.request(Method::PUT, &one, &token).json(&json!({ "n": 3 }));
    assert_eq!(api.send(replace).await.unwrap().status, 200);
    let merge = api.request(Method::PATCH, &one, &token);
    let merge = merge.header(CONTENT_TYPE, "application/merge-patch+json");
    let merged = api.send(merge.body(r#"{"more":"x"}"#)).await.unwrap();
    assert_eq!((merged.status, merged.body), (200, json!({ "_id": OID, "n": 3, "more": "x" })));
    assert_eq!(api.insert(&token, &id, &json!({ "_id": OID })).await.unwrap().status, 409);
    let lines = format!("{{\"_id\":\"{OID}\",\"n\":4}}\n");
    let import = api.post(&path("/import?mode=upsert"), &token).body(lines);
    let import = import.header(CONTENT_TYPE, "application/x-ndjson");
    assert_eq!(api.send(import).await.unwrap().status, 200);
    let stored = documents(&database).find_one(doc! { "_id": created }).await.unwrap();
    assert_eq!(stored, Some(doc! { "_id": created, "n": 4 }));

    let exported = api.get(&path("/export"), &token).send().await.unwrap().text().await.unwrap();
    let expected = format!("{{\"_id\":\"5\",\"n\":2}}\n{{\"_id\":\"{OID}\",\"n\":4}}\n");
    assert_eq!(exported, expected);
    let used = || async {
        let usage = api.get(&format!("/v1/organizations/{id}/usage"), &token);
        let usage = api.send(usage).await.unwrap().body;
        usage["documents"].clone()
    };
    assert_eq!(used().await, Value::from(2));
    assert_eq!(api.remove(&token, &id, OID).await.unwrap().status, 204);
    assert_eq!(api.send(api.get(&one, &token)).await.unwrap().status, 404);
    assert_eq!(used().await, Value::from(1));
}

/// Their ids have an unknown type, and are not ignored.
#[tokio::test]
async fn a_repair_keeps_documents_with_object_ids() {
    let database = TestDatabase::fresh().await.unwrap();
    let mut server = server_on(&database);
    let id = Api::new(&server).create("Acme", EMAIL).await.unwrap().text("id");
    server.terminate();
    documents(&database).insert_one(doc! { "_id": ObjectId::new() }).await.unwrap();
    let organizations = database.database().collection::<Document>("organizations");
    organizations.delete_one(doc! { "_id": &id }).await.unwrap();
    let output = server.run(&["doctor", "--repair"]);
    let found = String::from_utf8(output.stdout).unwrap();
    let left = format!(
        "collection org_acme belongs to organization {id}, which does not exist: not repaired: it has documents"
    );
    assert!(found.contains(&left), "{found}");
    assert_eq!(documents(&database).count_documents(doc! {}).await.unwrap(), 1);
}
