//! Events of an audit trail, as the description of the interface shows them. They are sent as they are kept.
#![expect(dead_code, reason = "the fields only describe domain::model::LoggedEvent")]

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::model::Action;
use serde_json::Value;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::SignedHeadBody;

/// Something that was done.
#[derive(ToSchema)]
#[schema(as = AuditEvent)]
pub(crate) struct EventBody {
    /// Its id, here and wherever it is sent to.
    #[schema(example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d91")]
    id: String,
    /// The organization that it concerns; null when it concerns none.
    #[schema(required = true, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    organization_id: Option<String>,
    /// Its place in the trail: 1 for the first, and one more for each that follows.
    #[schema(minimum = 1, example = 7)]
    seq: u64,
    /// When it was asked for.
    #[schema(format = DateTime, example = "2026-11-21T17:02:35.123Z")]
    at: String,
    /// What was done.
    action: ActionBody,
    /// Who did it.
    actor: ActorBody,
    /// To what.
    target: TargetBody,
    /// The fields that changed. Secrets are never among them, and neither are the contents of documents.
    #[schema(example = json!({"name": {"before": "Acme Inc", "after": "Acme Ltd"}}))]
    changes: BTreeMap<String, ChangeBody>,
    /// The address of the client; null when there was no request.
    #[schema(required = true, example = "192.0.2.7")]
    ip: Option<String>,
    /// What the request was called: its `X-Request-Id`.
    #[schema(required = true, example = "4b1d5f7c00000001")]
    request_id: Option<String>,
    /// The `hash` of the event before it; 64 zeros for the first.
    #[schema(
        pattern = "^[0-9a-f]{64}$",
        example = "d2c74d1b4b7a6f0e8a3f5d9c6b1e2f708192a3b4c5d6e7f8091a2b3c4d5e6f70"
    )]
    prev_hash: String,
    /// SHA-256 of the canonical JSON (RFC 8785) of all other members.
    #[schema(
        pattern = "^[0-9a-f]{64}$",
        example = "0b5c8e1f2a3d4c5b6a7988776655443322110ffeeddccbbaa99887766554433f"
    )]
    hash: String,
}

/// Who did something, as it was called then.
#[derive(ToSchema)]
#[schema(as = AuditActor)]
struct ActorBody {
    /// An admin, the operator, somebody who did not prove who it is, or the service by itself.
    #[schema(rename = "type")]
    kind: By,
    /// The id of the admin.
    #[schema(required = true, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8f")]
    id: Option<String>,
    /// The address of the admin.
    #[schema(required = true, example = "ada@example.com")]
    name: Option<String>,
}

/// The kind of whoever did something.
#[derive(ToSchema)]
#[schema(as = AuditActorType, rename_all = "snake_case", example = "admin")]
enum By {
    Admin,
    Operator,
    Anonymous,
    System,
}

/// What something was done to.
#[derive(ToSchema)]
#[schema(as = AuditTarget)]
struct TargetBody {
    /// What kind of thing it is.
    #[schema(rename = "type")]
    kind: TargetKind,
    /// Its id; null where somebody failed to log in as nobody, or for all sessions of the actor.
    #[schema(required = true, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    id: Option<String>,
}

/// The kind of what something was done to.
#[derive(ToSchema)]
#[schema(as = AuditTargetType, rename_all = "snake_case", example = "organization")]
enum TargetKind {
    Organization,
    Admin,
    Session,
    Document,
    Key,
    OperatorToken,
}

/// A field that changed.
#[derive(ToSchema)]
#[schema(as = AuditChange)]
struct ChangeBody {
    /// Its value before; null when it was not there.
    #[schema(required = true, example = "Acme Inc")]
    before: Value,
    /// Its value after; null when it is not there any more.
    #[schema(required = true, example = "Acme Ltd")]
    after: Value,
    /// Which of the two is larger than 4 KiB of JSON: `{bytes, sha256}` stands in its place, with the SHA-256 of its
    /// canonical JSON (RFC 8785) in hexadecimal. Left out when both are told.
    #[schema(required = false, nullable = false)]
    omitted: Option<Vec<Side>>,
}

/// A side of a change.
#[derive(ToSchema)]
#[schema(as = AuditChangeSide, rename_all = "snake_case", example = "before")]
enum Side {
    Before,
    After,
}

/// One line of an export: an event, or a signature under what comes before.
#[derive(ToSchema)]
#[schema(as = AuditTrailLine)]
#[serde(untagged)]
pub(crate) enum TrailLineBody {
    Head {
        /// The signature.
        signed_head: SignedHeadBody,
    },
    Event(EventBody),
}

/// What was done, as one of a closed list.
pub(crate) struct ActionBody;

impl PartialSchema for ActionBody {
    fn schema() -> RefOr<Schema> {
        let meanings = Action::ALL.iter().map(|action| {
            let (action, meaning) = (action.as_str(), action.meaning());
            format!("- `{action}`: {meaning}")
        });
        let words = Action::ALL.iter().map(|action| action.as_str());
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(words))
            .description(Some(meanings.collect::<Vec<_>>().join("\n")))
            .examples([serde_json::json!(Action::OrganizationUpdated.as_str())])
            .into()
    }
}

impl ToSchema for ActionBody {
    fn name() -> Cow<'static, str> {
        "AuditAction".into()
    }
}
