//! Deletions during writes.

use std::sync::Arc;

use local_mongod::TestDatabase;
use mongodb::Client;
use mongodb::bson::{Document, doc};
use serde_json::json;
use tokio::sync::Semaphore;

use super::writer::Writer;
use super::{Member, OPERATOR, assert_clean_shutdown};
use crate::api::Api;
use crate::support::Server;

const ROUNDS: usize = 8;
const WRITERS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_writes_and_deletion_leave_nothing() {
    delete_during_writes("collection").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_writes_and_deletion_leave_nothing_in_the_shared_collection() {
    delete_during_writes("shared").await;
}

async fn delete_during_writes(placement: &str) {
    let settings = [("OPERATOR_TOKEN", OPERATOR), ("TENANT_PLACEMENT", placement)];
    let server = Server::start_with(&settings);
    let api = Api::new(&server);
    for round in 0..ROUNDS {
        let member = Member::new(&api, &format!("Acme {round}")).await;
        let written = Arc::new(Semaphore::new(0));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| tokio::spawn(write(member.clone(), writer, Arc::clone(&written))))
            .collect();
        written.acquire_many(10 * WRITERS as u32).await.unwrap().forget();
        assert_eq!(member.clone().delete().await.unwrap().status, 204);
        assert_nothing_left(&member, &format!("Acme.{round}@example.com")).await;
        for writer in writers {
            writer.await.unwrap();
        }
        if let Some(database) = server.database() {
            assert_empty(database).await;
        }
    }
    assert_clean_shutdown(server);
}

/// Writes until the organization is deleted; no other refusal is expected.
async fn write(member: Member, name: usize, written: Arc<Semaphore>) {
    // In the shared collection the documents may be removed a moment before the organization.
    let refusals = &[(404, "organization_not_found"), (404, "document_not_found")];
    let mut writer = Writer::new(member, name, refusals);
    for number in 0.. {
        writer.write(number).await;
        if writer.refused > 0 {
            return;
        }
        written.add_permits(5);
    }
}

async fn assert_nothing_left(member: &Member, email: &str) {
    let Member { api, id, token } = member;
    let documents = format!("/v1/organizations/{id}/documents");
    let responses = [
        member.organization().await,
        api.send(api.get(&documents, token)).await.unwrap(),
        api.send(api.get(&format!("{documents}/0-0"), token)).await.unwrap(),
        api.insert(token, id, &json!({ "_id": "late" })).await.unwrap(),
        api.remove(token, id, "0-0").await.unwrap(),
        member.clone().rename("Late".to_owned()).await.unwrap(),
        member.clone().delete().await.unwrap(),
    ];
    for response in responses {
        assert_eq!(response.status, 404, "{}", response.body);
    }
    assert_eq!(api.login(email).await.unwrap().status, 401);
}

/// The database has no collection, documents or admins without an organization.
async fn assert_empty(database: &TestDatabase) {
    let client = Client::with_uri_str(database.url()).await.unwrap();
    let database = client.database(database.name());
    let own = doc! { "name": { "$regex": "^org_" } };
    let names = database.list_collection_names().filter(own).await.unwrap();
    assert_eq!(names, [""; 0]);
    for collection in ["shared_documents", "admins"] {
        let found = database.collection::<Document>(collection).find_one(doc! {}).await.unwrap();
        assert_eq!(found, None, "{collection}");
    }
}
