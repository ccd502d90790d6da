//! Expected audit events of an organization: one for each acknowledged change.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{OPERATOR, Unsure};
use crate::api::Api;

/// The acknowledged changes of an organization, which all differ.
pub(super) struct ExpectedEvents {
    id: String,
    changes: BTreeSet<String>,
}

impl ExpectedEvents {
    /// The events of an organization whose creation was acknowledged.
    pub(super) fn created(id: &str) -> Self {
        Self { id: id.to_owned(), changes: BTreeSet::from(["created".to_owned()]) }
    }

    /// Adds an acknowledged change.
    pub(super) fn add(&mut self, change: &Unsure) {
        self.changes.insert(name(change));
    }

    /// Compares them with the trail. Changes in `unsure` may have an event.
    pub(super) async fn check(&mut self, api: &Api, unsure: Option<&Unsure>) {
        let trail = format!("/v1/organizations/{}/audit-events", self.id);
        let events = api.all(OPERATOR, &format!("{trail}?limit=100")).await.unwrap();
        let mut found = BTreeSet::new();
        for change in events.iter().filter_map(change) {
            assert!(!found.contains(&change), "{change} is recorded twice: {events:?}");
            found.insert(change);
        }
        if let Some(unsure) = unsure.map(name).filter(|unsure| found.contains(unsure)) {
            self.changes.insert(unsure);
        }
        assert_eq!(found, self.changes, "the trail of {} with {unsure:?}", self.id);
        let verified = api.send(api.get(&format!("{trail}/verify"), OPERATOR)).await.unwrap().body;
        assert_eq!(verified["intact"], true, "{verified}");
    }
}

fn name(change: &Unsure) -> String {
    match change {
        Unsure::Create { .. } => "created".to_owned(),
        Unsure::Insert(id, _) => format!("inserted {id}"),
        Unsure::Remove(id) => format!("removed {id}"),
        Unsure::Rename(name) => format!("renamed {name}"),
        Unsure::Delete => "deleted".to_owned(),
    }
}

/// The change that an event records; `None` for logins.
fn change(event: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    match event["action"].as_str().unwrap() {
        "organization.created" => Some("created".to_owned()),
        "organization.updated" => {
            Some(format!("renamed {}", text(&event["changes"]["name"]["after"])))
        }
        "organization.deleted" => Some("deleted".to_owned()),
        "document.inserted" => Some(format!("inserted {}", text(&event["target"]["id"]))),
        "document.deleted" => Some(format!("removed {}", text(&event["target"]["id"]))),
        _ => None,
    }
}
