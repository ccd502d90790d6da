//! Events, before they have a place in their trail.

use serde::{Deserialize, Serialize};

use super::{Action, AuditActor, AuditTarget, Changes, Trail};
use crate::model::ClientAddress;
use crate::model::{EventId, Origin, RequestId, Timestamp};

/// Who does something, when, and by which request: what an event is made of once it is done. It waits with
/// work that is not finished yet, so that whoever finishes it can tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// The id that the event will have: one for each act, however often it is told.
    pub id: EventId,
    /// When it was asked for.
    pub at: Timestamp,
    /// Who asked for it.
    pub actor: AuditActor,
    /// The request; none when there was no request.
    pub origin: Option<Origin>,
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// The event's id, in this log and wherever it is sent to.
    pub id: EventId,
    /// The trail that it belongs to.
    #[serde(rename = "organization_id")]
    pub trail: Trail,
    /// When it was asked for.
    pub at: Timestamp,
    /// What was done.
    pub action: Action,
    /// Who did it.
    pub actor: AuditActor,
    /// To what.
    pub target: AuditTarget,
    /// What it changed.
    pub changes: Changes,
    /// The address of the client.
    pub ip: Option<ClientAddress>,
    /// What the request was called, here and in the log.
    pub request_id: Option<RequestId>,
}

impl Act {
    /// The same act, where more than one thing is told of it: this one under an id of its own.
    #[must_use]
    pub fn under(&self, id: EventId) -> Self {
        Self { id, ..self.clone() }
    }

    /// The event that tells of it.
    #[must_use]
    pub fn event(
        &self,
        trail: Trail,
        action: Action,
        target: AuditTarget,
        changes: Changes,
    ) -> AuditEvent {
        let origin = self.origin.as_ref();
        AuditEvent {
            id: self.id.clone(),
            trail,
            at: self.at,
            action,
            actor: self.actor.clone(),
            target,
            changes,
            ip: origin.map(|origin| origin.address),
            request_id: origin.map(|origin| origin.request_id.clone()),
        }
    }
}

/// Which events of a trail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only of this action.
    pub action: Option<Action>,
    /// Only by this admin's id, or by `operator`, `anonymous` or `system`.
    pub actor: Option<String>,
    /// Only from this time on.
    pub since: Option<Timestamp>,
    /// Only before this time.
    pub until: Option<Timestamp>,
}
