//! The anchor file: the checkpoints that a server appends to it, and what they prove.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use adapters_security::AuditSigner;
use domain::ports::CheckpointSigner;
use mongodb::Client;
use mongodb::bson::Document;
use serde_json::Value;
use tempfile::TempDir;

use super::export::Export;
use super::{EMAIL, OPERATOR, SETTINGS, keys, make_changes, stderr, stdout, verify_with};
use crate::api::Api;
use crate::support::{Server, tenantry};

const FILE: &str = "anchors.ndjson";
const KEY: [&str; 2] = ["--public-key", "key.pem"];
const ANCHORS: [&str; 4] = ["--public-key", "key.pem", "--anchors", FILE];

fn server() -> Server {
    let key = ("AUDIT_KEY", keys::PRIVATE);
    let more = [key, ("AUDIT_ANCHOR_FILE", FILE), ("LOG_LEVEL", "info")];
    Server::start_with(&[&SETTINGS[..], &more].concat())
}

#[tokio::test]
async fn an_export_must_contain_the_checkpoints_of_the_anchor_file() {
    let server = server();
    let api = Api::new(&server);
    let id = make_changes(&api).await;
    let first = Export::of(&api, &id).await;
    assert_eq!(api.login(EMAIL).await.unwrap().status, 200);
    let mut export = Export::of(&api, &id).await;
    assert_eq!(export.signatures(), [6, 8]);
    let unstored: Vec<_> =
        export.signed_heads().iter().map(|head| head["unstored"] == true).collect();
    assert_eq!(unstored, [false, true], "a checkpoint a minute is stored");

    let file = server.directory().join(FILE);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let mut anchors = fs::read_to_string(&file).unwrap();
    for (line, is_stored, message) in
        [(&export.0[6], true, "audit trail signed"), (&export.0[8], false, "audit export signed")]
    {
        let is_anchored = anchors.lines().any(|anchor| anchor == line);
        assert_eq!(is_anchored, is_stored, "{line} in {anchors}");
        let hash = super::export::parse(line)["signed_head"]["hash"].as_str().unwrap().to_owned();
        let log = server.stderr();
        let logged = log.lines().find(|line| line.contains(&hash)).unwrap_or(&log);
        assert!(logged.contains(message) && logged.contains(&id), "{logged}");
    }

    let place = TempDir::new().unwrap();
    fs::write(place.path().join("key.pem"), keys::PUBLIC).unwrap();
    fs::write(place.path().join(FILE), &anchors).unwrap();
    let report = intact(place.path(), &export, &ANCHORS);
    assert!(report.ends_with("\ncontains the anchored checkpoints: 1\n"), "{report}");
    // As the next round stores it. It does not contradict the end of the export.
    let signer = AuditSigner::from_pem(&keys::PRIVATE.into()).unwrap();
    let next = super::export::stored(&export.0[8], 2, &signer);
    anchors = format!("{anchors}{next}\n");
    fs::write(place.path().join(FILE), anchors).unwrap();
    for end in [export.0[8].clone(), next] {
        export.0[8] = end;
        let report = intact(place.path(), &export, &ANCHORS);
        assert!(report.ends_with("\ncontains the anchored checkpoints: 2\n"), "{report}");
    }
    // Rewritten with the real key, and truncated at an earlier checkpoint.
    let key = signer.key_id();
    let rewritten = export.rewritten(|seq| seq >= 3, Some((&signer, key.as_str())));
    for (forged, broken) in [
        (&rewritten, "broken at line 6: the events up to 6 do not match the signed checkpoint"),
        (&first, "broken at the end, after 7 lines: event 7 is missing"),
    ] {
        intact(place.path(), forged, &KEY);
        let output = verify_with(place.path(), &forged.text(), &ANCHORS);
        assert_eq!(output.status.code(), Some(1));
        assert!(stdout(&output).starts_with(broken), "{}", stdout(&output));
    }
    fs::write(place.path().join(FILE), "no checkpoint\n").unwrap();
    let output = verify_with(place.path(), &export.text(), &ANCHORS);
    assert!(stdout(&output).ends_with("\nthe anchor files contain no checkpoint of this trail\n"));
    assert_eq!(stderr(&output), format!("tenantry: {FILE}: 1 unreadable lines ignored\n"));
}

