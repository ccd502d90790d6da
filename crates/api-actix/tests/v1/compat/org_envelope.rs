//! Dialect `org-envelope`: where its responses differ from those of `org`.

mod admin;
mod create;
mod delete;
mod get;
mod update;

use serde_json::{Value, json};

use super::naive;
use crate::support::{OPERATOR, Server, get};

/// The expected response, computed from what version 1 returns to the operator.
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
