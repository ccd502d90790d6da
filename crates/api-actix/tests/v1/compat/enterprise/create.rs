//! `POST /organizations/`.

use domain::service::Signup;
use port_contracts::fakes::SettableClock;
use serde_json::{Value, json};

use super::{body, is_organization, login};
use crate::compat::wrong;
use crate::pending::accepted;
use crate::store::ports;
use crate::support::{OPERATOR, PASSWORD, Server, delete, get, post};

const MADE: Option<&str> = Some("Organization created successfully");

#[actix_web::test]
async fn an_organization_is_created_with_and_without_a_trailing_slash() {
    let server = Server::new().await;
    for (path, name, email, collection) in [
        ("/organizations/", "Acme Inc", "Ada@Example.com", "org_acme_inc"),
        ("/organizations", "Globex", "bob@example.com", "org_globex"),
    ] {
        let created = server.send(post(path).json(&body(name, email))).await.data(201, MADE);
        is_organization(&created);
        assert_eq!(created["name"], name, "its case is kept");
        assert_eq!(created["description"], "Anvils and more");
        if std::env::var("TENANTRY_TEST_PLACEMENT").is_err() {
            assert_eq!(created["collection_name"], collection);
        }
        let login = login(email, PASSWORD);
        let login = server.send(login).await.data(200, Some("Login successful"));
        assert_eq!(
            (&login["organization_id"], &login["admin_id"]),
            (&created["id"], &created["admin_id"])
        );
    }
}

#[actix_web::test]
async fn a_description_is_optional_and_unknown_members_are_ignored() {
    let server = Server::new().await;
    let mut without = body("Acme", "ada@example.com");
    without.as_object_mut().unwrap().remove("description");
    let mut null = body("Globex", "bob@example.com");
    null["description"] = Value::Null;
    null["plan"] = json!({"name": "free"});
    let [without, null] = [without, null].map(|body| body.to_string());
    let number = "1234567890".repeat(5);
    let null = null.replacen('{', &format!("{{\"number\": {number}, "), 1);
    for body in [without, null] {
        let create = post("/organizations/").header("Content-Type", "application/json");
        let created = server.send(create.body(body)).await.data(201, MADE);
        assert_eq!(created["description"], Value::Null);
    }
}

#[actix_web::test]
async fn a_taken_name_is_refused_in_any_spelling() {
    let server = Server::new().await;
    server.founded_organization("Acme Inc", "ada@example.com").await;
    for name in ["Acme Inc", "ACME INC", "acme-inc", " Acme  Inc "] {
        let response =
            server.send(post("/organizations/").json(&body(name, "b@example.com"))).await;
        let detail = format!("Organization with name '{}' already exists", name.trim());
        assert_eq!(response.detail(409), detail);
    }
}

#[actix_web::test]
async fn a_taken_address_is_refused_in_any_spelling() {
    let server = Server::new().await;
    server.founded_organization("Acme", "ada@example.com").await;
    let again = post("/organizations/").json(&body("Globex", "ADA@example.com"));
    let detail = "Admin with email 'ADA@example.com' already exists";
    assert_eq!(server.send(again).await.detail(409), detail);
    let freed = post("/organizations/").json(&body("Globex", "bob@example.com"));
    server.send(freed).await.data(201, MADE);
}

#[actix_web::test]
async fn name_and_address_of_a_deleted_organization_are_free_again() {
    let server = Server::new().await;
    let ada = server.founded_organization("Acme", "ada@example.com").await;
    assert_eq!(server.send(delete(&ada.path()).token(&ada.token)).await.status, 200);
    let again = server.founded_organization("ACME", "ada@example.com").await;
    assert_ne!(again.id, ada.id);
}

#[actix_web::test]
async fn names_have_letters_of_any_script_digits_and_separators() {
    let server = Server::new().await;
    let most = "n".repeat(100);
    for (n, name) in
        ["日本", "中国", "हिन्दी", "Größe_7-b c", "e\u{301}cole", "٣", &most].iter().enumerate()
    {
        let body = body(name, &format!("ada{n}@example.com"));
        let created = server.send(post("/organizations/").json(&body)).await.data(201, MADE);
        assert_eq!(created["name"], *name);
    }
    for (name, kind) in [
        ("", "string_too_short"),
        ("   ", "string_too_short"),
        (&"n".repeat(101)[..], "string_too_long"),
        ("___", "value_error"),
        ("Acme, Inc.", "value_error"),
        ("Acme\tInc", "value_error"),
        ("Acme\n", "value_error"),
        ("../etc", "value_error"),
        ("$where", "value_error"),
        ("😀", "value_error"),
        ("½", "value_error"),
    ] {
        let response =
            server.send(post("/organizations/").json(&body(name, "e@example.com"))).await;
        assert_eq!(response.wrong(), wrong(&[(kind, "body.name")]), "{name:?}");
    }
}

