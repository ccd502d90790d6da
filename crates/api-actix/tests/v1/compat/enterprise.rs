//! Dialect `enterprise`.

mod create;
mod delete;
mod get;
mod limits;
mod list;
mod login;
mod mounting;
mod update;

use serde_json::{Value, json};

use super::Tenant;
use crate::support::{Call, PASSWORD, Server, post, text};

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
pub(crate) fn body(name: &str, email: &str) -> Value {
    json!({
        "name": name,
        "description": "Anvils and more",
        "admin_email": email,
        "admin_password": PASSWORD,
        "admin_name": "Ada Lovelace",
    })
}

fn login(email: &str, password: &str) -> Call {
    super::login("/auth/login", email, password)
}

impl Tenant {
    /// Its path in this dialect.
    pub(crate) fn path(&self) -> String {
        format!("/organizations/{}", self.id)
    }
}

impl Server {
    /// Creates an organization, and logs its admin in.
    pub(crate) async fn founded_organization(&self, name: &str, email: &str) -> Tenant {
        let created = self.send(post("/organizations/").json(&body(name, email))).await;
        assert_eq!(created.status, 201, "{}", created.text());
        let login = self.send(login(email, PASSWORD)).await.data(200, Some("Login successful"));
        Tenant {
            id: text(&login["organization_id"]),
            admin_id: text(&login["admin_id"]),
            token: text(&login["access_token"]),
        }
    }
}

/// Expects an organization, with RFC 3339 timestamps.
fn is_organization(shown: &Value) {
    let members: Vec<_> = shown.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, SHAPE);
    for time in ["created_at", "updated_at"] {
        let time = text(&shown[time]);
        assert!(time.len() == "2026-11-21T17:02:35.123Z".len() && time.ends_with('Z'), "{time}");
    }
    assert_eq!(shown["is_deleted"], false);
}
