//! Import of documents as NDJSON.

use std::sync::Arc;

use domain::service::Signup;
use port_contracts::fakes::SettableClock;
use port_contracts::faults::{Plan, When, faulty};
use serde_json::{Value, json};

use super::joined;
use crate::audit::{admin, event, recorded_by};
use crate::store::ports;
use crate::support::{Call, Member, OPERATOR, Response, Server, get, patch, post};

const LINES: &str = "application/x-ndjson";

/// An import of `body` with the query string `query`.
fn importing(member: &Member, query: &str, body: impl Into<Vec<u8>>) -> Call {
    let call = post(&format!("{}/documents/import{query}", member.path)).token(&member.token);
    call.header("Content-Type", LINES).body(body.into())
}

async fn import(server: &Server, member: &Member, query: &str, body: impl Into<Vec<u8>>) -> Value {
    let response = server.send(importing(member, query, body)).await;
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(response.header("content-type"), "application/json");
    response.json()
}

/// The lines of a response.
fn read(response: &Response) -> Vec<Value> {
    assert_eq!(response.header("content-type"), LINES);
    let text = response.text();
    assert!(text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn counts(lines: u64, [inserted, replaced, skipped, refused]: [u64; 4]) -> Value {
    json!({
        "lines": lines, "inserted": inserted, "replaced": replaced, "skipped": skipped, "refused": refused,
    })
}

/// The counts of a report or of a progress line.
fn counted(report: &Value) -> Value {
    let names = ["lines", "inserted", "replaced", "skipped", "refused"];
    names.into_iter().map(|name| (name.to_owned(), report[name].clone())).collect()
}

/// Line, pointer and code of each error.
fn errors(report: &Value) -> Vec<(u64, &str, &str)> {
    let errors = report["errors"].as_array().unwrap().iter();
    let reported = errors.map(|error| {
        assert!(!error["detail"].as_str().unwrap().is_empty());
        let text = |name: &str| error[name].as_str().unwrap();
        (error["line"].as_u64().unwrap(), text("pointer"), text("code"))
    });
    reported.collect()
}

/// Lines with `count` documents.
fn numbered(numbers: impl IntoIterator<Item = usize>) -> String {
    numbers.into_iter().map(|number| format!("{{\"_id\":\"{number:07}\"}}\n")).collect()
}

async fn documents(server: &Server, member: &Member) -> u64 {
    let usage = server.send(get(&format!("{}/usage", member.path)).token(&member.token)).await;
    usage.json()["documents"].as_u64().unwrap()
}

#[actix_web::test]
async fn every_line_is_imported_as_a_document() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let body = "{\"_id\":\"a\",\"n\":1.10}\n\r\n  \n{\"_id\":\"b\"}\r\n{\"text\":\"ü\\n\\u0000\"}";
    let report = import(&server, &ada, "", body).await;
    let mut expected = counts(5, [3, 0, 0, 0]);
    expected["errors"] = json!([]);
    assert_eq!(report, expected, "without an `uncertain`");
    let list = server.send(get(&format!("{}/documents", ada.path)).token(&ada.token)).await.json();
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    assert!(items.contains(&json!({"_id": "a", "n": 1.1})));
    assert!(items.iter().any(|item| item["text"] == "ü\n\0"));

    let nothing = import(&server, &ada, "", "").await;
    assert_eq!(counted(&nothing), counts(0, [0; 4]));
}

#[actix_web::test]
async fn the_mode_decides_about_existing_documents() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let line = |id: &str, n: u64| format!("{{\"_id\":\"{id}\",\"n\":{n}}}\n");
    import(&server, &ada, "?mode=insert", line("a", 1)).await;
    let n = async |id: &str| {
        let path = format!("{}/documents/{id}", ada.path);
        server.send(get(&path).token(&ada.token)).await.json()["n"].clone()
    };

    let refused = import(&server, &ada, "", line("b", 1) + &line("a", 2) + &line("b", 2)).await;
    assert_eq!(counted(&refused), counts(3, [1, 0, 0, 2]));
    let exists = |line| (line, "/_id", "document_exists");
    assert_eq!(errors(&refused), [exists(2), exists(3)], "twice in one import, too");
    assert_eq!((n("a").await, n("b").await), (json!(1), json!(1)));

    let skipped = import(&server, &ada, "?mode=skip", line("a", 3) + &line("c", 3)).await;
    assert_eq!(counted(&skipped), counts(2, [1, 0, 1, 0]));
    assert_eq!((n("a").await, n("c").await), (json!(1), json!(3)));
    let replaced = import(&server, &ada, "?mode=upsert", line("a", 4) + &line("d", 4)).await;
    assert_eq!(counted(&replaced), counts(2, [1, 1, 0, 0]));
    assert_eq!((n("a").await, n("d").await), (json!(4), json!(4)));
    assert_eq!(documents(&server, &ada).await, 4);
}