/// The output for an intact export.
fn intact(place: &Path, export: &Export, arguments: &[&str]) -> String {
    let output = verify_with(place, &export.text(), arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    stdout(&output)
}

#[tokio::test]
async fn a_store_that_was_rolled_back_is_refused_until_the_anchor_file_is_removed() {
    let mut server = server();
    let path = "/v1/audit-events";
    let export = Export::at(&Api::new(&server), &format!("{path}/export")).await;
    assert!(!export.signatures().is_empty());
    assert!(server.terminate().success());
    roll_back(&server).await;

    for (with_file, intact) in [(true, false), (true, false), (false, true)] {
        if !with_file {
            fs::remove_file(server.directory().join(FILE)).unwrap();
        }
        server.restart();
        let api = Api::new(&server);
        let credentials =
            serde_json::json!({ "email": "nobody@example.com", "password": "a wrong one" });
        api.send(api.post("/v1/auth/login", "").json(&credentials)).await.unwrap();
        Export::at(&api, &format!("{path}/export")).await;
        let found = api.send(api.get(&format!("{path}/verify"), OPERATOR)).await.unwrap().body;
        assert_eq!(found["intact"], intact, "{found}");
        assert_eq!(found["signed_head"] != Value::Null, intact, "{found}");
        let log = server.stderr();
        let refused = log.contains("refused to sign an audit trail");
        assert!(intact || refused, "{log}");
        assert!(!refused || log.contains("organization=\"installation\""), "{log}");
        assert!(server.terminate().success());
        assert_eq!(warned(&server.stderr()), !with_file, "{}", server.stderr());

        let run = server.run(&["audit", "export", "--installation"]);
        let (code, errors) = (run.status.code(), stderr(&run));
        assert_eq!(code, Some(i32::from(!intact)), "{errors}");
        assert_eq!(errors.contains("refused to sign the trail"), !intact, "{errors}");
        let signed = stdout(&run).lines().last().is_some_and(|it| it.contains("signed_head"));
        assert_eq!(signed, intact, "{}", stdout(&run));
    }
}

/// Whether the server warned at start that the anchor file has none of the trails in the store.
fn warned(log: &str) -> bool {
    log.contains("AUDIT_ANCHOR_FILE has no checkpoint, but the store has audit trails")
}

/// Removes all events and checkpoints.
async fn roll_back(server: &Server) {
    match server.database() {
        None => fs::remove_dir_all(server.directory().join("data")).unwrap(),
        Some(database) => {
            // The connection of `database` belongs to a runtime that has ended.
            let client = Client::with_uri_str(database.url()).await.unwrap();
            let database = client.database(database.name());
            for name in ["audit_events", "audit_heads"] {
                database.collection::<Document>(name).drop().await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_removed_anchor_file_is_logged_as_an_error() {
    let server = server();
    let api = Api::new(&server);
    let id = api.create("Acme", EMAIL).await.unwrap().text("id");
    fs::remove_file(server.directory().join(FILE)).unwrap();
    let export = Export::of(&api, &id).await;
    assert_eq!(export.signatures().len(), 1, "it is signed all the same");
    let log = server.stderr();
    assert!(log.contains("can't append to AUDIT_ANCHOR_FILE"), "{log}");
    assert!(!server.directory().join(FILE).exists());
}

#[test]
fn an_anchor_file_that_others_can_write_or_replace_prevents_the_start() {
    let place = TempDir::new().unwrap();
    let directory = place.path().join("shared");
    fs::create_dir(&directory).unwrap();
    let file = directory.join(FILE);
    fs::write(&file, "").unwrap();
    let mode = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    for (of_file, of_directory, exposed) in [(0o606, 0o755, &file), (0o600, 0o777, &directory)] {
        mode(&file, of_file);
        mode(&directory, of_directory);
        let mut command = tenantry(place.path());
        command.env("STORE", "memory").env("BIND", "127.0.0.1:0").env("AUDIT_ANCHOR_FILE", &file);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let expected = format!("AUDIT_ANCHOR_FILE: {} is refused: ", exposed.display());
        assert!(stderr(&output).contains(&expected), "{}", stderr(&output));
    }
}

#[test]
fn an_unwritable_anchor_file_prevents_the_start() {
    let place = TempDir::new().unwrap();
    for path in ["gone/anchors.ndjson", "."] {
        let mut command = tenantry(place.path());
        command.env("STORE", "memory").env("BIND", "127.0.0.1:0").env("AUDIT_ANCHOR_FILE", path);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let expected = format!("tenantry: can't open {path} (AUDIT_ANCHOR_FILE): ");
        assert!(stderr(&output).contains(&expected), "{}", stderr(&output));
    }
}
