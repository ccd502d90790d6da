//! Values are stored exactly, or refused with their pointer.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::support::{Member, Response, Server, call, get, post};

const MIB: usize = 1024 * 1024;

async fn acme(server: &Server) -> Member {
    server.member("Acme", "ada@example.com").await
}

async fn send(server: &Server, member: &Member, body: impl Into<Vec<u8>>) -> Response {
    let insert = post(&format!("{}/documents", member.path)).token(&member.token);
    server.send(insert.header("Content-Type", "application/json").body(body.into())).await
}

/// Adds the document `{"_id": ..., "value": <value>}` and reads it.
async fn kept(server: &Server, member: &Member, value: &str) -> String {
    let created = send(server, member, format!("{{\"value\":{value}}}")).await;
    assert_eq!(created.status, 201, "{value}: {}", created.text());
    let read = server.send(get(created.header("location")).token(&member.token)).await.text();
    assert_eq!(read, created.text());
    let (_, value) = read.split_once(",\"value\":").unwrap();
    value.strip_suffix('}').unwrap().to_owned()
}

#[actix_web::test]
async fn values_survive_a_round_trip() {
    let server = Server::new().await;
    let ada = acme(&server).await;
    for value in [
        "0",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "18446744073709551615",
        "2147483647",
        "-2147483649",
        "0.1",
        "0.0",
        "-0.0",
        "1.0",
        "5e-324",
        "1.7976931348623157e308",
        "-1.7976931348623157e308",
        "2.2250738585072014e-308",
        "0.30000000000000004",
        "9007199254740993",
        "null",
        "true",
        "false",
        "\"\"",
        "{}",
        "[]",
        "[[],{},[{}],{\"\":{}}]",
        "[null,null]",
        "\"\\u0000\"",
        "\"a\\u0000b\\\\\\\"\\n\\u007f\"",
    ] {
        let read = kept(&server, &ada, value).await;
        let same = |text: &str| text.replace("e+", "e").replace("\\u007f", "\u{7f}");
        assert_eq!(same(&read), same(value));
    }
}

/// Documents of a few thousand characters each.
#[actix_web::test]
async fn every_unicode_character_survives_a_round_trip() {
    let server = Server::new().await;
    let ada = acme(&server).await;
    let characters: Vec<char> = ('\0'..=char::MAX).collect();
    assert_eq!(characters.len(), 0x11_0000 - 0x800);
    for piece in characters.chunks(100_000) {
        let text: String = piece.iter().collect();
        let created = send(&server, &ada, json!({ "value": text }).to_string()).await;
        let read = server.send(get(created.header("location")).token(&ada.token)).await.json();
        assert!(read["value"] == text, "from {:?}", piece[0]);
    }
    for escaped in ["\\ud83d\\ude00", "\\u00e9", "\\u2028"] {
        let read = kept(&server, &ada, &format!("\"{escaped}\"")).await;
        let text: String = serde_json::from_str(&format!("\"{escaped}\"")).unwrap();
        assert_eq!(read, format!("\"{text}\""));
    }
}

#[actix_web::test]
async fn lone_surrogates_are_refused() {
    let server = Server::new().await;
    let ada = acme(&server).await;
    for half in ["\\ud83d", "\\ude00", "\\ude00\\ud83d", "x\\ud83dx"] {
        let response = send(&server, &ada, format!("{{\"list\":[0,\"{half}\"]}}")).await;
        assert_eq!(response.problem(400), "malformed_json", "{half}");
        assert_eq!(response.errors(), [("/list/1".to_owned(), "syntax".to_owned())]);
    }
}

#[actix_web::test]
async fn numbers_that_would_be_rounded_are_refused_anywhere() {
    let server = Server::new().await;
    let ada = acme(&server).await;
    for number in ["0.1234567890123456789", "1e400", "-1e400", "1e-400", "123456789012345678901.5"]
    {
        let body = format!(r#"{{"a": 0.5, "b/c": [1.0, {{"n": {number}}}, 7]}}"#);
        let response = send(&server, &ada, body.clone()).await;
        assert_eq!(response.problem(400), "validation_failed", "{number}");
        assert_eq!(response.errors(), [("/b~1c/1/n".to_owned(), "out_of_range".to_owned())]);
        let detail = response.json()["errors"][0]["detail"].to_string();
        assert!(detail.contains("send it as a string"), "{detail}");

        let metadata = format!(r#"{{"metadata": {{"n": {number}}}}}"#);
        let update = call("PATCH", &ada.path).token(&ada.token);
        let update = update.header("Content-Type", "application/json").body(metadata);
        let response = server.send(update).await;
        assert_eq!(response.errors(), [("/metadata/n".to_owned(), "out_of_range".to_owned())]);
    }
    for (number, shown) in [("1.10", "1.1"), ("1e5", "100000.0"), ("100.0", "100.0")] {
        assert_eq!(kept(&server, &ada, number).await, shown);
    }
}

#[actix_web::test]
async fn doubles_survive_a_round_trip() {
    let server = Server::new().await;
    let ada = acme(&server).await;
    let mut runner = TestRunner::deterministic();
    let doubles =
        prop::collection::vec(any::<f64>().prop_filter("JSON has it", |n| n.is_finite()), 500);
    let doubles = doubles.new_tree(&mut runner).unwrap().current();
    let read = kept(&server, &ada, &json!(doubles).to_string()).await;
    let read: Vec<f64> = serde_json::from_str(&read).unwrap();
    let bits = |doubles: &[f64]| doubles.iter().map(|n| n.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&read), bits(&doubles));
}

#[actix_web::test]
async fn nesting_is_limited_to_one_hundred_levels() {
    let server = Server::new().await;
    let ada = acme(&server).await;
    // The document is one level, and the array or object in it another.
    let deep = |open: &str, close: &str, levels: usize| {
        open.repeat(levels - 1) + "1" + &close.repeat(levels - 1)
    };
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deepest = deep(open, close, 100);
        assert_eq!(kept(&server, &ada, &deepest).await, deepest);
        let body = format!("{{\"value\":{}}}", deep(open, close, 101));
        let response = send(&server, &ada, body).await;
        assert_eq!(response.problem(400), "validation_failed");
        assert_eq!(response.errors()[0].1, "too_deep");
    }
}

