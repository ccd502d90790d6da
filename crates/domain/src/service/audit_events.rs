//! Construction of audit events.

use std::sync::Arc;

use crate::model::{
    Action, Admin, AdminChange, AdminId, AuditActor, AuditContext, AuditEvent, AuditTarget,
    Changes, Organization, OrganizationId, Phase, RequestInfo, SessionId, Trail,
};
use crate::ports::{Clock, IdGenerator, Ports};

/// The ports that give an event its id and time.
#[derive(Clone)]
pub(super) struct EventPorts {
    ids: Arc<dyn IdGenerator>,
    clock: Arc<dyn Clock>,
}

impl From<&Ports> for EventPorts {
    fn from(ports: &Ports) -> Self {
        Self { ids: Arc::clone(&ports.ids), clock: Arc::clone(&ports.clock) }
    }
}

/// Builds the audit context of an operation by `actor` in the request `request_info`.
pub(super) fn act(
    ports: &EventPorts,
    actor: AuditActor,
    request_info: Option<RequestInfo>,
) -> AuditContext {
    AuditContext { id: ports.ids.event(), at: ports.clock.now(), actor, request_info }
}

/// Builds the event of `act` on an organization or one of its admins.
pub(super) fn organization_event(
    act: &AuditContext,
    organization: &OrganizationId,
    action: Action,
    admin: Option<&AdminId>,
    changes: Changes,
) -> AuditEvent {
    let target = match admin {
        Some(admin) => AuditTarget::admin(Some(admin)),
        None => AuditTarget::organization(organization),
    };
    act.event(Trail::Organization(organization.clone()), action, target, changes)
}

/// Builds the events of the creation of an `organization` that is provisioning, and of a suspension
/// that takes effect after that. Older versions did not store the actor.
pub(super) fn provisioning_events(organization: &Organization) -> Vec<AuditEvent> {
    let Phase::Provisioning { admin, act, suspension, .. } = organization.phase() else {
        return Vec::new();
    };
    let (id, begun) = (organization.id(), organization.unsuspended());
    let created = act.as_deref().map(|act| {
        organization_event(
            act,
            id,
            Action::OrganizationCreated,
            None,
            Changes::created(&begun, admin),
        )
    });
    let suspended = suspension.as_deref().map(|act| {
        let changes = Changes::of_organization(&begun, organization);
        organization_event(act, id, Action::OrganizationSuspended, None, changes)
    });
    created.into_iter().chain(suspended).collect()
}

/// Builds the events of `act`, which changed `before` to `after`: one for visible fields, and one
/// for a new password.
pub(super) fn admin_events(
    act: &AuditContext,
    (before, after): (&Admin, &Admin),
    change: &AdminChange,
) -> Vec<AuditEvent> {
    let (home, id) = (before.organization_id(), Some(before.id()));
    let changes = Changes::of_admin(Some(before), Some(after));
    let updated = (!changes.is_empty())
        .then(|| organization_event(act, home, Action::AdminUpdated, id, changes));
    let password = change.password.as_ref().map(|new| {
        let act = act.with_event_id(new.event.clone());
        organization_event(&act, home, Action::PasswordChanged, id, Changes::none())
    });
    updated.into_iter().chain(password).collect()
}

/// Builds the event of `act` on one session of `admin`, or on all of them.
pub(super) fn session_event(
    act: &AuditContext,
    admin: &Admin,
    action: Action,
    session: Option<&SessionId>,
) -> AuditEvent {
    let trail = Trail::Organization(admin.organization_id().clone());
    act.event(trail, action, AuditTarget::session(session), Changes::none())
}
