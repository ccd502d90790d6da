//! Repeated runs: after success and after an interruption.

use std::io::{BufRead, BufReader};

use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::json;

use super::migration::{Into, Migration, contents};
use super::old::{ORGANIZATION, Old, email, hex};
use crate::api::{Api, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_keeps_later_changes() {
    for into in Into::ALL {
        for (old, layout) in [(Old::org().await, "org"), (Old::enterprise().await, "enterprise")] {
            let migration = Migration::new(old, layout, into).await;
            migration.adopt(&[]);
            let mut server = migration.server();
            let api = Api::new(&server);
            change(&api).await;
            assert!(server.terminate().success());
            let before = migration.all_contents().await;
            let report = migration.adopt(&[]);
            let there = format!("organization {}: already present\n", hex(ORGANIZATION, 1));
            assert!(report.contains(&there), "{report}");
            assert!(report.contains("\norganizations to adopt: 0"), "{report}");
            assert_eq!(migration.all_contents().await, before, "{into:?} {layout}");
            migration.nothing_is_wrong();
        }
    }
}

/// Renames the first organization, changes the password of its founder, and deletes the second.
async fn change(api: &Api) {
    let token = api.login(&email(1)).await.unwrap().text("access_token");
    let renamed = api.rename(&token, &hex(ORGANIZATION, 1), "Another").await.unwrap();
    assert_eq!(renamed.status, 200, "{}", renamed.body);
    let body = json!({ "current_password": PASSWORD, "new_password": "another password" });
    let changed = api.send(api.post("/v1/auth/password", &token).json(&body)).await.unwrap();
    assert!([200, 204].contains(&changed.status), "{} {}", changed.status, changed.body);
    let token = api.login(&email(2)).await.unwrap().text("access_token");
    let path = format!("/v1/organizations/{}", hex(ORGANIZATION, 2));
    let deleted = api.send(api.request(Method::DELETE, &path, &token)).await.unwrap();
    assert_eq!(deleted.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_is_finished_by_the_next() {
    const MANY: u32 = 8;
    for into in Into::ALL {
        // After this number of progress lines; the first line precedes the first change.
        for lines in [1, 2, 4, 7] {
            let old = Old::enterprise().await;
            for n in 10..10 + MANY {
                let name = format!("Number {n}");
                old.enterprise_organization(n, &name, &format!("org_number_{n}")).await;
            }
            let migration = Migration::new(old, "enterprise", into).await;
            kill_after(&migration, lines);
            migration.adopt(&[]);
            migration.nothing_is_wrong();
            let mut server = migration.server();
            let api = Api::new(&server);
            for n in [1, 2, 9 + MANY] {
                assert_eq!(api.login(&email(n)).await.unwrap().status, 200, "{n}");
            }
            assert!(server.terminate().success());
            if let Some(database) = migration.database() {
                for n in 10..10 + MANY {
                    let (_, documents) = contents(database, &format!("org_number_{n}")).await;
                    assert_eq!(documents.len(), 3, "{n}");
                }
                let events = database.collection::<Document>("audit_events");
                let adopted = doc! { "action": "organization.adopted" };
                let recorded = events.count_documents(adopted).await.unwrap();
                assert_eq!(recorded, u64::from(MANY) + 3, "once each");
            }
        }
    }
}

/// Kills the command when it has written this number of lines to its standard error stream.
fn kill_after(migration: &Migration, lines: usize) {
    let mut adopt = migration.spawn();
    let errors = BufReader::new(adopt.stderr.take().unwrap());
    let read = errors.lines().take(lines).map(Result::unwrap).count();
    assert_eq!(read, lines);
    adopt.kill().unwrap();
    adopt.wait().unwrap();
}

/// The run is killed as soon as it has printed its plan, while it moves the legacy collections.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_killed_while_it_moves_legacy_collections_is_finished_by_the_next() {
    for _ in 0..8 {
        let migration = Migration::new(Old::org().await, "org", Into::Same).await;
        let mut adopt = migration.spawn();
        let mut report = BufReader::new(adopt.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("organizations to adopt") {
            line.clear();
            assert!(report.read_line(&mut line).unwrap() > 0);
        }
        adopt.kill().unwrap();
        adopt.wait().unwrap();
        migration.adopt(&[]);
        migration.nothing_is_wrong();
    }
}

/// Between any two renames of legacy collections.
#[tokio::test(flavor = "multi_thread")]
async fn partially_moved_legacy_collections_are_found() {
    for aside in [&["admins"][..], &["admins", "organizations"]] {
        let migration = Migration::new(Old::org().await, "org", Into::Same).await;
        let database = migration.database().unwrap();
        for name in aside {
            let [from, to] = [(*name).to_owned(), format!("legacy_{name}")]
                .map(|name| format!("{}.{name}", database.name()));
            let rename = doc! { "renameCollection": from, "to": to };
            database.client().database("admin").run_command(rename).await.unwrap();
        }
        migration.adopt(&["--dry-run"]);
        migration.adopt(&[]);
        migration.nothing_is_wrong();
        let server = migration.server();
        assert_eq!(Api::new(&server).login(&email(1)).await.unwrap().status, 200);
    }
}

/// Interrupted after the collection was renamed, and before the record was written.
#[tokio::test(flavor = "multi_thread")]
async fn an_already_renamed_collection_is_found() {
    let old = Old::enterprise().await;
    old.enterprise_organization(4, "日本", "org_").await;
    let migration = Migration::new(old, "enterprise", Into::Same).await;
    migration.adopt(&[]);
    let database = migration.database().unwrap();
    let records = database.collection::<Document>("organizations");
    let before = records.find_one(doc! { "_id": hex(ORGANIZATION, 4) }).await.unwrap();
    records.delete_one(doc! { "_id": hex(ORGANIZATION, 4) }).await.unwrap();
    migration.adopt(&["--dry-run"]);
    assert!(migration.adopt(&[]).contains("organizations to adopt: 1; already present: 3"));
    let after = records.find_one(doc! { "_id": hex(ORGANIZATION, 4) }).await.unwrap();
    assert_eq!(after, before);
    migration.nothing_is_wrong();
}

/// Interrupted after the admins were removed from the documents, and before the record was written.
#[tokio::test(flavor = "multi_thread")]
async fn already_removed_admin_documents_are_not_missed() {
    let migration = Migration::new(Old::enterprise().await, "enterprise", Into::Same).await;
    migration.adopt(&[]);
    let database = migration.database().unwrap();
    let records = database.collection::<Document>("organizations");
    let first = doc! { "_id": hex(ORGANIZATION, 1) };
    records.delete_one(first).await.unwrap();
    assert!(migration.adopt(&[]).contains("organizations to adopt: 1; already present: 2"));
    migration.nothing_is_wrong();
    let server = migration.server();
    assert_eq!(Api::new(&server).login(&email(1)).await.unwrap().status, 200);
    let (_, documents) = contents(database, "org_acme_corp").await;
    let is_document = |it: &Document| it.get_str("role").map_or(true, |role| role == "user");
    assert!(documents.len() == 3 && documents.iter().all(is_document), "{documents:?}");
}
