//! Audit events without a position.

use serde::{Deserialize, Serialize};

use super::{Action, AuditActor, AuditTarget, Changes, Trail};
use crate::model::ClientAddress;
use crate::model::{EventId, Origin, RequestId, Timestamp};

/// Audit context of an operation: actor, time and request, from which its event is built when it
/// completes. It is stored with pending work, so that any process that finishes the work can record
/// the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// The id of the future event: the same however often the event is recorded.
    pub id: EventId,
    /// Time of the request.
    pub at: Timestamp,
    /// The actor.
    pub actor: AuditActor,
    /// The request; none for work without a request.
    pub origin: Option<Origin>,
}

/// An audit event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// The event's id, here and wherever it is exported to.
    pub id: EventId,
    /// The trail of the event.
    #[serde(rename = "organization_id")]
    pub trail: Trail,
    /// Time of the request.
    pub at: Timestamp,
    /// The action.
    pub action: Action,
    /// The actor.
    pub actor: AuditActor,
    /// The target.
    pub target: AuditTarget,
    /// The changes.
    pub changes: Changes,
    /// The address of the client.
    pub ip: Option<ClientAddress>,
    /// The id of the request, here and in the log.
    pub request_id: Option<RequestId>,
}

impl Act {
    /// The same context with another event id, for operations with more than one event.
    #[must_use]
    pub fn under(&self, id: EventId) -> Self {
        Self { id, ..self.clone() }
    }

    /// Builds the event of the operation.
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

/// Filter for the events of a trail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only events of this action.
    pub action: Option<Action>,
    /// Only events by this admin's id, or by `operator`, `anonymous` or `system`.
    pub actor: Option<String>,
    /// Only events at or after this time.
    pub since: Option<Timestamp>,
    /// Only events before this time.
    pub until: Option<Timestamp>,
}
