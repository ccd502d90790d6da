//! Dialect `org-envelope`: what it answers otherwise than `org`, whose work it shares.

mod admin;
mod create;
mod delete;
mod get;
mod update;

use serde_json::{Value, json};

use super::{keys, naive};
use crate::support::{Answer, OPERATOR, Server, get};

impl Answer {
    /// Checks that this is a success in an envelope, and returns what is inside.
    fn data(&self, status: u16, message: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/json");
        let body = self.json();
        assert_eq!(keys(&body), ["data", "message", "success"]);
        assert_eq!((&body["success"], &body["message"]), (&json!(true), &json!(message)));
        body["data"].clone()
    }
}

/// What is shown of an organization, by what version 1 tells the operator.
async fn expected(server: &Server, id: &Value, admin_email: &str) -> Value {
    let path = format!("/v1/organizations/{}", id.as_str().unwrap());
    let known = server.send(get(&path).token(OPERATOR)).await.json();
    json!({"organization": {
        "id": id,
        "name": known["name"],
        "collection_name": known["collection_name"],
        "admin_email": admin_email,
        "created_at": naive(&known["created_at"]),
        "updated_at": naive(&known["updated_at"]),
        "is_active": known["status"] == "active",
    }})
}
