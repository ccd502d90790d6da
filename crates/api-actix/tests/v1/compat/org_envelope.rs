//! Dialect `org-envelope`: what it answers otherwise than `org`, whose work it shares.

mod admin;
mod create;
mod delete;
mod get;
mod update;

use serde_json::{Value, json};

use super::naive;
use crate::support::{OPERATOR, Server, get};

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
