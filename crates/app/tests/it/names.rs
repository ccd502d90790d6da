//! Names of real organizations in many scripts, created, renamed and deleted over HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::api::Api;
use crate::support::Server;

/// Their source is named in the license file.
const NAMES: &str = include_str!("../data/organization-names.tsv");
const OPERATOR: &str = "operator-token-of-the-names-test-0123456789";
const CLIENTS: usize = 8;

/// An organization after its creation.
struct Created {
    id: String,
    token: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations_with_real_names_are_created_renamed_and_deleted() {
    let names = names();
    let scripts: BTreeSet<_> = names.iter().map(|(script, _)| script).collect();
    assert!(names.len() >= 500 && scripts.len() >= 12, "{} in {scripts:?}", names.len());
    let server = Server::start_with(&[("OPERATOR_TOKEN", OPERATOR)]);
    let api = Api::new(&server);
    let created = each(&names, |index, name| create(api.clone(), index, name)).await;
    let created = Arc::new(created);
    listed(&api, &names).await;
    each(&names, |index, name| rename(api.clone(), Arc::clone(&created), index, name)).await;
    each(&names, |index, name| delete(api.clone(), Arc::clone(&created), index, name)).await;
    let deleted = api.all(OPERATOR, "/v1/organizations?limit=100&status=deleted").await.unwrap();
    assert_eq!(deleted.len(), 2 * names.len(), "the records stay");
}

fn names() -> Vec<(String, String)> {
    let lines = NAMES.lines().filter(|line| !line.starts_with('#'));
    let fields = lines.map(|line| line.split_once('\t').unwrap());
    fields.map(|(script, name)| (script.to_owned(), name.to_owned())).collect()
}

/// Runs `job` for every name, several concurrently, and returns the results in the order of the
/// names.
async fn each<T, F>(names: &[(String, String)], job: impl Fn(usize, String) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut results = BTreeMap::new();
    let mut running = JoinSet::new();
    for (index, (_, name)) in names.iter().enumerate() {
        let work = job(index, name.clone());
        running.spawn(async move { (index, work.await) });
        if running.len() == CLIENTS {
            results.extend(running.join_next().await.transpose().unwrap());
        }
    }
    results.extend(running.join_all().await);
    results.into_values().collect()
}

async fn create(api: Api, index: usize, name: String) -> Created {
    let email = format!("owner{index}@example.com");
    let response = api.create(&name, &email).await.unwrap();
    assert_eq!(response.status, 201, "{name}: {}", response.body);
    assert_eq!(response.text("name"), name);
    let id = response.text("id");
    let token = api.login(&email).await.unwrap().text("access_token");
    for number in 0..2 {
        let document = json!({ "_id": format!("{name}/{number}"), "name": name });
        let response = api.insert(&token, &id, &document).await.unwrap();
        assert_eq!(response.status, 201, "{name}: {}", response.body);
    }
    Created { id, token }
}

/// Page by page, each name is listed once, with its own collection and an ASCII collection name.
async fn listed(api: &Api, names: &[(String, String)]) {
    let listed = api.all(OPERATOR, "/v1/organizations?limit=37").await.unwrap();
    let set = |member: &str| -> BTreeSet<String> {
        listed.iter().map(|item| item[member].as_str().unwrap().to_owned()).collect()
    };
    let expected: BTreeSet<_> = names.iter().map(|(_, name)| name.clone()).collect();
    assert_eq!(set("name"), expected);
    let collections = set("collection_name");
    assert_eq!((listed.len(), collections.len()), (names.len(), names.len()));
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    for collection in collections {
        assert!(collection.starts_with("org_") && collection.chars().all(plain), "{collection}");
    }
}

/// The documents follow the new name, and the old one is free immediately.
async fn rename(api: Api, created: Arc<Vec<Created>>, index: usize, name: String) {
    let Created { id, token } = &created[index];
    let short: String = name.chars().take(80).collect();
    let response = api.rename(token, id, &format!("{short} № {index}")).await.unwrap();
    assert_eq!(response.status, 200, "{name}: {}", response.body);
    let documents = api.all(token, &format!("/v1/organizations/{id}/documents?limit=1")).await;
    let found: Vec<Value> = documents.unwrap().into_iter().map(|it| it["name"].clone()).collect();
    assert_eq!(found, [json!(name), json!(name)]);
    let again = api.create(&name, &format!("again{index}@example.com")).await.unwrap();
    assert_eq!(again.status, 201, "{name} is free: {}", again.body);
    let collection = again.text("collection_name");
    assert_ne!(collection, response.text("collection_name"), "no name is used twice");
    assert_eq!(api.delete(OPERATOR, &again.text("id")).await.unwrap().status, 204);
}

async fn delete(api: Api, created: Arc<Vec<Created>>, index: usize, name: String) {
    let Created { id, token } = &created[index];
    assert_eq!(api.delete(token, id).await.unwrap().status, 204, "{name}");
    assert_eq!(api.organization(token, id).await.unwrap().status, 404, "{name}");
    if index.is_multiple_of(20) {
        assert_eq!(api.login(&format!("owner{index}@example.com")).await.unwrap().status, 401);
    }
}
