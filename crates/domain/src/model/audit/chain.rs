//! Hash chain of events: each event contains the hash of its predecessor.

#[cfg(test)]
mod tests;

use std::fmt;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{AuditEvent, ChainHead, Trail};
use crate::model::Timestamp;

/// Position of an event in its trail, counted from 1.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seq(u64);

impl Seq {
    /// The position before the first event.
    pub const START: Self = Self(0);
    /// A position after every event.
    pub const MAX: Self = Self(u64::MAX);

    /// Wraps a position.
    #[must_use]
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// The position as a number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }

    /// The next position.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// SHA-256 (FIPS 180-4) of an event; 64 hex digits as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventHash([u8; 32]);

impl EventHash {
    /// The predecessor hash of the first event of a trail.
    pub const START: Self = Self([0; 32]);

    /// Parses 64 lower-case hex digits; none for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok().map(Self)
    }

    pub(super) fn of_digest(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// None for content without a canonical form.
    fn of(members: &Map<String, Value>) -> Option<Self> {
        canonical(members).map(|json| Self(Sha256::digest(json).into()))
    }
}

impl fmt::Display for EventHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl Serialize for EventHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not 64 lowercase hex digits"))
    }
}

/// The members that the chain adds to an event.
const SEQ: &str = "seq";
const PREV_HASH: &str = "prev_hash";
const HASH: &str = "hash";

/// An event in its trail: `seq`, `prev_hash` and `hash` in addition to its content. `hash` covers
/// the canonical JSON (RFC 8785) of all other members, so that anyone with the event can compute
/// it.
///
/// It is read exactly as it is stored, also after a manipulation, which its hash reveals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LoggedEvent(Map<String, Value>);

impl LoggedEvent {
    /// Links `event` to its predecessor `head`.
    #[must_use]
    pub fn after(head: &ChainHead, event: &AuditEvent) -> Self {
        let mut members = match serde_json::to_value(event) {
            Ok(Value::Object(members)) => members,
            // An event is an object of texts and objects.
            _ => Map::new(),
        };
        members.insert(SEQ.to_owned(), head.seq.next().get().into());
        members.insert(PREV_HASH.to_owned(), head.hash.to_string().into());
        // Every event has a canonical form.
        if let Some(hash) = EventHash::of(&members) {
            members.insert(HASH.to_owned(), hash.to_string().into());
        }
        Self(members)
    }

    /// Wraps an event from a store or a file.
    #[must_use]
    pub fn new(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// All members.
    #[must_use]
    pub fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.text("id")
    }

    /// Its position, if present.
    #[must_use]
    pub fn seq(&self) -> Option<Seq> {
        self.0.get(SEQ).and_then(Value::as_u64).map(Seq)
    }

    /// The hash that it claims to have.
    #[must_use]
    pub fn hash(&self) -> Option<EventHash> {
        self.text(HASH).and_then(EventHash::parse)
    }

    /// The hash of its predecessor, as it claims.
    #[must_use]
    pub fn prev_hash(&self) -> Option<EventHash> {
        self.text(PREV_HASH).and_then(EventHash::parse)
    }

    /// Its trail, as it claims.
    #[must_use]
    pub fn trail(&self) -> Option<Trail> {
        match self.0.get("organization_id")? {
            Value::Null => Some(Trail::Installation),
            Value::String(key) if !key.is_empty() => Trail::of_key(key).ok(),
            _ => None,
        }
    }

    /// Its time, as it claims.
    #[must_use]
    pub fn at(&self) -> Option<Timestamp> {
        serde_json::from_value(self.0.get("at")?.clone()).ok()
    }

    /// Its action, as it claims.
    #[must_use]
    pub fn action(&self) -> Option<&str> {
        self.text("action")
    }

    /// Its actor, as it claims: the id of an admin, or the kind of actor.
    #[must_use]
    pub fn actor(&self) -> Option<&str> {
        let actor = self.0.get("actor")?;
        actor["id"].as_str().or_else(|| actor["type"].as_str())
    }

    /// Whether its content still matches its hash.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        let mut rest = self.0.clone();
        rest.shift_remove(HASH);
        self.hash().is_some_and(|hash| EventHash::of(&rest) == Some(hash))
    }

    /// The chain head after this event, if an event can follow it.
    #[must_use]
    pub fn head(&self) -> Option<ChainHead> {
        Some(ChainHead { trail: self.trail()?, seq: self.seq()?, hash: self.hash()? })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }
}

/// An event in a store.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// The position in the key of the record, whatever the event claims.
    pub seq: Seq,
    /// The event; without members when the record is unreadable.
    pub event: LoggedEvent,
}

/// Canonical JSON (RFC 8785); none for content without such a form, like a number that is not
/// finite.
pub(super) fn canonical(value: &impl Serialize) -> Option<Vec<u8>> {
    serde_json_canonicalizer::to_vec(value).ok()
}
