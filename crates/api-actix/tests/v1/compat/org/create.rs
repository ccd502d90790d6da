//! `POST /org/create`.

use serde_json::{Value, json};

use crate::compat::{CHOSEN, keys, naive, sign_up, wrong};
use crate::support::{OPERATOR, Response, Server, get, post};

pub(super) async fn create(server: &Server, body: &Value) -> Response {
    server.send(post("/org/create").json(body)).await
}

#[actix_web::test]
async fn an_organization_is_created_and_returned() {
    let server = Server::new().await;
    let mut body = sign_up("Acme Inc", "Ada@Example.com");
    body["plan"] = json!({"is": "ignored"});
    let response = create(&server, &body).await;
    assert_eq!(response.status, 201, "{}", response.text());
    assert_eq!(response.header("content-type"), "application/json");
    let created = response.json();
    assert_eq!(keys(&created), ["admin_id", "message", "organization"]);
    assert_eq!(created["message"], "Organization created successfully");
    let id = created["organization"]["id"].as_str().unwrap();
    let known = server.send(get(&format!("/v1/organizations/{id}")).token(OPERATOR)).await.json();
    assert_eq!(
        created["organization"],
        json!({
            "id": id,
            "organization_name": "acme_inc",
            "collection_name": known["collection_name"],
            "admin_email": "ada@example.com",
            "created_at": naive(&known["created_at"]),
            "updated_at": naive(&known["updated_at"]),
        })
    );
    let token = server.token("ada@example.com", CHOSEN).await.unwrap();
    let me = server.send(get("/v1/me").token(&token)).await.json();
    assert_eq!(me["admin"]["id"], created["admin_id"]);
    assert_eq!(me["admin"]["role"], "owner");
}

#[actix_web::test]
async fn names_and_addresses_are_unique() {
    let server = Server::new().await;
    server.tenant("Acme Inc", "ada@example.com").await;
    for name in ["Acme Inc", "ACME_INC", " acme inc ", "_acme_inc"] {
        let response = create(&server, &sign_up(name, "bob@example.com")).await;
        assert_eq!(response.detail(400), "Organization 'acme_inc' already exists", "{name}");
    }
    for email in ["ada@example.com", "ADA@Example.COM", " ada@example.com "] {
        let response = create(&server, &sign_up("Globex", email)).await;
        let said = "Admin with email 'ada@example.com' already exists";
        assert_eq!(response.detail(400), said, "{email}");
    }
    let response = create(&server, &sign_up("Acme Inc", "ada@example.com")).await;
    assert_eq!(response.detail(400), "Organization 'acme_inc' already exists");
}

#[actix_web::test]
async fn names_and_addresses_of_version_1_are_taken() {
    let server = Server::new().await;
    server.member("Tesla, Inc.", "Elon@Example.com").await;
    let response = create(&server, &sign_up("tesla inc", "bob@example.com")).await;
    assert_eq!(response.detail(400), "Organization 'tesla_inc' already exists");
    let response = create(&server, &sign_up("Globex", "elon@example.com")).await;
    assert_eq!(response.detail(400), "Admin with email 'elon@example.com' already exists");
}

#[actix_web::test]
async fn creation_can_be_restricted_to_operators() {
    let server = Server::for_operators().await;
    let body = sign_up("Acme Inc", "ada@example.com");
    assert_eq!(create(&server, &body).await.detail(401), "Not authenticated");
    let created = server.send(post("/org/create").token(OPERATOR).json(&body)).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let token = server.token("ada@example.com", CHOSEN).await.unwrap();
    let call = post("/org/create").token(&token).json(&sign_up("Globex", "bob@example.com"));
    server.send(call).await.detail(403);
}

