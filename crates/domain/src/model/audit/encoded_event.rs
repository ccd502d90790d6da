//! Encoded events without a position.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::chain::canonical;
use super::{AuditEvent, ChainHead, EventHash, Trail};
use crate::model::EventId;

/// An event that is encoded except for its position. A store that assigns positions one after the
/// other need not encode meanwhile: [`ChainHead::push_encoded`] takes a small part of the time of
/// [`ChainHead::push`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedEvent {
    trail: Trail,
    id: EventId,
    /// All members as JSON.
    json: String,
    /// The same in canonical form, without braces: the part before `prev_hash`, the part between it
    /// and `seq`, and the rest.
    parts: [String; 3],
}

impl EncodedEvent {
    /// Encodes `event`, without its position.
    #[must_use]
    pub fn of(event: &AuditEvent) -> Self {
        // The members in canonical order, each in its canonical form: texts have only one form
        // here, and only changes contain members with variable names.
        let parts = [
            [
                member("action", json(&event.action)),
                member("actor", json(&event.actor)),
                member("at", json(&event.at)),
                member("changes", canonical_text(&event.changes)),
                member("id", json(&event.id)),
                member("ip", json(&event.ip)),
                member("organization_id", json(&event.trail)),
            ]
            .join(","),
            member("request_id", json(&event.request_id)),
            member("target", json(&event.target)),
        ];
        let (trail, id) = (event.trail.clone(), event.id.clone());
        Self { trail, id, json: json(event), parts }
    }

    /// The trail of the event.
    #[must_use]
    pub fn trail(&self) -> &Trail {
        &self.trail
    }

    /// The id of the event.
    #[must_use]
    pub fn id(&self) -> &EventId {
        &self.id
    }
}

impl ChainHead {
    /// As [`ChainHead::push`]; returns the event as JSON.
    pub fn push_encoded(&mut self, draft: &EncodedEvent) -> String {
        let (seq, previous) = (self.seq.next(), self.hash);
        let [first, second, third] = &draft.parts;
        let mut digest = Sha256::new();
        for piece in ["{", first, ",\"prev_hash\":\"", &previous.to_string(), "\",", second] {
            digest.update(piece);
        }
        for piece in [",\"seq\":", &seq.to_string(), ",", third, "}"] {
            digest.update(piece);
        }
        self.seq = seq;
        self.hash = EventHash::of_digest(digest.finalize().into());
        let (members, hash) = (draft.json.strip_suffix('}').unwrap_or_default(), self.hash);
        format!("{members},\"seq\":{seq},\"prev_hash\":\"{previous}\",\"hash\":\"{hash}\"}}")
    }
}

fn member(name: &str, value: String) -> String {
    format!("\"{name}\":{value}")
}

/// Serializing an event never fails.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn canonical_text(value: &impl Serialize) -> String {
    canonical(value).and_then(|json| String::from_utf8(json).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{
        Action, AuditActor, AuditContext, AuditTarget, Changes, OrganizationId, RequestId,
        Timestamp,
    };

    #[test]
    fn encoding_keeps_the_event() {
        let act = AuditContext {
            id: EventId::parse("event").unwrap(),
            at: Timestamp::new(chrono::DateTime::UNIX_EPOCH),
            actor: AuditActor::operator(),
            request_info: None,
        };
        let acme = OrganizationId::parse("acme").unwrap();
        let hard =
            json!({"z": [1.0, 5e-324, -0.0, null], "é\u{1F600}": "\"}}", "": {"}": "\u{8}{"}});
        for trail in [Trail::Installation, Trail::Organization(acme.clone())] {
            let (mut one, mut other) =
                (ChainHead::start(trail.clone()), ChainHead::start(trail.clone()));
            for changes in [Changes::none(), Changes::noted("}", hard.clone()), Changes::none()] {
                let target = AuditTarget::organization(&acme);
                let mut event = act.event(trail.clone(), Action::KeyCreated, target, changes);
                event.request_id = RequestId::parse("seq").ok().filter(|_| one.seq.get() == 1);
                let draft = EncodedEvent::of(&event);
                assert_eq!((draft.trail(), draft.id()), (&event.trail, &event.id));
                let logged = one.push(&event);
                let json = other.push_encoded(&draft);
                assert_eq!(json, serde_json::to_string(&logged).unwrap());
                assert_eq!(one, other);
                assert!(logged.is_unchanged());
            }
        }
    }
}
