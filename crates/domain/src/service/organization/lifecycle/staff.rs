//! Steps of pending changes to the admins of an organization.

use super::{Lifecycle, Step};
use crate::model::{Act, Action, Admin, AdminId, Changes, NextName, Organization, Relief, Version};
use crate::ports::{InsertAdminError, StoreError, WriteError};
use crate::service::audit_events::{admin_events, organization_event};

impl Lifecycle {
    /// Inserts an admin. If its address was taken meanwhile, it is not inserted, and no event is
    /// recorded.
    pub(super) async fn admit(
        &self,
        organization: &Organization,
        admin: &Admin,
        act: &Act,
    ) -> Result<Step, StoreError> {
        let event = match self.ports.admins.insert(admin).await {
            Ok(()) => {
                let changes = Changes::of_admin(None, Some(admin));
                let (id, action) = (organization.id(), Action::AdminCreated);
                Some(organization_event(act, id, action, Some(admin.id()), changes))
            }
            Err(InsertAdminError::EmailTaken) => None,
            Err(InsertAdminError::Store(cause)) => return Err(cause),
        };
        Ok(Step::telling(organization.staffed(), event))
    }

    /// Applies the pending change to an admin, and returns whether it was applied. A change that is
    /// impossible because its address was taken meanwhile is declined for good, without an event;
    /// the removal of an admin was recorded when it began.
    pub(super) async fn relieve(
        &self,
        id: &AdminId,
        relief: &Relief,
        begun: Version,
        act: Option<&Act>,
    ) -> Result<bool, StoreError> {
        let admins = &self.ports.admins;
        while let Some(present) = admins.get(id).await? {
            let result = match relief {
                Relief::Remove => admins.remove(id, present.version()).await.map(|()| true),
                Relief::Amend(change) => {
                    let Some(next) = present.relieved(change, begun, self.ports.clock.now()) else {
                        return Ok(present.is_relieved(begun));
                    };
                    let told = |act| admin_events(act, (&present, &next), change);
                    let events = act.map(told).unwrap_or_default();
                    match admins.replace(&next, present.version(), &events).await {
                        Err(WriteError::Taken) => {
                            let declined = present.declined(begun);
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
        Ok(*relief == Relief::Remove)
    }

    /// Ends a change to the admins, or continues with the rename that follows it.
    pub(super) fn staffed(
        &self,
        organization: &Organization,
        name: Option<&NextName>,
        act: Option<&Act>,
    ) -> Step {
        let Some(name) = name else { return Step::close(organization.staffed()) };
        let next = organization.staffed_to_be_named(self.naming, self.ports.clock.now());
        let event = act.map(|act| {
            let changes = Changes::of_organization(organization, &next);
            let (act, action) = (act.under(name.event.clone()), Action::OrganizationUpdated);
            organization_event(&act, organization.id(), action, None, changes)
        });
        Step::telling(next, event)
    }
}