#[actix_web::test]
async fn each_member_is_validated() {
    let server = Server::new().await;
    for (member, value, kind) in [
        ("name", json!(null), "string_type"),
        ("name", json!(7), "string_type"),
        ("description", json!(7), "string_type"),
        ("description", json!("d".repeat(501)), "string_too_long"),
        ("admin_email", json!("ada"), "value_error"),
        ("admin_email", json!(["ada@example.com"]), "string_type"),
        ("admin_password", json!("7 chars"), "string_too_short"),
        ("admin_password", json!("p".repeat(129)), "string_too_long"),
        ("admin_password", json!("password"), "value_error"),
        ("admin_password", json!("ada@example.com"), "value_error"),
        ("admin_password", json!("acme inc"), "value_error"),
        ("admin_password", json!(null), "string_type"),
        ("admin_name", json!(""), "string_too_short"),
        ("admin_name", json!("n".repeat(101)), "string_too_long"),
        ("admin_name", json!({"first": "Ada"}), "string_type"),
    ] {
        let mut body = body("Acme Inc", "ada@example.com");
        body[member] = value.clone();
        let response = server.send(post("/organizations/").json(&body)).await;
        let place = format!("body.{member}");
        assert_eq!(response.wrong(), wrong(&[(kind, &place)]), "{member}: {value}");
        if member == "admin_password" {
            assert_eq!(response.json()["detail"][0].get("input"), None, "a password is not echoed");
        }
    }
    let most = json!({
        "name": "Acme", "description": "d".repeat(500), "admin_email": "ada@example.com",
        "admin_password": "p".repeat(128), "admin_name": "n".repeat(100),
    });
    server.send(post("/organizations/").json(&most)).await.data(201, MADE);
}

#[actix_web::test]
async fn all_missing_members_are_reported_at_once() {
    let server = Server::new().await;
    let response = server.send(post("/organizations/").json(&json!({"admin_email": 1}))).await;
    let expected = [
        ("missing", "body.name"),
        ("string_type", "body.admin_email"),
        ("missing", "body.admin_password"),
        ("missing", "body.admin_name"),
    ];
    assert_eq!(response.wrong(), wrong(&expected));
    assert_eq!(response.json()["detail"][1]["input"], 1);
}

#[actix_web::test]
async fn a_malformed_body_is_reported_as_one_error() {
    let server = Server::new().await;
    for (kind, body, expected) in [
        ("application/json", "", "missing"),
        ("application/json", "{\"name\": ", "json_invalid"),
        ("application/json", r#"{"name": "Acme", "name": "Globex"}"#, "json_invalid"),
        ("application/json", "[]", "value_error"),
        ("text/plain", "{}", "value_error"),
        ("application/x-www-form-urlencoded", "name=Acme", "value_error"),
    ] {
        let call = post("/organizations").header("Content-Type", kind).body(body);
        let response = server.send(call).await;
        assert_eq!(response.wrong(), wrong(&[(expected, "body")]), "{kind} {body}");
    }
    let large = post("/organizations/").json(&json!({"name": "x".repeat(300_000)}));
    assert!(server.send(large).await.detail(413).contains("256 KiB"));
}

#[actix_web::test]
async fn creation_can_be_restricted_to_operators() {
    let server = Server::for_operators().await;
    let create = || post("/organizations/").json(&body("Acme", "ada@example.com"));
    assert_eq!(server.send(create()).await.detail(401), "Not authenticated");
    assert_eq!(server.send(create().token("garbage")).await.detail(401), "Not authenticated");
    server.send(create().token(OPERATOR)).await.data(201, MADE);
    let token = server.login("ada@example.com").await;
    let other = post("/organizations/").json(&body("Globex", "bob@example.com"));
    let refused = server.send(other.token(&token)).await;
    assert_eq!(refused.detail(403), "The caller may not do this");
}

/// The reference service ignored tokens on this route.
#[actix_web::test]
async fn an_invalid_token_is_ignored() {
    let server = Server::new().await;
    let create = post("/organizations/").json(&body("Acme", "ada@example.com"));
    server.send(create.token("garbage")).await.data(201, MADE);
}

#[actix_web::test]
async fn an_accepted_organization_is_provisioned_later() {
    let wanted = body("Globex", "bob@example.com");
    let (server, _, response) = accepted(|_| post("/organizations/").json(&wanted)).await;
    let pending = response.data(202, MADE);
    is_organization(&pending);
    assert_eq!(pending["collection_name"], Value::Null);
    let path = format!("/organizations/{}", crate::support::text(&pending["id"]));
    let settled = server.send(get(&path)).await.data(200, None);
    assert_eq!(settled["admin_id"], pending["admin_id"]);
    assert_ne!(settled["collection_name"], Value::Null);
}

#[actix_web::test]
async fn an_unavailable_store_is_reported_as_503() {
    use port_contracts::faults::{Plan, When};
    let clock = std::sync::Arc::new(SettableClock::default());
    let ports = ports(&clock).await;
    let server = Server::over(ports.clone(), clock, Signup::Open).await;
    let down = server.under(&ports, &Plan::crash(1, When::Before)).await;
    let create = post("/organizations/").json(&body("Acme", "ada@example.com"));
    let response = down.send(create).await;
    assert_eq!(response.detail(503), "The store does not answer");
    assert_eq!(response.header("retry-after"), "2");
}
