//! `PUT /org/update`.

use serde_json::{Value, json};

use crate::compat::{CHOSEN, Tenant, keys, put, wrong};
use crate::support::{OPERATOR, Response, Server, call, delete, get, post};

async fn update(server: &Server, of: &Tenant, query: &str, body: &Value) -> Response {
    server.send(put(&format!("/org/update{query}"), body).token(&of.token)).await
}

async fn shown(server: &Server, name: &str) -> Value {
    server.send(get(&format!("/org/get?organization_name={name}"))).await.json()
}

#[actix_web::test]
async fn name_address_and_password_are_updated_by_one_request() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let body = json!({
        "organization_name": "Acme Labs",
        "email": "Ada@Example.org",
        "password": "Another horse 6",
        "plan": ["is ignored"],
    });
    let response = update(&server, &ada, "", &body).await;
    assert_eq!(response.status, 200, "{}", response.text());
    let updated = response.json();
    assert_eq!(keys(&updated), ["message", "organization"]);
    assert_eq!(updated["message"], "Organization updated successfully");
    let organization = &updated["organization"];
    let members =
        ["admin_email", "collection_name", "created_at", "id", "organization_name", "updated_at"];
    assert_eq!(keys(organization), members);
    assert_eq!(organization["id"], ada.id);
    assert_eq!(organization["organization_name"], "acme_labs");
    assert_eq!(organization["admin_email"], "ada@example.org");
    assert_eq!(shown(&server, "acme_labs").await, *organization);
    server.token("ADA@example.org", "Another horse 6").await.unwrap();
    for (email, password) in [("ada@example.com", "Another horse 6"), ("ada@example.org", CHOSEN)] {
        let refused = server.token(email, password).await.err().unwrap();
        assert_eq!(refused.detail(401), "Invalid credentials");
    }
    assert_eq!(server.send(get("/admin/me").token(&ada.token)).await.status, 200);
}

#[actix_web::test]
async fn an_empty_change_changes_nothing() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let before = shown(&server, "acme_inc").await;
    server.clock.advance(std::time::Duration::from_secs(60));
    for body in [
        json!({}),
        json!({"organization_name": null, "email": null, "password": null}),
        json!({"organization_name": "acme_inc"}),
        json!({"organization_name": "ACME INC"}),
        json!({"email": "ADA@example.com"}),
        json!({"plan": 1}),
    ] {
        for query in ["", "?current_org_name=acme_inc", "?current_org_name=Acme%20Inc&other=1"] {
            let response = update(&server, &ada, query, &body).await;
            assert_eq!(response.status, 200, "{body}: {}", response.text());
            assert_eq!(response.json()["organization"], before, "{body}");
        }
    }
    assert_eq!(shown(&server, "acme_inc").await, before);
    server.token("ada@example.com", CHOSEN).await.unwrap();
}

#[actix_web::test]
async fn a_former_name_is_free_immediately() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    update(&server, &ada, "", &json!({"organization_name": "Acme Labs"})).await;
    let gone = server.send(get("/org/get?organization_name=acme_inc")).await;
    assert_eq!(gone.detail(404), "Organization 'acme_inc' not found");
    let bob = server.tenant("Acme Inc", "bob@example.com").await;
    assert_eq!(shown(&server, "acme_inc").await["id"], bob.id);
    // The former name belongs to another organization now.
    let response = update(&server, &ada, "?current_org_name=acme_inc", &json!({})).await;
    assert_eq!(response.detail(403), "Not authorized to update this organization");
}

#[actix_web::test]
async fn taken_names_and_addresses_are_refused_and_change_nothing() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    server.tenant("Globex", "bob@example.com").await;
    let before = shown(&server, "acme_inc").await;
    let named = "Organization 'globex' already exists";
    let addressed = "Admin with email 'bob@example.com' already exists";
    for (body, said) in [
        (json!({"organization_name": "GLOBEX"}), named),
        (json!({"email": "BOB@example.com"}), addressed),
        (json!({"organization_name": "Free Name", "email": "bob@example.com"}), addressed),
        (json!({"organization_name": "Globex", "email": "free@example.com"}), named),
        (json!({"organization_name": "Globex", "password": "Another horse 6"}), named),
        (json!({"email": "bob@example.com", "password": "Another horse 6"}), addressed),
    ] {
        let response = update(&server, &ada, "", &body).await;
        assert_eq!(response.detail(409), said, "{body}");
        assert_eq!(shown(&server, "acme_inc").await, before, "{body}");
        server.token("ada@example.com", CHOSEN).await.unwrap();
    }
    let free = server.send(get("/org/get?organization_name=free_name")).await;
    assert_eq!(free.detail(404), "Organization 'free_name' not found");
}

