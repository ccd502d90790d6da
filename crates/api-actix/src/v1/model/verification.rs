//! Representation of the result of an audit trail verification.

use domain::model::{
    ChainHead, Checkpoint, EventHash, KeyId, OrganizationId, Seq, Timestamp, Trail,
};
use domain::service::{Break, BreakKind, Verification};
use serde::Serialize;
use utoipa::ToSchema;

/// Result of the verification of an audit trail.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditVerification)]
pub(crate) struct VerificationBody {
    /// Whether the trail is unmodified.
    intact: bool,
    /// Number of events read.
    #[schema(example = 42)]
    events: u64,
    /// Last valid event; null if there is none.
    #[schema(required = true)]
    head: Option<HeadBody>,
    /// Last valid checkpoint; null if there is none yet.
    #[schema(required = true)]
    signed_head: Option<SignedHeadBody>,
    /// First break of the trail; null if it is intact.
    #[schema(required = true)]
    first_break: Option<BreakBody>,
}

/// Head of a trail: its last event.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditHead)]
struct HeadBody {
    /// Sequence number of the last event.
    #[schema(value_type = u64, example = 42)]
    seq: Seq,
    /// Hash of the last event, which also covers all events before it.
    #[schema(value_type = String, pattern = "^[0-9a-f]{64}$")]
    hash: EventHash,
}

/// Checkpoint: the head of a trail, signed by the installation.
#[derive(Serialize, ToSchema)]
#[schema(as = SignedAuditHead)]
pub(crate) struct SignedHeadBody {
    /// Id of the organization that the trail belongs to; null for the installation's trail.
    #[schema(
        required = true,
        value_type = Option<String>,
        example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e"
    )]
    organization_id: Option<OrganizationId>,
    /// Sequence number of the last event.
    #[schema(value_type = u64, example = 40)]
    seq: Seq,
    /// Hash of the last event.
    #[schema(value_type = String, pattern = "^[0-9a-f]{64}$")]
    hash: EventHash,
    /// Signing time.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Id of the signing key: `kid` in `/.well-known/audit-keys.json`.
    #[schema(value_type = String, example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    key_id: KeyId,
    /// The ordinal number among the numbered checkpoints of the trail, from 1; absent in
    /// checkpoints of earlier versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 7)]
    number: Option<u64>,
    /// True on a retention mark: the server removed the events up to and including `seq`. Absent
    /// otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    truncated: Option<bool>,
    /// True on the end of an export that is not stored: `number` is that of the last stored
    /// checkpoint. Absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    unstored: Option<bool>,
    /// Ed25519 signature (RFC 8032) over the canonical JSON (RFC 8785) of all other members and of
    /// `type`, which is `tenantry.audit.head`; in base64url without padding.
    signature: String,
}

/// First break of a trail.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditBreak)]
struct BreakBody {
    /// Sequence number of the event.
    #[schema(value_type = u64, example = 17)]
    seq: Seq,
    /// Kind of the break.
    kind: BreakKindBody,
}

/// Kind of a break. An event does not match its hash (`changed`), is missing (`removed`), does not
/// belong there (`inserted`), follows a later event (`reordered`) or is not linked to the previous
/// event (`replaced`). The trail differs from the signed one (`rewritten`). A signature was not
/// made with the key that it names (`forged`) or names an unknown key (`unknown_key`), or the end
/// of the trail is not signed (`unsigned`). The trail starts neither with the creation or adoption
/// of its organization nor after a signed retention mark (`missing_beginning`). A checkpoint is
/// missing (`missing_checkpoint`).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AuditBreakKind, example = "changed")]
enum BreakKindBody {
    Changed,
    Removed,
    Inserted,
    Reordered,
    Replaced,
    Rewritten,
    Forged,
    UnknownKey,
    Unsigned,
    MissingBeginning,
    MissingCheckpoint,
}

impl From<Verification> for VerificationBody {
    fn from(found: Verification) -> Self {
        let Verification { events, head, signed_head, first_break } = found;
        Self {
            intact: first_break.is_none(),
            events,
            head: head.map(|ChainHead { seq, hash, .. }| HeadBody { seq, hash }),
            signed_head: signed_head.map(SignedHeadBody::from),
            first_break: first_break
                .map(|Break { seq, kind }| BreakBody { seq, kind: kind.into() }),
        }
    }
}

impl From<Checkpoint> for SignedHeadBody {
    fn from(signed: Checkpoint) -> Self {
        let Checkpoint { trail, seq, hash, at, key_id, number, truncated, unstored, signature } =
            signed;
        let (truncated, unstored) = (truncated.then_some(true), unstored.then_some(true));
        let organization_id = match trail {
            Trail::Installation => None,
            Trail::Organization(id) => Some(id),
        };
        Self { organization_id, seq, hash, at, key_id, number, truncated, unstored, signature }
    }
}

impl From<BreakKind> for BreakKindBody {
    fn from(kind: BreakKind) -> Self {
        match kind {
            BreakKind::Changed => Self::Changed,
            BreakKind::Removed => Self::Removed,
            BreakKind::Inserted => Self::Inserted,
            BreakKind::Reordered => Self::Reordered,
            BreakKind::Replaced => Self::Replaced,
            BreakKind::Rewritten => Self::Rewritten,
            BreakKind::Forged => Self::Forged,
            BreakKind::UnknownKey => Self::UnknownKey,
            BreakKind::Unsigned => Self::Unsigned,
            BreakKind::MissingBeginning => Self::MissingBeginning,
            BreakKind::MissingCheckpoint => Self::MissingCheckpoint,
        }
    }
}
