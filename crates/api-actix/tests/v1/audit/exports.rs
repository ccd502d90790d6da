//! Exports and their verification.

use std::collections::BTreeMap;

use domain::model::TrailLine;
use domain::service::{BreakKind, Ending, TrailVerifier, Verification};
use port_contracts::fakes::FakeSigner;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{INSTALLATION, events};
use crate::support::{Member, OPERATOR, Response, Server, call, get, patch, post};

const EMAIL: &str = "ada@example.com";

async fn export(server: &Server, path: &str) -> Response {
    let response = server.send(get(&format!("{path}/audit-events/export")).token(OPERATOR)).await;
    assert_eq!(response.status, 200, "{}", response.text());
    response
}

async fn verify(server: &Server, path: &str) -> Value {
    server.send(get(&format!("{path}/audit-events/verify")).token(OPERATOR)).await.json()
}

fn verified<'a>(lines: impl IntoIterator<Item = &'a str>) -> Verification {
    let mut verifier = TrailVerifier::new(&FakeSigner, None);
    for line in lines {
        match serde_json::from_str::<TrailLine>(line) {
            Ok(line) => verifier.check(&line),
            Err(_) => verifier.unreadable(),
        }
    }
    verifier.finish(Ending::Signed)
}

/// Acme, with a name and values that JSON can write in several ways.
async fn acme(server: &Server) -> Member {
    let ada = server.member("Ácme \"日本\" \u{1F600}", EMAIL).await;
    let metadata = json!({"metadata": {
        "\u{20ac}": 1.0, "\r": 1e21, "1": 333_333_333.333_333_3, "\u{1F600}": u64::MAX, "\u{fb33}": -0.0,
    }});
    let update = patch(&ada.path, &metadata).token(&ada.token);
    assert_eq!(server.send(update).await.status, 200);
    ada
}

#[actix_web::test]
async fn an_export_has_every_event_and_ends_with_a_checkpoint() {
    let server = Server::new().await;
    let ada = acme(&server).await;
    let response = export(&server, &ada.path).await;
    assert_eq!(response.header("content-type"), "application/x-ndjson");
    let name = format!("attachment; filename=\"audit-{}.ndjson\"", ada.id);
    assert_eq!(response.header("content-disposition"), name);
    assert_eq!(response.header("cache-control"), "no-store");
    assert_eq!(response.header("etag"), "");

    let text = response.text();
    assert!(text.ends_with("}\n") && !text.contains("\n\n"), "{text}");
    let mut lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = lines.pop().unwrap();
    let all = events(&server, &ada.path).await;
    assert_eq!(lines, all);
    assert_eq!(last["signed_head"]["hash"], all.last().unwrap()["hash"]);
    assert_eq!(last["signed_head"]["organization_id"], ada.id);
    assert_eq!(verified(text.lines()).first_break, None);
    // Without new events the export is the same, including its signature.
    assert_eq!(export(&server, &ada.path).await.text(), text);
}

#[actix_web::test]
async fn an_export_of_many_events_is_complete() {
    let server = Server::new().await;
    let ada = server.member("Acme", EMAIL).await;
    for number in 0..250 {
        let update = patch(&ada.path, &json!({"description": number.to_string()}));
        assert_eq!(server.send(update.token(&ada.token)).await.status, 200);
        if number % 60 == 0 {
            server.services.audit.flush_outbox().await.unwrap();
            server.services.audit.sign_heads().await.unwrap();
            server.clock.advance(std::time::Duration::from_secs(601));
            let login = server.tokens(EMAIL).await;
            assert_eq!(login.status, 200, "the first token has expired");
        }
    }
    let text = export(&server, &ada.path).await.text();
    let found = verified(text.lines());
    assert_eq!((found.first_break, found.events), (None, 257));
    assert!(text.matches("signed_head").count() > 3, "signatures are between the events");
}

/// The documented hash rule, computed without the code under test.
#[actix_web::test]
async fn event_hashes_can_be_recomputed_from_an_export() {
    let server = Server::new().await;
    let ada = server.member("Acme", EMAIL).await;
    let mut before = "0".repeat(64);
    for event in events(&server, &ada.path).await {
        assert_eq!(event["prev_hash"], before);
        let mut members: BTreeMap<String, Value> = serde_json::from_value(event).unwrap();
        let hash = members.remove("hash").unwrap();
        let canonical = sorted(&json!(members));
        before = data_encoding::HEXLOWER.encode(&Sha256::digest(canonical));
        assert_eq!(hash, before);
    }
}