#[actix_web::test]
async fn reserved_keys_are_refused() {
    let server = Server::new().await;
    let ada = acme(&server).await;
    for (body, place, code) in [
        (r#"{"$set": 1}"#, "/$set", "invalid_key"),
        (r#"{"a": [{"b.c": 1}]}"#, "/a/0/b.c", "invalid_key"),
        (r#"{"a\u0000": 1}"#, "/a\0", "invalid_key"),
        (r#"{"a": {"b": 1, "\u0062": 2}}"#, "/a/b", "duplicate"),
        (r#"{"_id": 7}"#, "/_id", "invalid_format"),
        (r#"{"_id": null}"#, "/_id", "invalid_format"),
        (r#"{"_id": ""}"#, "/_id", "empty"),
        (r#"{"_id": "a", "_id": "b"}"#, "/_id", "duplicate"),
    ] {
        let response = send(&server, &ada, body).await;
        assert_eq!(response.status, 400, "{body}");
        assert_eq!(response.errors(), [(place.to_owned(), code.to_owned())], "{body}");
    }
    let kept_keys = r#"{"":1,"a$":2," ":3,"_id":4}"#;
    assert_eq!(kept(&server, &ada, kept_keys).await, kept_keys, "only the outermost `_id` is one");
}

#[actix_web::test]
async fn ids_have_1_to_128_characters() {
    let server = Server::new().await;
    let ada = acme(&server).await;
    for id in ["x", "é".repeat(128).as_str(), "a b/%2F?#", "\0", "日本"] {
        let created = send(&server, &ada, json!({ "_id": id }).to_string()).await;
        assert_eq!(created.status, 201, "{id}: {}", created.text());
        let read = server.send(get(created.header("location")).token(&ada.token)).await;
        assert_eq!(read.json()["_id"], id);
    }
    let long = send(&server, &ada, json!({"_id": "é".repeat(129)}).to_string()).await;
    assert_eq!(long.errors(), [("/_id".to_owned(), "too_long".to_owned())]);
    let created = send(&server, &ada, "{}").await.json();
    assert!(!created["_id"].as_str().unwrap().is_empty());
}

#[actix_web::test]
async fn the_document_size_limit_is_configurable() {
    let server = Server::with_documents_of(16 * MIB).await;
    let ada = acme(&server).await;
    let frame = json!({"_id": "x", "text": ""}).to_string().len();
    let body = json!({"_id": "x", "text": "é".repeat((16 * MIB - 300 - frame) / 2)}).to_string();
    assert!(body.len() >= 16 * MIB - 301);
    let path = format!("{}/documents/x", ada.path);
    let put = || call("PUT", &path).token(&ada.token).header("Content-Type", "application/json");
    let created = server.send(put().body(body.clone())).await;
    assert_eq!(created.status, 201);
    assert!(created.body == body.as_bytes());
    assert!(server.send(get(&path).token(&ada.token)).await.body == body.as_bytes());

    let refused = server.send(put().body(" ".repeat(16 * MIB + 1))).await;
    assert_eq!(refused.problem(413), "payload_too_large");
    assert!(refused.json()["detail"].as_str().unwrap().contains("16384 KiB"));
    // Other bodies have their usual limit.
    let update = call("PATCH", &ada.path).token(&ada.token);
    let update = update.header("Content-Type", "application/json").body(" ".repeat(MIB));
    let refused = server.send(update).await;
    assert_eq!(refused.problem(413), "payload_too_large");
    assert!(refused.json()["detail"].as_str().unwrap().contains("256 KiB"));
}

#[actix_web::test]
async fn the_document_size_limit_is_reported_with_or_without_a_key() {
    let server = Server::with_documents_of(1500).await;
    let ada = acme(&server).await;
    let documents = format!("{}/documents", ada.path);
    let sized = |size: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(size - 8));
    assert_eq!(send(&server, &ada, sized(1500)).await.status, 201);
    for (method, path) in [("POST", &documents), ("PUT", &format!("{documents}/x"))] {
        let large = || {
            let large = call(method, path).token(&ada.token).body(sized(1501));
            large.header("Content-Type", "application/json")
        };
        for call in [large(), large().header("Idempotency-Key", "key")] {
            let refused = server.send(call).await;
            assert_eq!(refused.problem(413), "payload_too_large");
            assert!(refused.json()["detail"].as_str().unwrap().contains("1500 bytes"));
        }
    }
    // The limit applies to the result of a patch, too.
    let path = format!("{documents}/y");
    let put = call("PUT", &path).token(&ada.token).json(&json!({"a": "x".repeat(1000)}));
    assert_eq!(server.send(put).await.status, 201);
    let more = crate::support::patch(&path, &json!({"b": "x".repeat(1000)})).token(&ada.token);
    let response = server.send(more).await;
    assert_eq!(response.problem(400), "validation_failed");
    assert_eq!(response.errors(), [(String::new(), "too_large".to_owned())]);
    assert_eq!(server.send(get(&path).token(&ada.token)).await.json()["b"], Value::Null);
}
