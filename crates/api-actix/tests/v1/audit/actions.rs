//! The documentation of audit trails.

use api_actix::Dialects;
use domain::model::Action;
use serde_json::{Value, json};

/// The rows of the table below the line `head` in docs/API.md: a word and its meaning.
fn table(head: &str) -> Vec<(&'static str, &'static str)> {
    let page = include_str!("../../../../../docs/API.md");
    let rows = page.lines().skip_while(|line| *line != head).skip(2);
    let rows = rows.map_while(|line| line.strip_prefix("| `")?.strip_suffix(" |"));
    rows.map(|row| row.split_once("` | ").unwrap()).collect()
}

/// The enum values of `schema` in the OpenAPI document.
fn words(schema: &str) -> Vec<Value> {
    let document = json!(api_actix::openapi(Dialects::default()));
    document["components"]["schemas"][schema]["enum"].as_array().unwrap().clone()
}

#[test]
fn every_action_is_documented() {
    let actions = Action::ALL.iter();
    let expected: Vec<_> = actions.map(|action| (action.as_str(), action.meaning())).collect();
    assert_eq!(table("| action | what it says |"), expected);
    let expected: Vec<_> = Action::ALL.iter().map(|action| json!(action.as_str())).collect();
    assert_eq!(words("AuditAction"), expected);
}

#[test]
fn every_kind_of_break_is_documented() {
    let kinds: Vec<_> =
        table("| kind | what happened |").iter().map(|(kind, _)| json!(kind)).collect();
    assert_eq!(words("AuditBreakKind"), kinds);
}
