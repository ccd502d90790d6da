//! The life of an organization.

use serde_json::{Value, json};

use crate::support::{OPERATOR, PASSWORD, Server, delete, get, organization, patch, post, text};

#[actix_web::test]
async fn a_created_organization_has_location_and_etag() {
    let server = Server::new().await;
    let request = json!({
        "name": "Tesla Inc",
        "description": "Cars\nand more",
        "metadata": {"plan": {"seats": 3}},
        "owner": {"email": "ada@example.com", "name": "Ada", "password": PASSWORD},
    });
    let created = server.send(post("/v1/organizations").json(&request)).await;
    assert_eq!(created.status, 201);
    let shown = created.json();
    let id = text(&shown["id"]);
    assert_eq!(created.header("location"), format!("/v1/organizations/{id}"));
    assert_eq!(created.header("etag"), format!("\"{}\"", shown["version"]));
    assert_eq!(
        shown,
        json!({
            "id": id,
            "name": "Tesla Inc",
            "slug": "tesla_inc",
            "description": "Cars\nand more",
            "metadata": {"plan": {"seats": 3}},
            "status": "active",
            "collection_name": "org_tesla_inc",
            "rate_limit": null,
            "quota": {"documents": 0, "bytes": 0},
            "created_at": "2026-01-01T00:00:00.000Z",
            "updated_at": "2026-01-01T00:00:00.000Z",
            "deleted_at": null,
            "deleted_by": null,
            "version": 2,
        })
    );
    assert!(!created.text().contains(PASSWORD));

    let token = server.login("ADA@example.com").await;
    let read = server.send(get(created.header("location")).token(&token)).await;
    assert_eq!((read.json(), read.header("etag")), (shown, created.header("etag")));
}

#[actix_web::test]
async fn optional_members_may_be_null() {
    let server = Server::new().await;
    let request = json!({
        "name": "Acme", "description": null, "metadata": null,
        "owner": {"email": "ada@example.com", "name": null, "password": PASSWORD},
    });
    let created = server.send(post("/v1/organizations").json(&request)).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.json()["description"], Value::Null);
    assert_eq!(created.json()["metadata"], json!({}));
}

#[actix_web::test]
async fn names_and_addresses_are_unique() {
    let server = Server::new().await;
    server.member("Tesla Inc", "ada@example.com").await;
    for (name, email, code) in [
        ("tesla-inc", "bob@example.com", "name_taken"),
        ("Other", "ADA@example.com", "email_taken"),
    ] {
        let response =
            server.send(post("/v1/organizations").json(&organization(name, email))).await;
        assert_eq!(response.problem(409), code);
    }
}

#[actix_web::test]
async fn creation_can_be_restricted_to_operators() {
    let server = Server::for_operators().await;
    let create = |name, email| post("/v1/organizations").json(&organization(name, email));
    let response = server.send(create("Acme", "ada@example.com")).await;
    assert_eq!(response.problem(401), "unauthenticated");
    let response = server.send(create("Acme", "ada@example.com").token(OPERATOR)).await;
    assert_eq!(response.status, 201);
    let token = server.login("ada@example.com").await;
    let response = server.send(create("Other", "bob@example.com").token(&token)).await;
    assert_eq!(response.problem(403), "forbidden");
}

#[actix_web::test]
async fn a_partial_change_keeps_other_members() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let change = |body: Value| patch(&ada.path, &body).token(&ada.token);

    let metadata = json!({"metadata": {"plan": "free", "limits": {"seats": 3, "gib": 1}}});
    let first = server.send(change(metadata)).await;
    assert_eq!(first.status, 200);
    assert_eq!(first.header("etag"), "\"3\"");

    let merged = json!({"description": "Anvils", "metadata": {"limits": {"gib": null}}});
    let second = server.send(change(merged)).await.json();
    assert_eq!(second["description"], "Anvils");
    assert_eq!(second["metadata"], json!({"plan": "free", "limits": {"seats": 3}}));
    assert_eq!(second["name"], "Acme");

    let cleared = server.send(change(json!({"description": null, "metadata": null}))).await;
    assert_eq!(cleared.json()["description"], Value::Null);
    assert_eq!(cleared.json()["metadata"], json!({}));

    let nothing = server.send(change(json!({}))).await;
    assert_eq!(nothing.json(), cleared.json(), "nothing changed, so no new version");
}

