//! The keys that sign audit trails: stored, or configured.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use super::export::Export;
use super::{EMAIL, SETTINGS, stderr, stdout, verify};
use crate::api::Api;
use crate::support::Server;

/// `openssl genpkey -algorithm ed25519`
pub(super) const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIPJnsEyvP+doHELBFyWTeIBk1hBwIiwDBQeJvRGV/IXg
-----END PRIVATE KEY-----
";
/// `openssl pkey -pubout`
pub(super) const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAE6mQ4LGcqKfo+83LmiVBZNcHju9lZWz2jvpHrJ1GJjQ=
-----END PUBLIC KEY-----
";
/// RFC 8410, section 10.3
const OTHER_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";

#[tokio::test]
async fn the_stored_key_survives_restarts() {
    let mut server = Server::start_with(&SETTINGS);
    let first = published(&Api::new(&server)).await;
    assert_eq!(first.len(), 1);
    server.restart();
    assert_eq!(published(&Api::new(&server)).await, first);
    assert!(server.terminate().success());
    let report = server.run(&["audit", "key"]);
    assert_eq!(stdout(&report).lines().count(), 3, "{}", stderr(&report));
    let tokens = stdout(&server.run(&["keys", "list"]));
    assert!(!tokens.contains(&first[0]), "a key that signs tokens signs nothing else");
}

#[tokio::test]
async fn a_configured_key_replaces_another() {
    let mut server = Server::start_with(&SETTINGS);
    server.set("AUDIT_KEY", PRIVATE);
    server.restart();
    let api = Api::new(&server);
    let id = api.create("Acme", EMAIL).await.unwrap().text("id");
    let before = Export::of(&api, &id).await;
    let old = published(&api).await;
    assert!(server.terminate().success());
    assert_eq!(stdout(&server.run(&["audit", "key"])), PUBLIC);

    // The former key is trusted as long as its public key stands beside the new one.
    fs::write(server.directory().join("audit.pem"), format!("{OTHER_PRIVATE}{PUBLIC}")).unwrap();
    server.unset("AUDIT_KEY");
    server.set("AUDIT_KEY_FILE", "audit.pem");
    server.restart();
    let api = Api::new(&server);
    let new = published(&api).await;
    assert_eq!((new.len(), &new[1..]), (2, &old[..]));
    assert_eq!(intact(&api, &id).await, Value::Bool(true));
    assert_eq!(api.login(EMAIL).await.unwrap().status, 200);
    let after = Export::of(&api, &id).await;
    assert_eq!(after.0[0], before.0[0]);
    // The server may have signed again what the former key had signed.
    assert_eq!(after.signed_heads().last().unwrap()["key_id"], new[0].as_str());

    fs::write(server.directory().join("audit.pem"), OTHER_PRIVATE).unwrap();
    server.restart();
    let api = Api::new(&server);
    assert_eq!(published(&api).await, new[..1]);
    assert_eq!(intact(&api, &id).await, Value::Bool(true), "the new key covers all of it");
    assert!(server.terminate().success());
    let place = TempDir::new().unwrap();
    fs::write(place.path().join("old.pem"), PUBLIC).unwrap();
    fs::write(place.path().join("new.pem"), server.run(&["audit", "key"]).stdout).unwrap();
    for (export, keys, status) in [
        (&before, &["old.pem"][..], 0),
        (&before, &["new.pem"], 1),
        (&before, &["new.pem", "old.pem"], 0),
        (&after, &["new.pem"], 0),
        (&after, &["new.pem", "old.pem"], 0),
        (&after, &["old.pem"], 1),
    ] {
        let output = verify(place.path(), &export.text(), keys);
        assert_eq!(output.status.code(), Some(status), "{keys:?}: {}", stdout(&output));
    }
}

/// The ids of the published keys.
async fn published(api: &Api) -> Vec<String> {
    let jwks = api.send(api.get("/.well-known/audit-keys.json", "")).await.unwrap().body;
    let keys = jwks["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// The verification by the server itself.
async fn intact(api: &Api, id: &str) -> Value {
    let path = format!("/v1/organizations/{id}/audit-events/verify");
    api.send(api.get(&path, super::OPERATOR)).await.unwrap().body["intact"].clone()
}
