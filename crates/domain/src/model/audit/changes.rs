//! Changes that an event records.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::chain::canonical;
use crate::model::{Admin, Document, DocumentTag, Organization, Phase};

/// The changed fields, each with its value before and after; a missing field is null. Secrets are
/// never recorded. A value over [`MAX_VALUE`] is replaced by its size and hash, and `omitted` names
/// the side.
///
/// [`MAX_VALUE`]: Self::MAX_VALUE
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Changes(Map<String, Value>);

/// The greatest integer that every JSON reader takes without loss (RFC 7493, section 2.2).
const MAX_SAFE: u64 = (1 << 53) - 1;

impl Changes {
    /// Maximum size of a value in an event, in bytes of canonical JSON. Metadata may be larger.
    pub const MAX_VALUE: usize = 4 * 1024;

    /// No recordable changes.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Changes of the creation of an organization with `owner`.
    #[must_use]
    pub fn created(organization: &Organization, owner: &Admin) -> Self {
        let mut changes = Self::between(&Map::new(), &shown_organization(organization));
        changes.add("owner", Value::Null, Value::Object(shown_admin(owner)));
        changes
    }

    /// Changes of the migration of an organization from the database `from`, with the numbers of
    /// its admins and documents.
    #[must_use]
    pub fn adopted(organization: &Organization, from: &str, admins: u64, documents: u64) -> Self {
        let mut changes = Self::between(&Map::new(), &shown_organization(organization));
        changes.add("from", Value::Null, json!(from));
        changes.add("admins", Value::Null, json!(admins));
        changes.add("documents", Value::Null, json!(documents));
        changes
    }

    /// Changes to an organization, with pending work shown as completed.
    #[must_use]
    pub fn of_organization(before: &Organization, after: &Organization) -> Self {
        Self::between(&shown_organization(before), &shown_organization(after))
    }

    /// Changes to an admin: all fields when it is created or removed.
    #[must_use]
    pub fn of_admin(before: Option<&Admin>, after: Option<&Admin>) -> Self {
        let shown = |admin: Option<&Admin>| admin.map(shown_admin).unwrap_or_default();
        Self::between(&shown(before), &shown(after))
    }

    /// Changes to a document: its tags, and never its content.
    #[must_use]
    pub fn of_document(before: Option<&DocumentTag>, after: Option<&Document>) -> Self {
        let mut changes = Self::none();
        let before = before.map_or(Value::Null, |tag| json!(tag.as_str()));
        let after = after.map_or(Value::Null, |document| json!(document.tag().as_str()));
        changes.add("etag", before, after);
        changes
    }

    /// A single field with its new value.
    #[must_use]
    pub fn noted(name: &str, value: impl Into<Value>) -> Self {
        let mut changes = Self::none();
        changes.add(name, Value::Null, value.into());
        changes
    }

    /// Whether there are no changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn between(before: &Map<String, Value>, after: &Map<String, Value>) -> Self {
        let mut changes = Self::none();
        let left_out = before.keys().filter(|key| !after.contains_key(*key));
        for name in after.keys().chain(left_out) {
            let value = |fields: &Map<String, Value>| fields.get(name).cloned().unwrap_or_default();
            changes.add(name, value(before), value(after));
        }
        changes
    }

    fn add(&mut self, name: &str, mut before: Value, mut after: Value) {
        if before != after {
            let mut omitted = Vec::new();
            for (side, value) in [("before", &mut before), ("after", &mut after)] {
                make_safe(value);
                if let Some(digest) = digest_of_large(value) {
                    *value = digest;
                    omitted.push(side);
                }
            }
            let mut change = json!({ "before": before, "after": after });
            if !omitted.is_empty() {
                change["omitted"] = json!(omitted);
            }
            self.0.insert(name.to_owned(), change);
        }
    }
}