#[actix_web::test]
async fn invalid_lines_are_reported_and_the_others_imported() {
    let server = Server::with_documents_of(1500).await;
    let ada = server.member("Acme", "ada@example.com").await;
    let body = [
        "{\"_id\":\"a\"}",
        "{\"_id\":7}",
        "{\"b\":",
        "[]",
        "{\"c\":1,\"c\":2}",
        "{\"d\":[0,0.1234567890123456789]}",
        "{\"$e\":1}",
        &format!("{{\"f\":\"{}\"}}", "x".repeat(1493)),
        "{\"_id\":\"g\"} {}",
        "\u{feff}{}",
        &format!("{{\"h\":\"{}\"}}", "x".repeat(1492)),
    ];
    let report = import(&server, &ada, "", body.join("\n")).await;
    assert_eq!(counted(&report), counts(11, [2, 0, 0, 9]));
    let expected = [
        (2, "/_id", "invalid_format"),
        (3, "/b", "syntax"),
        (4, "", "type"),
        (5, "/c", "duplicate"),
        (6, "/d/1", "out_of_range"),
        (7, "/$e", "invalid_key"),
        (8, "", "too_large"),
        (9, "", "syntax"),
        (10, "", "syntax"),
    ];
    assert_eq!(errors(&report), expected);
    assert!(!report.to_string().contains("at line"), "of the text of a line: {report}");
}

#[actix_web::test]
async fn a_response_lists_a_thousand_errors_and_counts_all() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let body = "7\n".repeat(2500) + &numbered(0..10);
    let report = import(&server, &ada, "", body.clone()).await;
    assert_eq!(counted(&report), counts(2510, [10, 0, 0, 2500]));
    assert_eq!(errors(&report).len(), 1000);
    assert_eq!(errors(&report)[999].0, 1000);

    let lines = read(&server.send(importing(&ada, "", body).header("Accept", LINES)).await);
    let reported: usize = lines[..3].iter().map(|line| errors(line).len()).sum();
    assert_eq!(reported, 2510, "with those that are there by now");
    assert_eq!(errors(&lines[2])[500], (2501, "/_id", "document_exists"));
}

#[actix_web::test]
async fn ndjson_responses_have_one_line_per_batch() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let body = numbered(0..1500) + "\n" + &numbered(1499..2500);
    let response = server.send(importing(&ada, "", body).header("Accept", LINES)).await;
    assert_eq!(response.status, 200);
    let lines = read(&response);
    let batch = |first: u64, last: u64, inserted: u64, refused: u64| {
        json!({
            "lines": {"first": first, "last": last}, "inserted": inserted, "replaced": 0, "skipped": 0,
            "refused": refused, "errors": [],
        })
    };
    // The empty line is the 1001st of the second batch.
    let mut second = batch(1001, 2001, 999, 1);
    second["errors"] = lines[1]["errors"].clone();
    assert_eq!(errors(&lines[1]), [(1502, "/_id", "document_exists")]);
    assert_eq!(lines[..3], [batch(1, 1000, 1000, 0), second, batch(2002, 2502, 501, 0)]);
    let mut done = counts(2502, [2500, 0, 0, 1]);
    done["done"] = json!(true);
    assert_eq!(lines[3..], [done]);
}

#[actix_web::test]
async fn batches_are_limited_to_one_mebibyte() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let line = format!("{{\"text\":\"{}\"}}\n", "x".repeat(400_000));
    let response = server.send(importing(&ada, "", line.repeat(4)).header("Accept", LINES)).await;
    let lines = read(&response);
    let lasts: Vec<_> = lines.iter().map(|line| &line["lines"]["last"]).collect();
    assert_eq!(lasts, [&json!(3), &json!(4), &Value::Null]);
}

#[actix_web::test]
async fn an_import_requires_write_access() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = server.member("Globex", "bob@example.com").await;
    let by = |token: String| importing(&Member { token, ..copy(&ada) }, "", numbered(0..1));
    let of = |token: &str| by(token.to_owned());
    let viewer = joined(&server, &ada, "viewer").await;
    assert_eq!(server.send(of(&viewer)).await.problem(403), "forbidden");
    assert_eq!(server.send(of(OPERATOR)).await.problem(403), "forbidden");
    assert_eq!(server.send(of(&bob.token)).await.problem(404), "organization_not_found");
    assert_eq!(server.send(of("forged")).await.problem(401), "token_invalid");
    assert_eq!(documents(&server, &ada).await, 0);
    let writer = joined(&server, &ada, "admin").await;
    assert_eq!(server.send(of(&writer)).await.json()["inserted"], 1);
}

fn copy(member: &Member) -> Member {
    let Member { id, admin_id, path, token } = member;
    Member { id: id.clone(), admin_id: admin_id.clone(), path: path.clone(), token: token.clone() }
}

