//! Steps of pending changes to the admins of an organization.

use super::{Lifecycle, Step};
use crate::model::{
    Action, Admin, AdminId, AuditContext, Changes, NextName, Organization, PendingAdminChange,
    Version,
};
use crate::ports::{StoreError, WriteError};
use crate::service::audit_events::{admin_events, organization_event};

impl Lifecycle {
    /// Inserts an admin. If its address was taken meanwhile, it is not inserted, and no event is
    /// recorded.
    pub(super) async fn add_admin(
        &self,
        organization: &Organization,
        admin: &Admin,
        act: &AuditContext,
    ) -> Result<Step, StoreError> {
        let event = match self.ports.admins.insert(admin).await {
            Ok(()) => {
                let changes = Changes::of_admin(None, Some(admin));
                let (id, action) = (organization.id(), Action::AdminCreated);
                Some(organization_event(act, id, action, Some(admin.id()), changes))
            }
            Err(WriteError::Taken | WriteError::Stale) => None,
            Err(WriteError::Store(cause)) => return Err(cause),
        };
        Ok(Step::with_events(organization.admin_changed(), event))
    }

    /// Applies the pending change to an admin, and returns whether it was applied. A change that is
    /// impossible because its address was taken meanwhile is declined for good, without an event;
    /// the removal of an admin was recorded when it began.
    pub(super) async fn update_admin(
        &self,
        id: &AdminId,
        pending: &PendingAdminChange,
        begun: Version,
        act: Option<&AuditContext>,
    ) -> Result<bool, StoreError> {
        let admins = &self.ports.admins;
        while let Some(present) = admins.get(id).await? {
            let result = match pending {
                PendingAdminChange::Remove => {
                    admins.remove(id, present.version()).await.map(|()| true)
                }
                PendingAdminChange::Amend(change) => {
                    let Some(next) =
                        present.with_pending_change(change, begun, self.ports.clock.now())
                    else {
                        return Ok(present.has_applied(begun));
                    };
                    let to_events = |act| admin_events(act, (&present, &next), change);
                    let events = act.map(to_events).unwrap_or_default();
                    match admins.replace(&next, present.version(), &events).await {
                        Err(WriteError::Taken) => {
                            let declined = present.declining(begun);
                            admins.replace(&declined, present.version(), &[]).await.map(|()| false)
                        }
                        result => result.map(|()| true),
                    }
                }
            };
            match result {
                Ok(made) => return Ok(made),
                Err(WriteError::Stale | WriteError::Taken) => {}
                Err(WriteError::Store(cause)) => return Err(cause),
            }
        }
        Ok(*pending == PendingAdminChange::Remove)
    }

    /// Ends a change to the admins, or continues with the rename that follows it.
    pub(super) fn close_admin_change(
        &self,
        organization: &Organization,
        name: Option<&NextName>,
        act: Option<&AuditContext>,
    ) -> Step {
        let Some(name) = name else { return Step::close(organization.admin_changed()) };
        let next = organization.admin_changed_then_renaming(self.naming, self.ports.clock.now());
        let event = act.map(|act| {
            let changes = Changes::of_organization(organization, &next);
            let (act, action) =
                (act.with_event_id(name.event.clone()), Action::OrganizationUpdated);
            organization_event(&act, organization.id(), action, None, changes)
        });
        Step::with_events(next, event)
    }
}
