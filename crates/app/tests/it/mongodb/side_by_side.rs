//! Two servers on one database.

use std::collections::BTreeSet;
use std::time::Instant;

use local_mongod::{Deployment, Options};
use mongodb::Client;
use mongodb::bson::doc;
use serde_json::json;

use super::{OPERATOR, REQUEST_TIMEOUT, pending, server_on, wait_until_settled};
use crate::api::Api;
use crate::support::Server;

/// Two servers, started at once on an empty database.
async fn two_on(deployment: &Deployment) -> (Server, Server) {
    std::thread::scope(|scope| {
        let first = scope.spawn(|| server_on(deployment));
        let second = server_on(deployment);
        (first.join().unwrap(), second)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_at_one_server_apply_at_the_other_immediately() {
    let set = Options::replica_set(1).start().await.unwrap();
    let (first, second) = two_on(&set).await;
    let (first, second) = (Api::new(&first), Api::new(&second));
    let keys =
        async |api: &Api| api.send(api.get("/.well-known/jwks.json", "")).await.unwrap().body;
    assert_eq!(keys(&first).await, keys(&second).await);

    let id = first.create("Acme", "ada@example.com").await.unwrap().text("id");
    let again = second.create("ACME", "bob@example.com").await.unwrap();
    assert_eq!((again.status, again.text("code").as_str()), (409, "name_taken"));
    let token = second.login("ada@example.com").await.unwrap().text("access_token");
    assert_eq!(first.insert(&token, &id, &json!({ "_id": "1" })).await.unwrap().status, 201);
    // Renamed at one server, the other follows.
    for (number, (here, there)) in
        [(&first, &second), (&second, &first)].iter().cycle().take(10).enumerate()
    {
        let name = format!("Acme {number}");
        assert_eq!(here.rename(&token, &id, &name).await.unwrap().status, 200);
        let seen = there.organization(&token, &id).await.unwrap();
        assert_eq!(seen.text("name"), name);
        let document = json!({ "_id": name });
        assert_eq!(there.insert(&token, &id, &document).await.unwrap().status, 201);
    }
    let documents = format!("/v1/organizations/{id}/documents?limit=100");
    assert_eq!(first.all(&token, &documents).await.unwrap().len(), 11);

    let suspend = format!("/v1/organizations/{id}/suspend");
    assert_eq!(first.send(first.post(&suspend, OPERATOR)).await.unwrap().status, 200);
    assert_eq!(second.organization(&token, &id).await.unwrap().status, 403);
    assert_eq!(second.delete(OPERATOR, &id).await.unwrap().status, 204);
    assert_eq!(first.organization(&token, &id).await.unwrap().status, 404);
    assert_eq!(first.create("Acme", "ada@example.com").await.unwrap().status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn pending_work_of_a_killed_server_is_finished_by_another() {
    let set = Options::replica_set(1).start().await.unwrap();
    let (mut first, second) = two_on(&set).await;
    let (doomed, api) = (Api::new(&first), Api::new(&second));
    let renamed = doomed.create("Old", "old@example.com").await.unwrap().text("id");
    let token = doomed.login("old@example.com").await.unwrap().text("access_token");
    assert_eq!(api.insert(&token, &renamed, &json!({ "_id": "1" })).await.unwrap().status, 201);

    // The database delays both, and their server is killed meanwhile.
    stall(&set, &["create", "renameCollection"]).await;
    let create = tokio::spawn({
        let doomed = doomed.clone();
        async move { doomed.create("Half", "half@example.com").await }
    });
    let rename = tokio::spawn({
        let (doomed, id, token) = (doomed.clone(), renamed.clone(), token.clone());
        async move { doomed.rename(&token, &id, "New").await }
    });
    let both = BTreeSet::from(["provisioning".to_owned(), "renaming".to_owned()]);
    let start = Instant::now();
    while pending(&api).await != both {
        assert!(start.elapsed() < REQUEST_TIMEOUT, "they are not begun");
    }
    first.kill9();
    create.await.unwrap().unwrap_err();
    rename.await.unwrap().unwrap_err();
    stall(&set, &[]).await;

    println!("taken over {:.1?} after the kill", wait_until_settled(&api).await);
    let organization = api.organization(&token, &renamed).await.unwrap();
    assert_eq!((organization.status, organization.text("name")), (200, "New".to_owned()));
    let documents = format!("/v1/organizations/{renamed}/documents?limit=100");
    assert_eq!(api.all(&token, &documents).await.unwrap(), [json!({ "_id": "1" })]);
    let login = api.login("half@example.com").await.unwrap();
    let (id, token) = (&login.body["organization"]["id"], login.text("access_token"));
    let document = json!({ "_id": "1" });
    let inserted = api.insert(&token, id.as_str().unwrap(), &document).await.unwrap();
    assert_eq!(inserted.status, 201, "{}", inserted.body);
    second.nothing_is_wrong();
}

/// Makes the database delay the execution of `commands`.
async fn stall(deployment: &Deployment, commands: &[&str]) {
    let client = Client::with_uri_str(deployment.url()).await.unwrap();
    let mode = if commands.is_empty() { "off" } else { "alwaysOn" };
    let data = doc! {
        "failCommands": commands.to_vec(),
        "blockConnection": true,
        "blockTimeMS": 2000,
    };
    let command = doc! { "configureFailPoint": "failCommand", "mode": mode, "data": data };
    client.database("admin").run_command(command).await.unwrap();
}
