//! Names of real organizations in many scripts, created, renamed and deleted over HTTP.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    Member, OPERATOR, Response, Server, delete, get, organization, patch, post, text,
};

/// Their source is named in the license file.
const NAMES: &str = include_str!("../data/organization-names.tsv");
const AT_ONCE: usize = 8;

#[actix_web::test]
async fn organizations_with_real_names_are_created_renamed_and_deleted() {
    let lines = NAMES.lines().filter(|line| !line.starts_with('#'));
    let (scripts, names): (BTreeSet<&str>, Vec<&str>) =
        lines.map(|line| line.split_once('\t').unwrap()).unzip();
    assert!(names.len() >= 500 && scripts.len() >= 12, "{} in {scripts:?}", names.len());
    let server = Server::new().await;
    let members = each(&names, |index, name| create(&server, index, name)).await;
    assert_listed(&server, &names).await;
    each(&names, |index, name| rename(&server, &members[index], index, name)).await;
    each(&names, |index, name| remove(&server, &members[index], index, name)).await;
    let deleted = all(&server, OPERATOR, "/v1/organizations?limit=100&status=deleted").await;
    assert_eq!(deleted.len(), 2 * names.len(), "the records stay");
}

/// Runs `job` for every name, several concurrently, and returns the results in the order of the
/// names.
async fn each<'a, T, F>(names: &[&'a str], job: impl Fn(usize, &'a str) -> F) -> Vec<T>
where
    F: Future<Output = T>,
{
    let mut results = Vec::new();
    for chunk in names.chunks(AT_ONCE) {
        let start = results.len();
        results.extend(join_all(chunk.iter().zip(start..).map(|(name, i)| job(i, name))).await);
    }
    results
}

async fn create(server: &Server, index: usize, name: &str) -> Member {
    let member = server.member(name, &format!("owner{index}@example.com")).await;
    assert_eq!(shown(server, &member).await.json()["name"], name);
    for number in 0..2 {
        let document = json!({ "_id": format!("{name}/{number}"), "name": name });
        let insert = post(&format!("{}/documents", member.path)).token(&member.token);
        assert_eq!(server.send(insert.json(&document)).await.status, 201, "{name}");
    }
    member
}

/// Page by page, each name is listed once, with its own collection and an ASCII collection name.
async fn assert_listed(server: &Server, names: &[&str]) {
    let listed = all(server, OPERATOR, "/v1/organizations?limit=37").await;
    let set = |member: &str| -> BTreeSet<String> {
        listed.iter().map(|item| text(&item[member])).collect()
    };
    assert_eq!(set("name"), names.iter().map(|name| (*name).to_owned()).collect());
    let collections = set("collection_name");
    assert_eq!((listed.len(), collections.len()), (names.len(), names.len()));
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    for collection in collections {
        assert!(collection.starts_with("org_") && collection.chars().all(plain), "{collection}");
    }
}

/// The documents follow the new name, and the old one is free immediately.
async fn rename(server: &Server, member: &Member, index: usize, name: &str) {
    let short: String = name.chars().take(80).collect();
    let change = json!({ "name": format!("{short} № {index}") });
    let renamed = server.send(patch(&member.path, &change).token(&member.token)).await;
    assert_eq!(renamed.status, 200, "{name}: {}", renamed.text());
    let path = format!("{}/documents?limit=1", member.path);
    let documents = all(server, &member.token, &path).await;
    let found: Vec<&Value> = documents.iter().map(|document| &document["name"]).collect();
    assert_eq!(found, [name, name]);

    let body = organization(name, &format!("again{index}@example.com"));
    let again = server.send(post("/v1/organizations").json(&body)).await;
    assert_eq!(again.status, 201, "{name} is free: {}", again.text());
    let (again, renamed) = (again.json(), renamed.json());
    assert_ne!(again["collection_name"], renamed["collection_name"], "no name is used twice");
    let path = format!("/v1/organizations/{}", text(&again["id"]));
    assert_eq!(server.send(delete(&path).token(OPERATOR)).await.status, 204);
}

async fn remove(server: &Server, member: &Member, index: usize, name: &str) {
    let deleted = server.send(delete(&member.path).token(&member.token)).await;
    assert_eq!(deleted.status, 204, "{name}");
    assert_eq!(shown(server, member).await.status, 404, "{name}");
    if index.is_multiple_of(20) {
        server.try_login(&format!("owner{index}@example.com")).await.unwrap_err();
    }
}

async fn shown(server: &Server, member: &Member) -> Response {
    server.send(get(&member.path).token(&member.token)).await
}

/// The items of all pages.
async fn all(server: &Server, token: &str, path: &str) -> Vec<Value> {
    let (mut items, mut after) = (Vec::new(), String::new());
    loop {
        let page = server.send(get(&format!("{path}{after}")).token(token)).await.json();
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next"].as_str() else { return items };
        after = format!("&after={next}");
    }
}
