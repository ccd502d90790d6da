//! The ends of trails, and the signatures under them.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::chain::canonical;
use super::{AuditEvent, EventFilter, EventHash, LoggedEvent, Seq, Trail};
use crate::model::{KeyId, Timestamp};

/// The last event of a trail, as far as it matters for the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Of this trail.
    pub trail: Trail,
    /// The place of the event.
    pub seq: Seq,
    /// Its hash, and with it that of all before it.
    pub hash: EventHash,
}

impl Head {
    /// That of a trail without events.
    #[must_use]
    pub fn start(trail: Trail) -> Self {
        Self { trail, seq: Seq::START, hash: EventHash::START }
    }

    /// Puts `event` in the next place, and moves there.
    pub fn push(&mut self, event: &AuditEvent) -> LoggedEvent {
        let logged = LoggedEvent::after(self, event);
        self.seq = self.seq.next();
        self.hash = logged.hash().unwrap_or(EventHash::START);
        logged
    }
}

/// A head with the signature of the installation: whoever has the public key knows that the trail was this one
/// at that time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedHead {
    /// Of this trail.
    #[serde(rename = "organization_id")]
    pub trail: Trail,
    /// The place of the last event.
    pub seq: Seq,
    /// Its hash.
    pub hash: EventHash,
    /// When it was signed.
    pub at: Timestamp,
    /// The key that signed it (RFC 7638 thumbprint).
    pub key_id: KeyId,
    /// The Ed25519 signature (RFC 8032) of [`SignedHead::message`], in base64url without padding.
    pub signature: String,
}

impl SignedHead {
    /// What is signed: the canonical JSON (RFC 8785) of all members but the signature, and a `type` so that
    /// nothing else can be taken for it.
    #[must_use]
    pub fn message(head: &Head, at: Timestamp, key_id: &KeyId) -> Vec<u8> {
        canonical(&json!({
            "type": "tenantry.audit.head",
            "organization_id": head.trail,
            "seq": head.seq,
            "hash": head.hash,
            "at": at,
            "key_id": key_id,
        }))
        // All of it is text, and a number.
        .unwrap_or_default()
    }

    /// The head that is signed.
    #[must_use]
    pub fn head(&self) -> Head {
        Head { trail: self.trail.clone(), seq: self.seq, hash: self.hash }
    }
}

/// One line of a trail as it is exported: `{"signed_head": {…}}`, or an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TrailLine {
    /// A signature under what comes before, or that a trail which was cut begins with.
    Head {
        /// The signature.
        signed_head: SignedHead,
    },
    /// An event.
    Event(LoggedEvent),
}

impl EventFilter {
    /// Whether `event` is one of them.
    #[must_use]
    pub fn passes(&self, event: &LoggedEvent) -> bool {
        self.action.is_none_or(|action| event.action() == Some(action.as_str()))
            && self.actor.as_ref().is_none_or(|actor| event.actor() == Some(actor))
            && self.since.is_none_or(|since| event.at() >= Some(since))
            && self.until.is_none_or(|until| event.at().is_some_and(|at| at < until))
    }
}