#[actix_web::test]
async fn a_rename_moves_the_collection() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    server.member("Globex", "bob@example.com").await;
    let rename = |name: &str| patch(&ada.path, &json!({"name": name})).token(&ada.token);

    let renamed = server.send(rename("Acme International")).await;
    assert_eq!(renamed.status, 200);
    assert_eq!(renamed.json()["slug"], "acme_international");
    assert_eq!(renamed.json()["collection_name"], "org_acme_international");
    assert_eq!(server.send(rename("GLOBEX")).await.problem(409), "name_taken");
    assert_eq!(
        server.send(get(&ada.path).token(&ada.token)).await.json(),
        renamed.json(),
        "a refused rename changes nothing"
    );
}

#[actix_web::test]
async fn oversized_merged_metadata_is_refused_with_its_pointer() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for key in ["a", "b"] {
        let half = json!({"metadata": {key: "x".repeat(9 * 1024)}});
        let response = server.send(patch(&ada.path, &half).token(&ada.token)).await;
        if key == "b" {
            assert_eq!(response.problem(400), "validation_failed");
            assert_eq!(response.errors(), [("/metadata".to_owned(), "too_large".to_owned())]);
        } else {
            assert_eq!(response.status, 200);
        }
    }
}

#[actix_web::test]
async fn a_suspended_organization_is_inaccessible_until_activated() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let suspend = format!("{}/suspend", ada.path);

    let response = server.send(post(&suspend).token(&ada.token)).await;
    assert_eq!(response.problem(403), "forbidden");
    for _ in 0..2 {
        let response = server.send(post(&suspend).token(OPERATOR)).await;
        assert_eq!((response.status.as_u16(), response.header("etag")), (200, "\"3\""));
        assert_eq!(response.json()["status"], "suspended");
    }
    let response = server.send(get(&ada.path).token(&ada.token)).await;
    assert_eq!(response.problem(403), "organization_suspended");
    let credentials = json!({"email": "ada@example.com", "password": PASSWORD});
    let response = server.send(post("/v1/auth/login").json(&credentials)).await;
    assert_eq!(response.problem(403), "organization_suspended");

    let activate = format!("{}/activate", ada.path);
    let response = server.send(post(&activate).token(OPERATOR)).await;
    assert_eq!(response.json()["status"], "active");
    assert_eq!(server.send(get(&ada.path).token(&ada.token)).await.status, 200);
}

#[actix_web::test]
async fn only_the_operator_reads_a_deleted_organization() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let response = server.send(delete(&ada.path).token(&ada.token)).await;
    assert_eq!((response.status.as_u16(), response.text().as_str()), (204, ""));

    let response = server.send(get(&ada.path).token(&ada.token)).await;
    assert_eq!(response.problem(404), "organization_not_found");
    let kept = server.send(get(&ada.path).token(OPERATOR)).await.json();
    assert_eq!(kept["status"], "deleted");
    assert_eq!(kept["deleted_by"], ada.admin_id);
    assert_eq!(kept["deleted_at"], "2026-01-01T00:00:00.000Z");
    let again = server.send(delete(&ada.path).token(OPERATOR)).await;
    assert_eq!(again.problem(404), "organization_not_found");

    let next = server.member("Acme", "ada@example.com").await;
    assert_ne!(next.id, ada.id, "name and address are free again");
}

#[actix_web::test]
async fn tokens_of_a_deleted_organization_are_refused() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    server.send(delete(&ada.path).token(&ada.token)).await;
    for call in [
        get("/v1/me"),
        get("/v1/organizations"),
        post("/v1/organizations").json(&organization("Globex", "bob@example.com")),
    ] {
        let response = server.send(call.token(&ada.token)).await;
        assert_eq!(response.problem(401), "token_invalid");
        assert_eq!(response.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    }
    for path in ["", "/admins", "/documents", "/documents/x"] {
        let response = server.send(get(&format!("{}{path}", ada.path)).token(&ada.token)).await;
        assert_eq!(response.problem(404), "organization_not_found", "{path}");
    }
}

#[actix_web::test]
async fn the_operator_deletes_an_organization() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    assert_eq!(server.send(delete(&ada.path).token(OPERATOR)).await.status, 204);
    let kept = server.send(get(&ada.path).token(OPERATOR)).await.json();
    assert_eq!(kept["deleted_by"], "operator");
}
