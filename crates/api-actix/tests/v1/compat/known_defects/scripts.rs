//! Names in other scripts.

use serde_json::json;

use crate::compat::{put, sign_up, wrong};
use crate::support::{OPERATOR, Server, get, organization, post, text};

const NAMES: [&str; 6] = ["日本", "中国", "Ελλάδα", "Россия", "ישראל", "भारत"];

/// R0 mapped each of them to `org_`, and refused the second.
#[actix_web::test]
async fn defect_15_names_in_other_scripts_do_not_collide() {
    let server = Server::new().await;
    let mut collections = Vec::new();
    for (n, name) in NAMES.into_iter().enumerate() {
        let body = organization(name, &format!("ada{n}@example.com"));
        let created = server.send(post("/v1/organizations").json(&body)).await;
        assert_eq!(created.status, 201, "{name}: {}", created.text());
        assert_eq!(created.json()["name"], name);
        let path = created.header("location").to_owned();
        let known = server.send(get(&path).token(OPERATOR)).await.json();
        let collection = text(&known["collection_name"]);
        assert_ne!(collection, "org_");
        collections.push((collection, name));
        let again = organization(name, "eve@example.com");
        let taken = server.send(post("/v1/organizations").json(&again)).await;
        assert_eq!(taken.problem(409), "name_taken", "{name}");
    }
    // With the shared placement, they share one collection.
    if collections[0].0 != collections[1].0 {
        collections.sort();
        collections.dedup_by(|one, other| one.0 == other.0);
        assert_eq!(collections.len(), NAMES.len(), "{collections:?}");
    }
}

/// The dialect supports only other names: it refuses these instead of transliterating them.
#[actix_web::test]
async fn defect_15_names_outside_the_alphabet_of_the_dialect_are_refused() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let refused = wrong(&[("value_error", "body.organization_name")]);
    for name in ["日本国", "中华人民共和国", "Ελλάδα", "Россия", "Acme 日本", "Ⅷ Legion"]
    {
        let response =
            server.send(post("/org/create").json(&sign_up(name, "bob@example.com"))).await;
        assert_eq!(response.wrong(), refused, "{name}");
        let rename = put("/org/update", &json!({"organization_name": name})).token(&ada.token);
        assert_eq!(server.send(rename).await.wrong(), refused, "{name}");
    }
    let me = server.send(get("/admin/me").token(&ada.token)).await.json();
    assert_eq!(me["organization_name"], "acme_inc");
}
