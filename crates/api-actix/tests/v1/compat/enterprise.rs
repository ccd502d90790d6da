//! Dialect `enterprise`.

mod create;
mod delete;
mod get;
mod limits;
mod list;
mod login;
mod mounting;
mod system;
mod update;

use serde_json::{Value, json};

use crate::support::{Answer, PASSWORD, Server, post, text};

/// The members of an organization.
const SHAPE: [&str; 8] = [
    "id",
    "name",
    "description",
    "collection_name",
    "admin_id",
    "created_at",
    "updated_at",
    "is_deleted",
];

/// A body that creates an organization.
fn body(name: &str, email: &str) -> Value {
    json!({
        "name": name,
        "description": "Anvils and more",
        "admin_email": email,
        "admin_password": PASSWORD,
        "admin_name": "Ada Lovelace",
    })
}

fn credentials(email: &str, password: &str) -> Value {
    json!({"email": email, "password": password})
}

/// An organization that was made here, and the token of its admin.
struct Founded {
    id: String,
    admin_id: String,
    path: String,
    token: String,
}

impl Server {
    /// Creates an organization, and logs its admin in.
    async fn founded(&self, name: &str, email: &str) -> Founded {
        let made = self.send(post("/organizations/").json(&body(name, email))).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let login = post("/auth/login").json(&credentials(email, PASSWORD));
        let login = self.send(login).await.data(200, Some("Login successful"));
        let id = text(&login["organization_id"]);
        Founded {
            path: format!("/organizations/{id}"),
            id,
            admin_id: text(&login["admin_id"]),
            token: text(&login["access_token"]),
        }
    }
}

impl Answer {
    /// Checks that this is a failure with this text, which asks for a token.
    fn unauthorized(&self) -> String {
        assert_eq!(self.header("www-authenticate"), "Bearer");
        self.detail(401)
    }
}

/// Checks that this is an organization, with a time of RFC 3339 where there is one.
fn is_organization(shown: &Value) {
    let members: Vec<_> = shown.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, SHAPE);
    for time in ["created_at", "updated_at"] {
        let time = text(&shown[time]);
        assert!(time.len() == "2026-11-21T17:02:35.123Z".len() && time.ends_with('Z'), "{time}");
    }
    assert_eq!(shown["is_deleted"], false);
}
