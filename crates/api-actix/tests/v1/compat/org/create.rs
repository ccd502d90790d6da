//! `POST /org/create`.

use serde_json::{Value, json};

use crate::support::{Server, post};

fn acme() -> Value {
    json!({"organization_name": "Acme Inc", "email": "Ada@Example.com", "password": "Correct horse 5"})
}

#[actix_web::test]
async fn an_organization_is_made() {
    let server = Server::new().await;
    let made = server.send(post("/org/create").json(&acme())).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let body = made.json();
    assert_eq!(body["organization"]["organization_name"], "acme_inc");
    let again = server.send(post("/org/create").json(&acme())).await;
    assert_eq!(again.detail(400), "Organization 'acme_inc' already exists");
    let empty = server.send(post("/org/create").json(&json!({"email": 1, "password": "x"}))).await;
    assert_eq!(empty.wrong().len(), 3, "{}", empty.text());
}