/// Canonical JSON, for values whose strings and numbers have only one form.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let sorted_members: BTreeMap<_, _> = members.iter().collect();
            let pair =
                |(name, value): (&String, &Value)| format!("{}:{}", json!(name), sorted(value));
            let pairs: Vec<_> = sorted_members.into_iter().map(pair).collect();
            format!("{{{}}}", pairs.join(","))
        }
        other => other.to_string(),
    }
}

#[actix_web::test]
async fn a_modified_export_fails_verification() {
    let server = Server::new().await;
    let ada = acme(&server).await;
    let text = export(&server, &ada.path).await.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4);
    let renamed = lines[2].replace("anonymous", "operator").replace(EMAIL, "eve@example.com");
    for (touched, seq, kind) in [
        (vec![lines[0], lines[1], &renamed, lines[3]], 3, BreakKind::Changed),
        (vec![lines[0], lines[2], lines[3]], 2, BreakKind::Removed),
        (vec![lines[0], lines[2], lines[1], lines[3]], 2, BreakKind::Reordered),
        (vec![lines[0], lines[1], lines[1], lines[2], lines[3]], 2, BreakKind::Inserted),
        (vec![lines[0], lines[1], lines[2]], 1, BreakKind::Unsigned),
        (vec![lines[0], &lines[1][..40], lines[2], lines[3]], 2, BreakKind::Changed),
    ] {
        let found = verified(touched).first_break.unwrap();
        assert_eq!((found.seq.get(), found.kind), (seq, kind));
    }
}

#[actix_web::test]
async fn a_verification_reports_its_findings() {
    let server = Server::new().await;
    let ada = acme(&server).await;
    let last = events(&server, &ada.path).await.pop().unwrap();
    let head = json!({"seq": 3, "hash": last["hash"]});
    let unsigned = json!({
        "intact": true, "events": 3, "head": head, "signed_head": null, "first_break": null,
    });
    assert_eq!(verify(&server, &ada.path).await, unsigned);

    let exported = export(&server, &ada.path).await.text();
    let signed: Value = serde_json::from_str(exported.lines().last().unwrap()).unwrap();
    server.login(EMAIL).await;
    let found = verify(&server, &ada.path).await;
    assert_eq!((&found["intact"], &found["events"]), (&json!(true), &json!(4)));
    assert_eq!(found["signed_head"], signed["signed_head"]);
    assert_eq!(found["head"]["seq"], 4);
}

#[actix_web::test]
async fn the_trail_of_the_installation_is_exported_and_verified_like_others() {
    let server = Server::new().await;
    let nothing = json!({
        "intact": true, "events": 0, "head": null, "signed_head": null, "first_break": null,
    });
    assert_eq!(verify(&server, INSTALLATION).await, nothing);
    assert_eq!(export(&server, INSTALLATION).await.text(), "");

    let unknown = json!({"email": "unknown@example.com", "password": "a wrong password"});
    server.send(post("/v1/auth/login").json(&unknown)).await;
    let response = export(&server, INSTALLATION).await;
    let name = "attachment; filename=\"audit-installation.ndjson\"";
    assert_eq!(response.header("content-disposition"), name);
    let found = verified(response.text().lines());
    assert_eq!((found.first_break, found.events), (None, 1));
    assert_eq!(verify(&server, INSTALLATION).await["signed_head"]["organization_id"], Value::Null);
}

#[actix_web::test]
async fn head_requests_return_headers_without_a_body() {
    let server = Server::new().await;
    let ada = acme(&server).await;
    for part in ["", "/export", "/verify"] {
        let path = format!("{}/audit-events{part}", ada.path);
        let (head, full) = (
            server.send(call("HEAD", &path).token(&ada.token)).await,
            server.send(get(&path).token(&ada.token)).await,
        );
        assert_eq!(head.status, 200, "{part}");
        for name in ["content-type", "content-disposition"] {
            assert_eq!(head.header(name), full.header(name), "{part}");
        }
    }
    let export = format!("{}/audit-events/export", ada.path);
    let head = server.send(call("HEAD", &export).token(&ada.token)).await;
    assert_eq!(head.text(), "", "the trail is not even read");
}
