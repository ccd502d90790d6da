//! A valid request for each operation.

use serde_json::json;

use super::table::Who;
use super::world::{Caller, ResourceIds};
use crate::openapi::Operation;
use crate::support::{Call, PASSWORD, call, organization};

const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// The request of `caller` about `place`.
pub(super) fn request(
    operation: &Operation,
    who: Who,
    caller: &Caller,
    place: &ResourceIds,
) -> Call {
    let path = operation
        .path
        .replace("{organization_id}", &place.organization)
        .replace("{admin_id}", &place.admin)
        .replace("{document_id}", &place.document)
        .replace("{session_id}", &place.session);
    let name = place.name.replace(' ', "%20");
    let path = match operation.id() {
        "org_get" | "org_delete" | "org_envelope_get" | "org_envelope_delete" => {
            format!("{path}?organization_name={name}")
        }
        "org_update" | "org_envelope_update" => format!("{path}?current_org_name={name}"),
        _ => path,
    };
    let call = match body(operation, who, caller) {
        Some((media_type, body)) => {
            call(&operation.method, &path).header("Content-Type", media_type).body(body)
        }
        None => call(&operation.method, &path),
    };
    match &caller.token {
        Some(token) => call.token(token),
        None => call,
    }
}

/// A body and its media type.
fn body(operation: &Operation, who: Who, caller: &Caller) -> Option<(&'static str, String)> {
    let body = match operation.id() {
        "create_organization" => {
            organization(&format!("New of {who:?}"), &format!("{who:?}@new.example.com"))
        }
        // The operator sets limits, and nothing else.
        "update_organization" if who == Who::Operator => json!({"rate_limit": 7}),
        "update_organization" => json!({"description": "changed"}),
        "create_admin" => {
            json!({"email": "colleague@new.example.com", "password": PASSWORD, "role": "viewer"})
        }
        "update_admin" => json!({"name": "changed"}),
        "insert_document" | "import_documents" => json!({"_id": "new", "n": 1}),
        "put_document" | "update_document" => json!({"n": 2}),
        "org_create" | "org_envelope_create" => json!({
            "organization_name": format!("Other of {who:?}"),
            "email": format!("{who:?}@other.example.com"),
            "password": "Correct horse 5",
        }),
        "org_update" | "org_envelope_update" => {
            json!({"organization_name": format!("Renamed by {who:?}")})
        }
        "enterprise_create" => json!({
            "name": format!("Third of {who:?}"),
            "admin_email": format!("{who:?}@third.example.com"),
            "admin_password": PASSWORD,
            "admin_name": "Ada",
        }),
        "enterprise_update" => json!({"name": format!("Changed by {who:?}")}),
        "login"
        | "org_login"
        | "org_admin_login"
        | "org_envelope_admin_login"
        | "enterprise_login" => json!({"email": caller.email, "password": PASSWORD}),
        "refresh" => json!({"refresh_token": caller.refresh_token}),
        "change_password" => {
            json!({"current_password": PASSWORD, "new_password": "staple and a second horse"})
        }
        "issue_token" => json!({"audience": "billing"}),
        id => {
            assert!(!operation.has_body(), "what is the body of {id}?");
            return None;
        }
    };
    let media_type = match operation.method.as_str() {
        _ if operation.id() == "import_documents" => LINES,
        "PATCH" => MERGE_PATCH,
        _ => JSON,
    };
    Some((media_type, body.to_string()))
}
