//! Servers that are started, killed, frozen and orphaned.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::env;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bson::{Document, doc};
use local_mongod::{Deployment, Options};
use mongodb::options::WriteConcern;
use mongodb::{Client, Collection};
use tempfile::TempDir;

async fn notes(server: &Deployment) -> Collection<Document> {
    Client::with_uri_str(server.url()).await.unwrap().database("test").collection("notes")
}

#[tokio::test]
async fn a_standalone_server_keeps_its_data_and_port_through_sigkill() {
    let mut server = Options::standalone().start().await.unwrap();
    let (pid, notes) = (server.pid(0).unwrap(), notes(&server).await);
    let journaled = WriteConcern::builder().journal(true).build();
    notes.insert_one(doc! { "_id": 1 }).write_concern(journaled).await.unwrap();

    server.kill(0);
    assert!(server.pid(0).is_err(), "it does not run");
    server.restart(0).await.unwrap();

    assert_ne!(server.pid(0).unwrap(), pid);
    assert_eq!(notes.find_one(doc! {}).await.unwrap(), Some(doc! { "_id": 1 }));
}

#[tokio::test]
async fn a_failed_start_reports_the_cause() {
    let nonsense = Options::standalone().argument("--nonsense").start().await;
    let error = nonsense.err().unwrap().to_string();
    assert!(error.contains("unrecognised option '--nonsense'"), "{error}");
}

#[tokio::test]
async fn a_killed_or_frozen_primary_is_replaced_by_an_election() {
    let election_timeout = Duration::from_secs(1);
    let set = Options::replica_set(3).election_timeout(election_timeout).start();
    // Tests need futures that can be spawned.
    let mut set = tokio::spawn(set).await.unwrap().unwrap();
    let notes = notes(&set).await;
    notes.insert_one(doc! { "_id": 1 }).await.unwrap();

    let killed = set.primary().await.unwrap();
    set.kill(killed);
    let frozen = set.primary().await.unwrap();
    assert_ne!(frozen, killed);
    set.restart(killed).await.unwrap();

    set.freeze(frozen).unwrap();
    let third = set.primary().await.unwrap();
    assert_ne!(third, frozen);
    set.thaw(frozen).unwrap();
    assert_eq!(set.primary().await.unwrap(), third, "the frozen one is no primary any more");

    assert_eq!(notes.find_one(doc! {}).await.unwrap(), Some(doc! { "_id": 1 }));
}

/// The killed process runs this test again, as the parent.
#[tokio::test]
async fn a_server_ends_with_its_parent_and_removes_its_files() {
    const PARENT: &str = "LOCAL_MONGOD_TEST_PARENT";
    if env::var_os(PARENT).is_some() {
        let server = Options::standalone().start().await.unwrap();
        println!("\n{}", server.url());
        return std::future::pending().await;
    }

    let temporary = TempDir::new().unwrap();
    let mut parent = Command::new(env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "a_server_ends_with_its_parent_and_removes_its_files"])
        .envs([(PARENT, "1".as_ref()), ("TMPDIR", temporary.path().as_os_str())])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let address = announced(&mut parent);
    TcpStream::connect(&address).unwrap();
    assert!(!is_empty(temporary.path()));

    parent.kill().unwrap();
    parent.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(&address).is_ok() || !is_empty(temporary.path()) {
        assert!(Instant::now() < deadline, "mongod is still there, or its data are");
        tokio::task::yield_now().await;
    }
}

/// The address of the server that `parent` has started.
fn announced(parent: &mut Child) -> String {
    let lines = BufReader::new(parent.stdout.take().unwrap()).lines().map(Result::unwrap);
    let url = lines.into_iter().find_map(|line| Some(line.strip_prefix("mongodb://")?.to_owned()));
    url.unwrap().trim_end_matches('/').to_owned()
}

fn is_empty(directory: &Path) -> bool {
    directory.read_dir().unwrap().next().is_none()
}
