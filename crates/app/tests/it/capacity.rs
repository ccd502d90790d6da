//! The maximum number of tenant collections.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::api::Api;
use crate::support::Server;

const TIMEOUT: Duration = Duration::from_secs(30);

fn small(placement: &str) -> Server {
    Server::start_with(&[("MAX_TENANT_COLLECTIONS", "1"), ("TENANT_PLACEMENT", placement)])
}

#[tokio::test]
async fn auto_placement_shares_when_the_collection_limit_is_reached() {
    let server = small("auto");
    let api = Api::new(&server);
    let mut members = Vec::new();
    for (name, collection) in [("First", "org_first"), ("Second", "shared_documents")] {
        let address = format!("{name}@example.com");
        let created = api.create(name, &address).await.unwrap();
        assert_eq!(created.status, 201, "{}", created.body);
        assert_eq!(created.body["collection_name"], collection);
        let token = api.login(&address).await.unwrap().text("access_token");
        let (id, document) = (created.text("id"), json!({"_id": "x", "of": name}));
        assert_eq!(api.insert(&token, &id, &document).await.unwrap().status, 201);
        let renamed = api.rename(&token, &id, &format!("{name} renamed")).await.unwrap();
        assert_eq!(renamed.status, 200, "{}", renamed.body);
        let path = format!("/v1/organizations/{id}/documents");
        assert_eq!(api.all(&token, &path).await.unwrap(), [document]);
        members.push((token, id));
    }
    for (token, id) in members {
        assert_eq!(api.delete(&token, &id).await.unwrap().status, 204);
    }
}

#[tokio::test]
async fn collection_placement_refuses_beyond_the_collection_limit() {
    let server = small("collection");
    let api = Api::new(&server);
    let first = api.create("First", "first@example.com").await.unwrap();
    assert_eq!(first.status, 201, "{}", first.body);
    let refused = api.create("Second", "second@example.com").await.unwrap();
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert_eq!(refused.body["code"], "capacity");

    let token = api.login("first@example.com").await.unwrap().text("access_token");
    assert_eq!(api.delete(&token, &first.text("id")).await.unwrap().status, 204);
    let second = api.create("Second", "second@example.com").await.unwrap();
    assert_eq!(second.status, 201, "{}", second.body);
}

#[tokio::test]
async fn capacity_is_logged_and_measured() {
    let server = small("shared");
    assert!(!server.stderr().contains("MAX_TENANT_COLLECTIONS"), "{}", server.stderr());
    let server = small("auto");
    let api = Api::new(&server);
    api.create("First", "first@example.com").await.unwrap();
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let figures = server.client().get(server.metrics_url()).send().await.unwrap();
        let figures = figures.text().await.unwrap();
        let reported = figures.contains("\ntenantry_tenant_collections 1\n")
            && figures.contains("\ntenantry_tenant_collections_max 1\n");
        if reported
            && server.stderr().contains("tenant collections near or at MAX_TENANT_COLLECTIONS")
        {
            return;
        }
        assert!(Instant::now() < deadline, "{figures}\n{}", server.stderr());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
