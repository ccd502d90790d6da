//! References of the OpenAPI document: client generators ignore what they can't resolve.

use api_actix::{Dialects, OrgDialect};
use serde_json::{Value, json};

#[test]
fn every_reference_resolves() {
    let envelope = Dialects { org: Some(OrgDialect::Envelope), ..Dialects::default() };
    for dialects in [Dialects::default(), envelope] {
        let document = json!(api_actix::openapi(dialects));
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 100, "{}", found.len());
        found.retain(|reference| {
            let pointer = reference.strip_prefix('#').unwrap_or_default();
            pointer.is_empty() || document.pointer(pointer).is_none()
        });
        assert_eq!(found, Vec::<&str>::new());
    }
}

/// A list of admins and an admin have the same type.
#[test]
fn pages_and_envelopes_refer_to_their_item_schema() {
    let document = json!(api_actix::openapi(Dialects::default()));
    let schemas = &document["components"]["schemas"];
    let items = &schemas["Page_Admin"]["properties"]["items"]["items"];
    assert_eq!(*items, json!({ "$ref": "#/components/schemas/Admin" }));
    let data = &schemas["EnterpriseAnswer_EnterpriseToken"]["properties"]["data"];
    assert_eq!(*data, json!({ "$ref": "#/components/schemas/EnterpriseToken" }));
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}