#[actix_web::test]
async fn only_the_own_organization_can_be_updated() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    server.tenant("Globex", "bob@example.com").await;
    let rename = json!({"organization_name": "Initech"});
    let response = update(&server, &ada, "?current_org_name=globex", &rename).await;
    assert_eq!(response.detail(403), "Not authorized to update this organization");
    let response = update(&server, &ada, "?current_org_name=Unknown%20There", &rename).await;
    assert_eq!(response.detail(404), "Organization 'unknown_there' not found");
    for query in ["?current_org_name=", "?current_org_name=a-b-c"] {
        let response = update(&server, &ada, query, &rename).await;
        assert_eq!(response.wrong()[0].1, "query.current_org_name", "{query}");
    }
    assert_eq!(shown(&server, "acme_inc").await["id"], ada.id);
}

#[actix_web::test]
async fn unauthorized_callers_are_refused_before_validation() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let admins = format!("/v1/organizations/{}/admins", ada.id);
    let bob = json!({"email": "bob@example.com", "password": CHOSEN, "role": "viewer"});
    server.send(post(&admins).token(&ada.token).json(&bob)).await;
    let viewer = server.token("bob@example.com", CHOSEN).await.unwrap();
    let bad = || call("PUT", "/org/update?current_org_name=-").body("{");
    let good = || put("/org/update", &json!({"organization_name": "Initech"}));
    for call in [bad, good] {
        assert_eq!(server.send(call()).await.detail(401), "Not authenticated");
        let basic = call().header("Authorization", "Basic YTpi");
        assert_eq!(server.send(basic).await.detail(401), "Not authenticated");
        let garbage = server.send(call().token("garbage")).await;
        assert_eq!(garbage.detail(401), "Could not validate credentials");
    }
    for token in [&viewer[..], OPERATOR] {
        let response = server.send(good().token(token)).await;
        assert_eq!(response.detail(403), "Not authorized to update this organization");
    }
    server.send(delete("/org/delete").token(&ada.token)).await;
    for call in [bad, good] {
        let gone = server.send(call().token(&ada.token)).await;
        assert_eq!(gone.detail(404), "Organization not found");
    }
}

/// The response has the address of the public contact, whichever admin sends the request.
#[actix_web::test]
async fn an_admin_updates_its_own_account() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let admins = format!("/v1/organizations/{}/admins", ada.id);
    let bob = json!({"email": "bob@example.com", "password": CHOSEN, "role": "admin"});
    server.send(post(&admins).token(&ada.token).json(&bob)).await;
    let token = server.token("bob@example.com", CHOSEN).await.unwrap();
    let change = put("/org/update", &json!({"email": "bob@example.org"})).token(&token);
    let response = server.send(change).await;
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(response.json()["organization"]["admin_email"], "ada@example.com");
    server.token("bob@example.org", CHOSEN).await.unwrap();
    server.token("ada@example.com", CHOSEN).await.unwrap();
}

#[actix_web::test]
async fn a_missing_body_is_reported() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let response = server.send(call("PUT", "/org/update").token(&ada.token)).await;
    assert_eq!(response.wrong(), wrong(&[("missing", "body")]));
    let body = json!({"organization_name": 1, "email": [], "password": {"is": "Sesame"}});
    let response = update(&server, &ada, "", &body).await;
    let places = ["body.organization_name", "body.email", "body.password"];
    assert_eq!(response.wrong(), wrong(&places.map(|place| ("string_type", place))));
    assert!(!response.text().contains("Sesame"));
}