/// The replacement for a value over [`Changes::MAX_VALUE`]: its size and the SHA-256 of its
/// canonical JSON (RFC 8785).
fn digest_of_large(value: &Value) -> Option<Value> {
    let json = canonical(value)?;
    let digest = || HEXLOWER.encode(&Sha256::digest(&json));
    (json.len() > Changes::MAX_VALUE).then(|| json!({ "bytes": json.len(), "sha256": digest() }))
}

/// Writes integers as text that canonical JSON would round (RFC 8785, section 3.2.2.3): two that
/// differ must not have the same hash.
fn make_safe(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            if size.is_some_and(|size| size > MAX_SAFE) {
                *value = Value::String(number.to_string());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(make_safe),
        Value::Object(members) => members.values_mut().for_each(make_safe),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// The recordable fields of an organization. Pending work is shown as completed, because it will
/// be.
fn shown_organization(organization: &Organization) -> Map<String, Value> {
    let (name, slug) = match organization.next_name() {
        Some((name, slug, _)) => (name, slug),
        None => (organization.name(), organization.slug()),
    };
    let status = match organization.phase() {
        Phase::Suspended
        | Phase::Suspending { .. }
        | Phase::Provisioning { suspension: Some(_), .. } => "suspended",
        Phase::Deleting { .. } | Phase::Deleted => "deleted",
        Phase::Provisioning { .. }
        | Phase::Active
        | Phase::Renaming { .. }
        | Phase::AddingAdmin { .. }
        | Phase::UpdatingAdmin { .. } => "active",
    };
    fields(json!({
        "name": name,
        "slug": slug,
        "description": organization.description(),
        "metadata": organization.metadata(),
        "rate_limit": organization.rate_limit(),
        "quota": organization.quota(),
        "status": status,
    }))
}

fn shown_admin(admin: &Admin) -> Map<String, Value> {
    fields(json!({
        "id": admin.id(),
        "email": admin.email(),
        "name": admin.name(),
        "role": admin.role(),
        "is_active": admin.is_active(),
    }))
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_differing_members_are_recorded() {
        let before = fields(json!({"a": 1, "b": {"c": [1]}, "gone": true}));
        let after = fields(json!({"a": 1, "b": {"c": [2]}, "new": null}));
        assert_eq!(
            json!(Changes::between(&before, &after)),
            json!({
                "b": {"before": {"c": [1]}, "after": {"c": [2]}},
                "gone": {"before": true, "after": null},
            })
        );
    }

    #[test]
    fn a_large_value_is_recorded_by_size_and_hash() {
        let text = |bytes: usize| "x".repeat(bytes - 2);
        let changes = |before: usize, after: usize| {
            let value = |bytes| fields(json!({ "n": text(bytes) }));
            json!(Changes::between(&value(before), &value(after)))["n"].take()
        };
        let most = Changes::MAX_VALUE;
        assert_eq!(changes(2, most), json!({"before": "", "after": text(most)}));
        let large = changes(most + 1, 3);
        assert_eq!((&large["after"], &large["omitted"]), (&json!("x"), &json!(["before"])));
        assert_eq!(large["before"]["bytes"], most + 1);
        assert_eq!(large["before"]["sha256"].as_str().unwrap().len(), 64);
        assert_ne!(changes(most + 1, most + 2)["before"], changes(most + 2, most + 1)["before"]);
        let both = changes(16 * 1024, 16 * 1024 + 1);
        assert_eq!(both["omitted"], json!(["before", "after"]));
        assert!(both.to_string().len() < 300, "{both}");
    }

    #[test]
    fn integers_beyond_double_precision_are_recorded_as_text() {
        let changes = Changes::noted(
            "n",
            json!([9007199254740991_u64, 9007199254740992_u64, -9007199254740993_i64, 1.5e300]),
        );
        assert_eq!(
            json!(changes)["n"]["after"],
            json!([9007199254740991_u64, "9007199254740992", "-9007199254740993", 1.5e300])
        );
    }
}
