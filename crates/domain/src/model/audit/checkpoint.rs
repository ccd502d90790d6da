//! Chain heads of trails, and checkpoints.

use chrono::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::chain::canonical;
use super::{AuditEvent, EventFilter, EventHash, LoggedEvent, Seq, Trail};
use crate::model::{KeyId, Timestamp};

/// Chain head: the part of a trail's last event that its successor links to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainHead {
    /// The trail.
    pub trail: Trail,
    /// Position of the event.
    pub seq: Seq,
    /// Its hash, which covers all events before it, too.
    pub hash: EventHash,
}

impl ChainHead {
    /// The chain head of a trail without events.
    #[must_use]
    pub fn start(trail: Trail) -> Self {
        Self { trail, seq: Seq::START, hash: EventHash::START }
    }

    /// Links `event` at the next position, and advances to it.
    pub fn push(&mut self, event: &AuditEvent) -> LoggedEvent {
        let logged = LoggedEvent::after(self, event);
        self.seq = self.seq.next();
        self.hash = logged.hash().unwrap_or(EventHash::START);
        logged
    }
}

/// A checkpoint: a chain head with the signature of the installation. Proves to anyone with the
/// public key that the trail was this one at that time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The trail.
    #[serde(rename = "organization_id")]
    pub trail: Trail,
    /// Position of the last event.
    pub seq: Seq,
    /// Its hash.
    pub hash: EventHash,
    /// Time of the signature.
    pub at: Timestamp,
    /// The key that signed it (RFC 7638 thumbprint).
    pub key_id: KeyId,
    /// The ordinal number among the numbered checkpoints of the trail, from 1, so that a removal is
    /// detectable. None for checkpoints of versions without numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// Whether this is a retention mark: the server removed the events up to and including `seq`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub truncated: bool,
    /// Whether it exists only at the end of an export: neither the store nor an anchor log contains
    /// it. `number` is then that of the last stored checkpoint.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unstored: bool,
    /// The Ed25519 signature (RFC 8032) of [`Checkpoint::message`], in base64url without padding.
    pub signature: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Checkpoint {
    /// A placeholder for a record that is not a checkpoint of the trail and position in its key. It
    /// has no signature, so that every verification reports it.
    #[must_use]
    pub fn unreadable(trail: Trail, seq: Seq) -> Self {
        let (at, key_id) = (Timestamp::new(DateTime::UNIX_EPOCH), KeyId::unreadable());
        let (hash, number, signature) = (EventHash::START, None, String::new());
        let (truncated, unstored) = (false, false);
        Self { trail, seq, hash, at, key_id, number, truncated, unstored, signature }
    }

    /// Whether it is a placeholder for a record that is not a checkpoint.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        self.signature.is_empty()
    }

    /// The signed bytes: the canonical JSON (RFC 8785) of all members except the signature, and a
    /// `type` so that no other signed message is accepted as a checkpoint. A member without a value
    /// is absent, so that the signatures of earlier versions stay valid.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        let mut members = match serde_json::to_value(self) {
            Ok(Value::Object(members)) => members,
            // A checkpoint is an object of texts and numbers.
            _ => Map::new(),
        };
        members.shift_remove("signature");
        members.insert("type".to_owned(), "tenantry.audit.head".into());
        canonical(&members).unwrap_or_default()
    }

    /// The signed chain head.
    #[must_use]
    pub fn head(&self) -> ChainHead {
        ChainHead { trail: self.trail.clone(), seq: self.seq, hash: self.hash }
    }

    /// Whether a trail may begin after this checkpoint: a retention mark, or a checkpoint of a
    /// version that signed no marks.
    #[must_use]
    pub fn may_begin_trail(&self) -> bool {
        !self.unstored && (self.truncated || self.number.is_none())
    }
}

/// One line of an exported trail: `{"signed_head": {…}}`, or an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TrailLine {
    /// A checkpoint of the events before it, or the retention mark at the beginning of a truncated
    /// trail.
    Head {
        /// The checkpoint.
        signed_head: Checkpoint,
    },
    /// An event.
    Event(LoggedEvent),
}

impl TrailLine {
    /// The trail that the line names.
    #[must_use]
    pub fn trail(&self) -> Option<Trail> {
        match self {
            Self::Head { signed_head } => Some(signed_head.trail.clone()),
            Self::Event(event) => event.trail(),
        }
    }
}

impl EventFilter {
    /// Whether `event` matches the filter.
    #[must_use]
    pub fn passes(&self, event: &LoggedEvent) -> bool {
        self.action.is_none_or(|action| event.action() == Some(action.as_str()))
            && self.actor.as_ref().is_none_or(|actor| event.actor() == Some(actor))
            && self.since.is_none_or(|since| event.at() >= Some(since))
            && self.until.is_none_or(|until| event.at().is_some_and(|at| at < until))
    }
}
