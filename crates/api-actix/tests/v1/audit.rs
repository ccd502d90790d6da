//! Audit trails.

mod access;
mod actions;
mod admins;
mod documents;
mod exports;
mod lists;
mod logins;
mod organizations;
mod secrets;
mod streams;

use serde_json::{Map, Value, json};

use crate::support::{Call, Member, OPERATOR, Response, Server, get};

/// The trail of the installation.
const INSTALLATION: &str = "/v1";

/// The events below `path`, as the operator reads them.
pub(crate) async fn events(server: &Server, path: &str) -> Vec<Value> {
    let list = format!("{path}/audit-events?limit=100");
    let page = server.send(get(&list).token(OPERATOR)).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(page.json()["next"], Value::Null, "one page has all");
    page.json()["items"].as_array().unwrap().clone()
}

/// Sends `call` with a request id of its own, expects success, and returns the events that it
/// recorded in the trail below `path`.
pub(crate) async fn recorded_by(server: &Server, path: &str, call: Call) -> Vec<Value> {
    let (response, recorded) = response_and_events(server, path, call).await;
    assert!(response.status.is_success(), "{}", response.text());
    recorded
}

/// Like [`recorded_by`], for any response.
async fn response_and_events(server: &Server, path: &str, call: Call) -> (Response, Vec<Value>) {
    let name = format!("test_{}", events(server, path).await.len());
    let response = server.send(call.header("X-Request-Id", &name)).await;
    let recorded = events(server, path).await;
    (response, recorded.iter().filter(|event| event["request_id"] == name).map(essence).collect())
}

/// An event without position, id and time, whose format is checked.
fn essence(event: &Value) -> Value {
    let members = event.as_object().unwrap();
    let is_hash = |name: &str| {
        members[name].as_str().is_some_and(|hash| {
            hash.len() == 64
                && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        })
    };
    assert!(is_hash("hash") && is_hash("prev_hash"), "{event}");
    assert!(members["seq"].is_u64() && members["id"].is_string(), "{event}");
    assert!(members["at"].as_str().is_some_and(|at| at.ends_with("000Z")), "{event}");
    let compared = ["action", "actor", "target", "changes"];
    assert_eq!(members.len(), compared.len() + 8, "{event}");
    compared
        .iter()
        .map(|name| ((*name).to_owned(), members[*name].clone()))
        .collect::<Map<_, _>>()
        .into()
}

/// The members of an event that [`event`] has.
pub(crate) fn event(action: &str, actor: &Value, target: (&str, &str), changes: &Value) -> Value {
    let (kind, id) = target;
    let id = if id.is_empty() { Value::Null } else { json!(id) };
    json!({"action": action, "actor": actor, "target": {"type": kind, "id": id}, "changes": changes})
}

pub(crate) fn admin(member: &Member, email: &str) -> Value {
    json!({"type": "admin", "id": member.admin_id, "name": email})
}

fn anonymous() -> Value {
    json!({"type": "anonymous", "id": null, "name": null})
}

fn operator() -> Value {
    json!({"type": "operator", "id": null, "name": null})
}

/// A changed member.
pub(crate) fn change(before: impl Into<Value>, after: impl Into<Value>) -> Value {
    json!({"before": before.into(), "after": after.into()})
}