#[actix_web::test]
async fn malformed_imports_are_refused() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let path = format!("{}/documents/import", ada.path);
    let json = post(&path).token(&ada.token).json(&json!({}));
    let response = server.send(json).await;
    assert_eq!(response.problem(415), "unsupported_media_type");
    assert_eq!(response.header("accept"), LINES);
    let packed = importing(&ada, "", "").header("Content-Encoding", "gzip");
    assert_eq!(server.send(packed).await.problem(415), "unsupported_media_type");
    for query in ["?mode=replace", "?mode=", "?mode=skip&mode=skip", "?dry=true"] {
        let response = server.send(importing(&ada, query, "")).await;
        assert_eq!(response.problem(400), "invalid_parameter", "{query}");
    }
    for _ in 0..2 {
        // Imports accept no idempotency key: a repeated request would have to replay every batch.
        let keyed = importing(&ada, "?mode=skip", numbered(0..1)).header("Idempotency-Key", "k");
        let response = server.send(keyed).await;
        assert_eq!((response.status.as_u16(), response.header("idempotent-replayed")), (200, ""));
    }
}

#[actix_web::test]
async fn an_import_stops_at_the_quota_and_reports_its_progress() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let quota = json!({"quota": {"documents": 2500}});
    server.send(patch(&ada.path, &quota).token(OPERATOR)).await;
    let body = "7\n".to_owned() + &numbered(0..3000);
    let stopped = server.send(importing(&ada, "", body.clone())).await;
    assert_eq!(stopped.problem(403), "quota_exceeded");
    let report = &stopped.json()["import"];
    assert_eq!(counted(report), counts(2000, [1999, 0, 0, 1]));
    assert_eq!(errors(report), [(1, "", "type")]);
    assert_eq!(report.get("uncertain"), None, "nothing of the batch was written");
    assert_eq!(documents(&server, &ada).await, 1999);

    let lines = importing(&ada, "?mode=skip", body).header("Accept", LINES);
    let mut lines = read(&server.send(lines).await);
    let last = lines.pop().unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!(counted(&last), counts(2000, [0, 0, 1999, 1]));
    assert_eq!(
        (&last["problem"]["code"], &last["problem"]["status"]),
        (&json!("quota_exceeded"), &json!(403))
    );
    assert!(last["problem"]["request_id"].as_str().is_some_and(|id| !id.is_empty()));
    assert_eq!(last.get("done"), None);
}

#[actix_web::test]
async fn a_failure_of_the_store_names_the_uncertain_lines() {
    let mut uncertain = 0;
    for nth in 1..20 {
        let clock = Arc::new(SettableClock::default());
        let ports = ports(&clock).await;
        let healthy = Server::over(ports.clone(), clock.clone(), Signup::Open).await;
        let ada = healthy.member("Acme", "ada@example.com").await;
        let plan = Plan::crash(nth, When::After);
        let failing = Server::over(faulty(&ports, &plan), clock.clone(), Signup::Open).await;
        let response = failing.send(importing(&ada, "", numbered(0..1100))).await;
        if response.status == 200 {
            break;
        }
        assert_eq!(response.problem(503), "store_unavailable");
        let report = response.json()["import"].clone();
        if report.is_null() {
            continue;
        }
        let (first, last) = match report["lines"].as_u64().unwrap() {
            0 => (1, 1000),
            _ => (1001, 1100),
        };
        assert_eq!(report["uncertain"], json!({"first": first, "last": last}), "call {nth}");
        assert_eq!(documents(&healthy, &ada).await, last, "it was written, in fact");
        let again = import(&healthy, &ada, "?mode=skip", numbered(0..1100)).await;
        assert_eq!(counted(&again), counts(1100, [1100 - last, 0, last, 0]));
        uncertain += 1;
    }
    assert_eq!(uncertain, 2, "each of the batches");
}

#[actix_web::test]
async fn every_batch_is_recorded() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let body = numbered(0..1200) + "7\n";
    let reported = recorded_by(&server, &ada.path, importing(&ada, "?mode=skip", body)).await;
    let who = admin(&ada, "ada@example.com");
    let batch = |lines: [u64; 2], inserted: u64, refused: u64| {
        let counts = json!({"inserted": inserted, "replaced": 0, "skipped": 0, "refused": refused});
        let import = json!({"mode": "skip", "lines": lines, "counts": counts});
        let changes = json!({"import": {"before": null, "after": import}});
        event("documents.imported", &who, ("organization", &ada.id), &changes)
    };
    assert_eq!(reported, [batch([1, 1000], 1000, 0), batch([1001, 1201], 200, 1)]);
}

#[actix_web::test]
async fn blank_lines_do_not_fill_a_batch() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let blanks = "\n".repeat(999);
    let body = format!("{{\"_id\":\"a\"}}\n{blanks}7\n{blanks}").repeat(20) + "7";
    let response = import(&server, &ada, "?mode=upsert", body.clone()).await;
    assert_eq!(counted(&response), counts(40_001, [1, 19, 0, 21]));
    let refused: Vec<_> = errors(&response).iter().map(|error| error.0).collect();
    let expected: Vec<_> = (0..20).map(|at| 2000 * at + 1001).chain([40_001]).collect();
    assert_eq!(refused, expected);
    let reported = recorded_by(&server, &ada.path, importing(&ada, "?mode=upsert", body)).await;
    assert_eq!(reported.len(), 1, "one event for each batch");
    assert_eq!(reported[0]["changes"]["import"]["after"]["lines"], json!([1, 40_001]));
}
