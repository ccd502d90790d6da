//! `tenantry doctor` on the data of a server, and repairs by the server itself.

use std::process::Output;
use std::thread;
use std::time::{Duration, Instant};

use adapters_embedded::EmbeddedStore;
use domain::model::{Organization, OrganizationId};
use domain::ports::{OrganizationRepo, TenantStore};
use serde_json::json;
use tempfile::TempDir;

use crate::api::Api;
use crate::support::{Server, tenantry};

const EMAIL: &str = "ada@example.com";
/// The tests damage and examine the file.
const EMBEDDED: [(&str, &str); 1] = [("STORE", "embedded")];
/// Timeout of a sweep.
const TIMEOUT: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_consistent_store_is_reported() {
    let mut server = Server::start_with(&EMBEDDED);
    Api::new(&server).create("Acme", EMAIL).await.unwrap();
    server.terminate();
    for arguments in [&["doctor"][..], &["doctor", "--repair"]] {
        assert_eq!(
            status_and_stdout(&run(&server, arguments)),
            (Some(0), "nothing is wrong\n".into())
        );
    }
}

#[tokio::test]
async fn damage_is_reported_until_repaired() {
    let mut server = Server::start_with(&EMBEDDED);
    let id = Api::new(&server).create("Acme", EMAIL).await.unwrap().text("id");
    server.terminate();
    let acme = stored(&open(&server), &id).await;
    TenantStore::remove(&open(&server), &acme.tenant().unwrap()).await.unwrap();

    let line = format!("organization {id}: its collection org_acme is missing or another one");
    let reported = run(&server, &["doctor"]);
    assert_eq!(status_and_stdout(&reported), (Some(1), format!("{line}\n1 finding\n")));
    assert!(stderr(&reported).contains("--repair"), "{}", stderr(&reported));
    let mended = run(&server, &["doctor", "--repair"]);
    assert_eq!(
        status_and_stdout(&mended),
        (Some(0), format!("{line}: repaired\n1 finding, 1 repaired\n"))
    );
    assert_eq!(
        status_and_stdout(&run(&server, &["doctor"])),
        (Some(0), "nothing is wrong\n".into())
    );

    server.restart();
    let api = Api::new(&server);
    let token = api.login(EMAIL).await.unwrap().text("access_token");
    assert_eq!(api.insert(&token, &id, &json!({"n": 1})).await.unwrap().status, 201);
}

#[tokio::test]
async fn unknown_collections_are_reported_and_unchanged() {
    let mut server = Server::start_with(&EMBEDDED);
    let api = Api::new(&server);
    let id = api.create("Acme", EMAIL).await.unwrap().text("id");
    let login = api.login(EMAIL).await.unwrap();
    let token = login.text("access_token");
    assert_eq!(api.insert(&token, &id, &json!({"n": 1})).await.unwrap().status, 201);
    server.terminate();
    forget(&server, &id).await;

    let mended = run(&server, &["doctor", "--repair"]);
    let admin = login.body["admin"]["id"].as_str().unwrap();
    let expected = format!(
        "collection org_acme belongs to organization {id}, which does not exist: not repaired: \
         it has documents, and a deletion of their organization is not on record\n\
         admins of organization {id}, which does not exist: {admin}: repaired\n\
         2 findings, 1 repaired\n"
    );
    assert_eq!(status_and_stdout(&mended), (Some(1), expected));
    assert_eq!(stderr(&mended), "tenantry: not all findings could be repaired\n");
}

#[test]
fn the_store_of_a_running_server_is_refused() {
    let server = Server::start_with(&EMBEDDED);
    let refused = run(&server, &["doctor"]);
    assert_eq!(status_and_stdout(&refused), (Some(1), String::new()));
    assert_eq!(stderr(&refused).lines().count(), 1);
    assert!(stderr(&refused).contains("is in use by another process"), "{}", stderr(&refused));
}

#[test]
fn a_missing_store_is_refused_and_not_created() {
    let directory = TempDir::new().unwrap();
    let refused = tenantry(directory.path()).arg("doctor").output().unwrap();
    assert_eq!(status_and_stdout(&refused), (Some(1), String::new()));
    assert_eq!(stderr(&refused), "tenantry: there is no store in ./data (DATA_DIR)\n");
    assert!(!directory.path().join("data").exists());
    let memory = ["doctor", "--store", "memory"];
    let refused = tenantry(directory.path()).args(memory).output().unwrap();
    assert_eq!(status_and_stdout(&refused), (Some(1), String::new()));
}

#[tokio::test]
async fn a_server_removes_orphaned_collections() {
    let mut server = Server::start_with(&[EMBEDDED[0], ("LOG_LEVEL", "info")]);
    let id = Api::new(&server).create("Acme", EMAIL).await.unwrap().text("id");
    server.terminate();
    forget(&server, &id).await;
    server.restart();
    let line = format!("collection org_acme belongs to organization {id}, which does not exist");
    let deadline = Instant::now() + TIMEOUT;
    while !server.stderr().contains(&line) {
        assert!(Instant::now() < deadline, "{}", server.stderr());
        thread::yield_now();
    }
    server.terminate();
    let collections = open(&server).collections(None, Default::default()).await.unwrap();
    assert!(collections.items.is_empty(), "{collections:?}");
}

/// Removes only the record of an organization.
async fn forget(server: &Server, id: &str) {
    let store = open(server);
    let organization = stored(&store, id).await;
    let version = organization.version();
    OrganizationRepo::remove(&store, organization.id(), version).await.unwrap();
}

async fn stored(store: &EmbeddedStore, id: &str) -> Organization {
    let id = OrganizationId::parse(id).unwrap();
    OrganizationRepo::get(store, &id).await.unwrap().unwrap()
}

/// The store of a stopped server.
fn open(server: &Server) -> EmbeddedStore {
    EmbeddedStore::open(&server.directory().join("data")).unwrap()
}

fn run(server: &Server, arguments: &[&str]) -> Output {
    tenantry(server.directory()).args(arguments).output().unwrap()
}

/// The exit status and the standard output.
fn status_and_stdout(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8(output.stdout.clone()).unwrap())
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
