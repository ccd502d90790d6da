//! Audit events without a position.

use serde::{Deserialize, Serialize};

use super::{Action, AuditActor, AuditTarget, Changes, Trail};
use crate::model::ClientAddress;
use crate::model::{EventId, RequestId, RequestInfo, Timestamp};

/// Audit context of an operation: actor, time and request, from which its event is built when it
/// completes. It is stored with pending work, so that any process that finishes the work can record
/// the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditContext {
    /// The id of the future event: the same however often the event is recorded.
    pub id: EventId,
    /// Time of the request.
    pub at: Timestamp,
    /// The actor.
    pub actor: AuditActor,
    /// The request; none for work without a request.
    #[serde(rename = "origin")]
    pub request_info: Option<RequestInfo>,
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

impl AuditContext {
    /// The same context with another event id, for operations with more than one event.
    #[must_use]
    pub fn with_event_id(&self, id: EventId) -> Self {
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
        let request_info = self.request_info.as_ref();
        AuditEvent {
            id: self.id.clone(),
            trail,
            at: self.at,
            action,
            actor: self.actor.clone(),
            target,
            changes,
            ip: request_info.map(|request_info| request_info.address),
            request_id: request_info.map(|request_info| request_info.request_id.clone()),
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
