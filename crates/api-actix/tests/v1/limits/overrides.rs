//! Limits of single organizations, set by the operator.

use serde_json::{Value, json};

use super::{limits, rate_limit_headers, refused};
use crate::support::{OPERATOR, Response, Server, get, patch, post};

async fn limit(server: &Server, path: &str, rate_limit: Value) -> Response {
    server.send(patch(path, &json!({ "rate_limit": rate_limit })).token(OPERATOR)).await
}

#[actix_web::test]
async fn a_limit_set_by_the_operator_applies_immediately() {
    let server = Server::limited(limits(3, 0, 0)).await;
    let ada = server.member("Acme", "ada@example.com").await;
    let me = || server.send(get("/v1/me").token(&ada.token));
    assert_eq!(rate_limit_headers(&me().await).1, r#""organization";r=1;t=60"#);

    let raised = limit(&server, &ada.path, json!(5)).await;
    assert_eq!((raised.status.as_u16(), raised.header("etag")), (200, "\"3\""));
    assert_eq!(raised.json()["rate_limit"], 5);
    let response = me().await;
    assert_eq!(
        rate_limit_headers(&response),
        (r#""organization";q=5;w=60"#, r#""organization";r=2;t=60"#)
    );
    assert_eq!(response.json()["organization"]["rate_limit"], 5);

    limit(&server, &ada.path, json!(2)).await;
    refused(&me().await);
    limit(&server, &ada.path, json!(0)).await;
    for _ in 0..10 {
        let response = me().await;
        assert_eq!((response.status.as_u16(), rate_limit_headers(&response)), (200, ("", "")));
    }
    let back = limit(&server, &ada.path, Value::Null).await;
    assert_eq!(back.json()["rate_limit"], Value::Null);
    refused(&me().await);
}

#[actix_web::test]
async fn a_single_organization_can_be_limited() {
    let server = Server::limited(limits(0, 0, 0)).await;
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = server.member("Globex", "bob@example.com").await;
    limit(&server, &ada.path, json!(1)).await;
    assert_eq!(server.send(get("/v1/me").token(&ada.token)).await.status, 200);
    refused(&server.send(get("/v1/me").token(&ada.token)).await);
    assert_eq!(rate_limit_headers(&server.send(get("/v1/me").token(&bob.token)).await), ("", ""));
}

#[actix_web::test]
async fn setting_the_same_limit_is_not_a_change() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for _ in 0..2 {
        assert_eq!(limit(&server, &ada.path, json!(7)).await.json()["version"], 3);
    }
    let stale = patch(&ada.path, &json!({"rate_limit": 8})).header("If-Match", "\"2\"");
    assert_eq!(server.send(stale.token(OPERATOR)).await.problem(412), "precondition_failed");
}

#[actix_web::test]
async fn a_suspended_organization_can_be_limited_and_stays_suspended() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    server.send(post(&format!("{}/suspend", ada.path)).token(OPERATOR)).await;
    assert_eq!(limit(&server, &ada.path, json!(7)).await.json()["status"], "suspended");
    server.send(post(&format!("{}/activate", ada.path)).token(OPERATOR)).await;
    let renamed = patch(&ada.path, &json!({"name": "Acme International"})).token(&ada.token);
    assert_eq!(server.send(renamed).await.json()["rate_limit"], 7, "a rename keeps it");
}

#[actix_web::test]
async fn only_the_operator_changes_the_limit_and_nothing_else() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for (body, token, who) in [
        (json!({"rate_limit": 7}), &ada.token[..], "operator"),
        (json!({"rate_limit": null}), &ada.token[..], "operator"),
        (json!({"rate_limit": 7, "name": "Other"}), &ada.token[..], "operator"),
        (json!({"rate_limit": 7, "name": "Other"}), OPERATOR, "admin"),
        (json!({"name": "Other"}), OPERATOR, "admin"),
        (json!({}), OPERATOR, "admin"),
    ] {
        let response = server.send(patch(&ada.path, &body).token(token)).await;
        assert_eq!(response.problem(403), "forbidden", "{body}");
        assert!(response.json()["detail"].as_str().unwrap().contains(who), "{body}");
    }
    let after = server.send(get(&ada.path).token(&ada.token)).await.json();
    assert_eq!((&after["version"], &after["rate_limit"]), (&json!(2), &Value::Null));
    let missing = limit(&server, "/v1/organizations/unknown", json!(7)).await;
    assert_eq!(missing.problem(404), "organization_not_found");
}

#[actix_web::test]
async fn a_limit_is_an_integer_of_up_to_a_billion() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for (value, code) in [
        (json!(-1), "type"),
        (json!(1.5), "type"),
        (json!("7"), "type"),
        (json!(1_000_000_001), "invalid_format"),
        (json!(u64::MAX), "invalid_format"),
    ] {
        let response = limit(&server, &ada.path, value).await;
        assert_eq!(response.problem(400), "validation_failed");
        assert_eq!(response.errors(), [("/rate_limit".to_owned(), code.to_owned())]);
    }
    let greatest = limit(&server, &ada.path, json!(1_000_000_000)).await;
    assert_eq!(greatest.json()["rate_limit"], 1_000_000_000);
}
