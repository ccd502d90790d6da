//! `tenantry keys`, and the servers that sign with these keys.

use std::process::Output;

use tempfile::TempDir;

use crate::api::Api;
use crate::support::{Server, tenantry};

const EMAIL: &str = "ada@example.com";
const EMBEDDED: [(&str, &str); 1] = [("STORE", "embedded")];

#[tokio::test]
async fn a_rotated_key_is_published_first_and_old_tokens_stay_valid() {
    let mut server = Server::start_with(&EMBEDDED);
    let api = Api::new(&server);
    api.create("Acme", EMAIL).await.unwrap();
    let token = api.login(EMAIL).await.unwrap().text("access_token");
    let old = published(&api).await;
    server.terminate();

    assert_eq!(listed(&server), [(old[0].clone(), "signing".to_owned())]);
    let rotated = server.run(&["keys", "rotate"]);
    let new = listed(&server)[1].0.clone();
    assert_eq!(rotated.status.code(), Some(0), "{}", stderr(&rotated));
    assert!(stdout(&rotated).starts_with(&format!("{new}, created at 20")), "{}", stdout(&rotated));
    assert!(stdout(&rotated).contains("signs from 20"), "{}", stdout(&rotated));
    // A second rotation within ten minutes changes nothing.
    assert_eq!(stdout(&server.run(&["keys", "rotate"])), stdout(&rotated));
    let states = [(old[0].clone(), "signing".to_owned()), (new.clone(), "next".to_owned())];
    assert_eq!(listed(&server), states);

    server.restart();
    let api = Api::new(&server);
    assert_eq!(published(&api).await, [old[0].clone(), new]);
    assert_eq!(status(&api, &token).await, 200);
}

#[tokio::test]
async fn a_revoked_key_invalidates_its_tokens() {
    let mut server = Server::start_with(&EMBEDDED);
    let api = Api::new(&server);
    api.create("Acme", EMAIL).await.unwrap();
    let token = api.login(EMAIL).await.unwrap().text("access_token");
    let old = published(&api).await;
    server.terminate();

    let revoked = server.run(&["keys", "rotate", "--revoke"]);
    let left = listed(&server);
    let new = &left[0].0;
    assert_eq!((left.len(), left[0].1.as_str()), (1, "signing"));
    let expected =
        format!("{} removed\n{new} signs; running servers load it within 5 seconds\n", old[0]);
    assert_eq!((revoked.status.code(), stdout(&revoked)), (Some(0), expected));

    server.restart();
    let api = Api::new(&server);
    assert_eq!(published(&api).await, std::slice::from_ref(new));
    assert_eq!(status(&api, &token).await, 401);
    let token = api.login(EMAIL).await.unwrap().text("access_token");
    assert_eq!(status(&api, &token).await, 200);
}

#[test]
fn the_keys_of_a_running_server_with_an_embedded_store_are_refused() {
    let server = Server::start_with(&EMBEDDED);
    for arguments in [&["keys", "list"][..], &["keys", "rotate"], &["keys", "rotate", "--revoke"]] {
        let refused = server.run(arguments);
        assert_eq!((refused.status.code(), stdout(&refused)), (Some(1), String::new()));
        let expected = "tenantry: can't open the store (a server has to be stopped first): \
                        ./data/tenantry.redb is in use by another process\n";
        assert_eq!(stderr(&refused), expected);
    }
}

#[test]
fn a_shared_secret_cannot_be_rotated() {
    let directory = TempDir::new().unwrap();
    for arguments in [&["keys", "list"][..], &["keys", "rotate"], &["keys", "rotate", "--revoke"]] {
        let command = &mut tenantry(directory.path());
        let refused = command.args(arguments).env("SECRET_KEY", "x".repeat(32)).output().unwrap();
        assert_eq!((refused.status.code(), stdout(&refused)), (Some(1), String::new()));
        assert!(stderr(&refused).contains("no keys to list or rotate"), "{}", stderr(&refused));
    }
    assert!(!directory.path().join("data").exists(), "nor is a store made");
}

#[test]
fn keys_of_a_missing_store_are_not_created() {
    let directory = TempDir::new().unwrap();
    let refused = tenantry(directory.path()).args(["keys", "list"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(stderr(&refused), "tenantry: there is no store in ./data (DATA_DIR)\n");
    assert!(!directory.path().join("data").exists());
}

/// The ids of the published keys, oldest first.
pub(crate) async fn published(api: &Api) -> Vec<String> {
    let jwks = api.send(api.get("/.well-known/jwks.json", "")).await.unwrap().body;
    let keys = jwks["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// The response of `GET /v1/me` to a token.
pub(crate) async fn status(api: &Api, token: &str) -> u16 {
    api.send(api.get("/v1/me", token)).await.unwrap().status
}

/// Id and state of each key, as `tenantry keys list` prints them.
pub(crate) fn listed(server: &Server) -> Vec<(String, String)> {
    let output = server.run(&["keys", "list"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    let words = text.lines().map(|line| line.split("  ").collect::<Vec<_>>());
    words.map(|words| (words[0].to_owned(), words[2].to_owned())).collect()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
