//! Audit trails: exports of a server, and `tenantry audit`.

mod anchors;
mod export;
mod keys;
mod manipulations;

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::Api;
use crate::support::{Server, on_mongodb, tenantry};
use export::Export;

const EMAIL: &str = "ada@example.com";
const OPERATOR: &str = "operator-token-of-the-audit-test-0123456789";
const SETTINGS: [(&str, &str); 2] = [("OPERATOR_TOKEN", OPERATOR), ("AUDIT_DOCUMENTS", "true")];

#[tokio::test]
async fn an_export_can_be_verified_offline() {
    let mut server = Server::start_with(&SETTINGS);
    let api = Api::new(&server);
    let id = make_changes(&api).await;
    let exported = Export::of(&api, &id).await;
    // Events from the outboxes of different records have no defined order.
    let mut actions = exported.actions();
    actions.sort_unstable();
    let expected_actions = [
        "document.deleted",
        "document.inserted",
        "login.failed",
        "login.succeeded",
        "organization.created",
        "organization.updated",
    ];
    assert_eq!(actions, expected_actions);
    let jwks = api.get("/.well-known/audit-keys.json", "").send().await.unwrap();
    let jwks = jwks.text().await.unwrap();
    let installation = Export::at(&api, "/v1/audit-events/export").await;
    assert!(server.terminate().success());

    let place = TempDir::new().unwrap();
    fs::write(place.path().join("keys.json"), jwks).unwrap();
    let pem = server.run(&["audit", "key"]);
    assert_eq!(pem.status.code(), Some(0), "{}", stderr(&pem));
    assert!(stdout(&pem).starts_with("-----BEGIN PUBLIC KEY-----\n"), "{}", stdout(&pem));
    fs::write(place.path().join("key.pem"), &pem.stdout).unwrap();
    for key in ["keys.json", "key.pem"] {
        let intact = verify(place.path(), &exported.text(), &[key]);
        assert_eq!(intact.status.code(), Some(0), "{}", stdout(&intact));
        let (first, last) = (&exported.event(1)["at"], &exported.event(6)["at"]);
        let head = &exported.signed_heads()[0];
        let expected = format!(
            "intact: 6 events of organization {id}, 1 to 6, from {} to {}\n\
             signed up to event 6 at {} with the key {}\n",
            first.as_str().unwrap(),
            last.as_str().unwrap(),
            head["at"].as_str().unwrap(),
            head["key_id"].as_str().unwrap(),
        );
        assert_eq!(stdout(&intact), expected);
    }
    let intact = verify(place.path(), &installation.text(), &["key.pem"]);
    assert!(stdout(&intact).contains(" of the installation, 1 to "), "{}", stdout(&intact));
    assert_eq!(intact.status.code(), Some(0));
}

#[tokio::test]
async fn the_command_line_exports_the_same_as_http() {
    let mut server = Server::start_with(&SETTINGS);
    let api = Api::new(&server);
    let id = make_changes(&api).await;
    let over_http = Export::of(&api, &id).await;
    if !on_mongodb() {
        let refused = server.run(&["audit", "export", "--organization", &id]);
        assert_eq!((refused.status.code(), stdout(&refused)), (Some(1), String::new()));
        assert!(stderr(&refused).contains("is in use by another process"), "{}", stderr(&refused));
    }
    assert!(server.terminate().success());

    let printed = server.run(&["audit", "export", "--organization", &id]);
    assert_eq!(printed.status.code(), Some(0), "{}", stderr(&printed));
    assert_eq!(stdout(&printed), over_http.text());
    let kept = server.run(&["audit", "export", "--organization", &id, "--out", "acme.ndjson"]);
    assert_eq!((kept.status.code(), stdout(&kept)), (Some(0), String::new()));
    let file = server.directory().join("acme.ndjson");
    assert_eq!(fs::read_to_string(file).unwrap(), over_http.text());

    let installation = stdout(&server.run(&["audit", "export", "--installation"]));
    assert!(installation.contains("key.created"), "{installation}");
    let none = server.run(&["audit", "export", "--organization", "nobody", "--out", "nobody"]);
    assert_eq!(stderr(&none), "tenantry: the trail has no events\n");
    assert_eq!(none.status.code(), Some(1));
    assert!(!server.directory().join("nobody").exists());
}

#[test]
fn unreadable_files_are_reported() {
    let place = TempDir::new().unwrap();
    let run = |arguments: &[&str]| {
        let output = tenantry(place.path()).args(["audit", "verify"]).args(arguments).output();
        let output = output.unwrap();
        assert_eq!((output.status.code(), stdout(&output)), (Some(1), String::new()));
        assert_eq!(stderr(&output).lines().count(), 1);
        stderr(&output)
    };
    fs::write(place.path().join("bad.pem"), "garbage").unwrap();
    fs::write(place.path().join("trail"), "").unwrap();
    fs::write(place.path().join("key.pem"), keys::PUBLIC).unwrap();
    let error = run(&["gone", "--public-key", "key.pem"]);
    assert!(error.starts_with("tenantry: can't read gone: No such file"), "{error}");
    let error = run(&["trail", "--public-key", "gone.pem"]);
    assert!(error.starts_with("tenantry: can't read gone.pem: No such file"), "{error}");
    let error = run(&["trail", "--public-key", "key.pem", "--public-key", "bad.pem"]);
    assert!(error.starts_with("tenantry: bad.pem: must be a public key in PEM"), "{error}");
    let error = run(&[".", "--public-key", "key.pem"]);
    assert!(error.starts_with("tenantry: can't read .: Is a directory"), "{error}");

    let nothing = verify(place.path(), "", &["key.pem"]);
    let expected = "broken at the end, after 0 lines: no checkpoint covers event 1 and later ones: \
                    the end may have been truncated\n\
                    before that: no events\nnot covered by any checkpoint\n";
    assert_eq!((nothing.status.code(), stdout(&nothing)), (Some(1), expected.to_owned()));
    assert_eq!(stderr(&nothing), "tenantry: the trail is not intact\n");
}

/// Makes six recorded changes, and returns the id of the organization.
async fn make_changes(api: &Api) -> String {
    let id = api.create("Acme", EMAIL).await.unwrap().text("id");
    let token = api.login(EMAIL).await.unwrap().text("access_token");
    let wrong = json!({ "email": EMAIL, "password": "not the password" });
    assert_eq!(api.send(api.post("/v1/auth/login", "").json(&wrong)).await.unwrap().status, 401);
    assert_eq!(api.rename(&token, &id, "Acme Labs").await.unwrap().status, 200);
    let document: Value = json!({ "_id": "d1", "n": 1 });
    assert_eq!(api.insert(&token, &id, &document).await.unwrap().status, 201);
    assert_eq!(api.remove(&token, &id, "d1").await.unwrap().status, 204);
    id
}

/// The output of `tenantry audit verify` for `text` on the standard input.
fn verify(place: &Path, text: &str, keys: &[&str]) -> Output {
    let keys = keys.iter().flat_map(|key| ["--public-key", key]);
    verify_with(place, text, &keys.collect::<Vec<_>>())
}

/// The same with these arguments.
fn verify_with(place: &Path, text: &str, arguments: &[&str]) -> Output {
    fs::write(place.join("export.ndjson"), text).unwrap();
    let input = fs::File::open(place.join("export.ndjson")).unwrap();
    let mut command = tenantry(place);
    // The command needs no valid settings.
    command.env("LOG_LEVEL", "loud").args(["audit", "verify", "-"]).stdin(Stdio::from(input));
    command.args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