#[actix_web::test]
async fn every_field_error_has_the_format_of_fastapi() {
    let server = Server::new().await;
    let missing =
        |field: &str| json!({"type": "missing", "loc": ["body", field], "msg": "Field required"});
    let response = create(&server, &json!({})).await;
    let all = ["organization_name", "email", "password"].map(missing);
    assert_eq!(response.items(), all);
    let body = json!({"organization_name": "ab", "email": 7, "password": "Short 1"});
    assert_eq!(
        create(&server, &body).await.items(),
        [
            json!({
                "type": "string_too_short",
                "loc": ["body", "organization_name"],
                "msg": "String should have at least 3 characters",
                "input": "ab",
                "ctx": {"min_length": 3},
            }),
            json!({
                "type": "string_type",
                "loc": ["body", "email"],
                "msg": "Input should be a valid string",
                "input": 7,
            }),
            json!({
                "type": "string_too_short",
                "loc": ["body", "password"],
                "msg": "String should have at least 8 characters",
                "ctx": {"min_length": 8},
            }),
        ]
    );
    let body = sign_up(&"a".repeat(51), "not an address");
    let items = create(&server, &body).await.items();
    assert_eq!(
        items[0],
        json!({
            "type": "string_too_long",
            "loc": ["body", "organization_name"],
            "msg": "String should have at most 50 characters",
            "input": "a".repeat(51),
            "ctx": {"max_length": 50},
        })
    );
    assert_eq!(keys(&items[1]), ["ctx", "input", "loc", "msg", "type"]);
    assert_eq!(items[1]["type"], "value_error");
    assert_eq!(items[1]["loc"], json!(["body", "email"]));
    assert_eq!(items.len(), 2);
}

#[actix_web::test]
async fn a_body_that_is_not_a_json_object_is_one_error() {
    let server = Server::new().await;
    let send = |kind: Option<&str>, body: &str| {
        let call = post("/org/create").body(body.to_owned());
        server.send(if let Some(kind) = kind { call.header("Content-Type", kind) } else { call })
    };
    let json = Some("application/json");
    for kind in [json, None] {
        let empty = send(kind, "").await;
        let missing = json!({"type": "missing", "loc": ["body"], "msg": "Field required"});
        assert_eq!(empty.items(), [missing], "{kind:?}");
    }
    for body in ["{", "hello", "{\"email\": }", "{\"email\": \"\u{0}\"}"] {
        let items = send(json, body).await.items();
        assert_eq!(items.len(), 1);
        assert_eq!(keys(&items[0]), ["ctx", "input", "loc", "msg", "type"]);
        assert_eq!(items[0]["type"], "json_invalid");
        assert_eq!(items[0]["loc"], json!(["body"]));
        assert_eq!(items[0]["msg"], "JSON decode error");
        assert_eq!(items[0]["input"], json!({}));
    }
    let good = sign_up("Acme Inc", "ada@example.com").to_string();
    for (kind, body) in [
        (json, "[]"),
        (json, "null"),
        (json, "\"text\""),
        (Some("text/plain"), &good[..]),
        (Some("application/x-www-form-urlencoded"), &good),
        (Some(""), &good),
    ] {
        let response = send(kind, body).await;
        assert_eq!(response.wrong(), wrong(&[("value_error", "body")]), "{kind:?} {body}");
        assert!(!response.text().contains(CHOSEN));
    }
    assert_eq!(send(None, &good).await.status, 201, "what is not said to be anything is JSON");
    let other = sign_up("Globex", "bob@example.com").to_string();
    assert_eq!(send(Some("application/vnd.api+json; charset=utf-8"), &other).await.status, 201);
}

#[actix_web::test]
async fn responses_repeat_no_password() {
    let server = Server::new().await;
    let secret = "Sesame, open 1!";
    for body in [
        json!({"organization_name": "a", "email": "x", "password": secret}),
        // A password in another field, and within a member.
        json!({"organization_name": secret, "email": "x", "password": secret}),
        json!({"organization_name": format!("Acme {secret}"), "password": secret}),
        json!({"organization_name": secret.to_uppercase(), "email": secret, "password": secret}),
        json!({"organization_name": {"password": secret}, "email": [secret]}),
        json!({"organization_name": "a", "password": {"is": secret}}),
        json!({"organization_name": "a", "password": [secret]}),
        json!([{"password": secret}]),
        json!(secret),
    ] {
        let response = create(&server, &body).await;
        assert!(!response.items().is_empty());
        let body_text = response.text().to_lowercase();
        assert!(!body_text.contains("sesame"), "{body}: {body_text}");
    }
    let numbers = json!({"organization_name": 12345678, "email": "x", "password": 12345678});
    assert!(!create(&server, &numbers).await.text().contains("12345678"));
    let cut_off = format!("{{\"password\": \"{secret}\", ");
    let call = post("/org/create").header("Content-Type", "application/json").body(cut_off);
    assert!(!server.send(call).await.text().contains("Sesame"));
}
