//! What came of the verification of an audit trail, as it is shown.

use domain::model::{EventHash, Head, KeyId, OrganizationId, Seq, SignedHead, Timestamp, Trail};
use domain::service::{Break, BreakKind, Verification};
use serde::Serialize;
use utoipa::ToSchema;

/// Whether an audit trail is what it was.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditVerification)]
pub(crate) struct VerificationBody {
    /// Whether nobody has touched it.
    intact: bool,
    /// How many events were read.
    #[schema(example = 42)]
    events: u64,
    /// The last event that was good; null when there is none.
    #[schema(required = true)]
    head: Option<HeadBody>,
    /// The last signature that was good; null when there is none yet.
    #[schema(required = true)]
    signed_head: Option<SignedHeadBody>,
    /// Where it is broken first; null when it is intact.
    #[schema(required = true)]
    first_break: Option<BreakBody>,
}

/// The end of a trail.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditHead)]
struct HeadBody {
    /// The place of the last event.
    #[schema(value_type = u64, example = 42)]
    seq: Seq,
    /// Its hash, and with it that of all before it.
    #[schema(value_type = String, pattern = "^[0-9a-f]{64}$")]
    hash: EventHash,
}

/// The end of a trail, with the signature of the installation.
#[derive(Serialize, ToSchema)]
#[schema(as = SignedAuditHead)]
pub(crate) struct SignedHeadBody {
    /// The organization whose trail it is; null for what belongs to none.
    #[schema(
        required = true,
        value_type = Option<String>,
        example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e"
    )]
    organization_id: Option<OrganizationId>,
    /// The place of the last event.
    #[schema(value_type = u64, example = 40)]
    seq: Seq,
    /// Its hash.
    #[schema(value_type = String, pattern = "^[0-9a-f]{64}$")]
    hash: EventHash,
    /// When it was signed.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The key that signed it: `kid` in `/.well-known/audit-keys.json`.
    #[schema(value_type = String, example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    key_id: KeyId,
    /// The ordinal number among the numbered checkpoints of the trail, from 1; absent in checkpoints of earlier
    /// versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 7)]
    number: Option<u64>,
    /// True on a retention mark: the server removed the events up to and including `seq`. Absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    truncated: Option<bool>,
    /// The Ed25519 signature (RFC 8032) under the canonical JSON (RFC 8785) of all other members and of `type`,
    /// which is `tenantry.audit.head`; in base64url without padding.
    signature: String,
}

/// Where a trail is broken first.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditBreak)]
struct BreakBody {
    /// The place of the event.
    #[schema(value_type = u64, example = 17)]
    seq: Seq,
    /// What happened to it.
    kind: BreakKindBody,
}

/// How a trail was broken: an event is not what its hash was made of (`changed`), is missing (`removed`), does not
/// belong there (`inserted`), stands behind a later one (`reordered`) or does not follow the one before it
/// (`replaced`); the trail is not the one that was signed (`rewritten`); a signature was not made with the key that
/// it names (`forged`), or with a key that is not known (`unknown_key`); none is under the end (`unsigned`); the trail
/// begins neither with the creation or adoption of its organization nor after a signed retention mark
/// (`missing_beginning`); or a checkpoint is missing (`missing_checkpoint`).
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
            head: head.map(|Head { seq, hash, .. }| HeadBody { seq, hash }),
            signed_head: signed_head.map(SignedHeadBody::from),
            first_break: first_break
                .map(|Break { seq, kind }| BreakBody { seq, kind: kind.into() }),
        }
    }
}

impl From<SignedHead> for SignedHeadBody {
    fn from(signed: SignedHead) -> Self {
        let SignedHead { trail, seq, hash, at, key_id, number, truncated, signature } = signed;
        let truncated = truncated.then_some(true);
        let organization_id = match trail {
            Trail::Installation => None,
            Trail::Organization(id) => Some(id),
        };
        Self { organization_id, seq, hash, at, key_id, number, truncated, signature }
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
