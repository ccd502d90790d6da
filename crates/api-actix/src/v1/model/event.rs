//! Schemas of audit events for the OpenAPI document. The server sends events exactly as they are
//! stored.
#![expect(dead_code, reason = "the fields only describe domain::model::LoggedEvent")]

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::model::Action;
use serde_json::Value;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::SignedHeadBody;

/// Audit event.
#[derive(ToSchema)]
#[schema(as = AuditEvent)]
pub(crate) struct EventBody {
    /// Id of the event; the same wherever the event is delivered.
    #[schema(example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d91")]
    id: String,
    /// Id of the organization that the event belongs to; null for events of the installation.
    #[schema(required = true, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    organization_id: Option<String>,
    /// Sequence number in the trail: 1 for the first event, incremented by 1 for each further
    /// event.
    #[schema(minimum = 1, example = 7)]
    seq: u64,
    /// Time of the request.
    #[schema(format = DateTime, example = "2026-11-21T17:02:35.123Z")]
    at: String,
    /// Action that was performed.
    action: ActionBody,
    /// Actor that performed the action.
    actor: ActorBody,
    /// Object of the action.
    target: TargetBody,
    /// Changed fields. Never contains secrets or the contents of documents.
    #[schema(example = json!({"name": {"before": "Acme Inc", "after": "Acme Ltd"}}))]
    changes: BTreeMap<String, ChangeBody>,
    /// IP address of the client; null when there was no request.
    #[schema(required = true, example = "192.0.2.7")]
    ip: Option<String>,
    /// `X-Request-Id` of the request; null when there was no request.
    #[schema(required = true, example = "4b1d5f7c00000001")]
    request_id: Option<String>,
    /// `hash` of the previous event; 64 zeros for the first event.
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

/// Actor of an event, with the name it had at that time.
#[derive(ToSchema)]
#[schema(as = AuditActor)]
struct ActorBody {
    /// Kind of actor: an admin, the operator, an unauthenticated client, or the service itself.
    #[schema(rename = "type")]
    kind: By,
    /// Id of the admin; null for other actors.
    #[schema(required = true, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8f")]
    id: Option<String>,
    /// E-mail address of the admin; null for other actors.
    #[schema(required = true, example = "ada@example.com")]
    name: Option<String>,
}

/// Kind of actor.
#[derive(ToSchema)]
#[schema(as = AuditActorType, rename_all = "snake_case", example = "admin")]
enum By {
    Admin,
    Operator,
    Anonymous,
    System,
}

/// Object of an event.
#[derive(ToSchema)]
#[schema(as = AuditTarget)]
struct TargetBody {
    /// Kind of object.
    #[schema(rename = "type")]
    kind: TargetKind,
    /// Id of the object; null for a failed login with an unknown e-mail address, and for all
    /// sessions of the actor.
    #[schema(required = true, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    id: Option<String>,
}

/// Kind of object.
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

/// Changed field.
#[derive(ToSchema)]
#[schema(as = AuditChange)]
struct ChangeBody {
    /// Value before the change; null if the field was absent.
    #[schema(required = true, example = "Acme Inc")]
    before: Value,
    /// Value after the change; null if the field was removed.
    #[schema(required = true, example = "Acme Ltd")]
    after: Value,
    /// Sides whose value is larger than 4 KiB of JSON. Such a value is replaced by `{bytes,
    /// sha256}` with the hexadecimal SHA-256 of its canonical JSON (RFC 8785). Absent when both
    /// values are included.
    #[schema(required = false, nullable = false)]
    omitted: Option<Vec<Side>>,
}

/// Side of a change.
#[derive(ToSchema)]
#[schema(as = AuditChangeSide, rename_all = "snake_case", example = "before")]
enum Side {
    Before,
    After,
}

/// Line of an export: an event, or a signed checkpoint of the events before it.
#[derive(ToSchema)]
#[schema(as = AuditTrailLine)]
#[serde(untagged)]
pub(crate) enum TrailLineBody {
    Head {
        /// Signed checkpoint.
        signed_head: SignedHeadBody,
    },
    Event(EventBody),
}

/// Action of an event, from a closed list.
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
