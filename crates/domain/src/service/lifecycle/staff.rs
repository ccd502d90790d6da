//! The steps that change who the admins of an organization are.

use super::{Lifecycle, Step};
use crate::model::{Act, Action, Admin, AdminId, Changes, Organization, Relief, Version};
use crate::ports::{InsertAdminError, StoreError, WriteError};
use crate::service::telling::told;

impl Lifecycle {
    /// Makes an admin. One whose address was taken meanwhile is not made, and nothing is told of it.
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
                Some(told(act, id, action, Some(admin.id()), changes))
            }
            Err(InsertAdminError::EmailTaken) => None,
            Err(InsertAdminError::Store(cause)) => return Err(cause),
        };
        Ok(Step::telling(organization.staffed(), event))
    }

    /// Makes of an admin what it is to become. A change that can't be made, because its address was taken
    /// meanwhile, is left out, and nothing is told of it; that an admin is to go was told when that began.
    pub(super) async fn relieve(
        &self,
        id: &AdminId,
        relief: &Relief,
        begun: Version,
        act: Option<&Act>,
    ) -> Result<(), StoreError> {
        let admins = &self.ports.admins;
        while let Some(present) = admins.get(id).await? {
            let result = match relief {
                Relief::Remove => admins.remove(id, present.version()).await,
                Relief::Amend(change) => {
                    match present.relieved(change, begun, self.ports.clock.now()) {
                        Some(next) => {
                            let event = act.map(|act| {
                                let changes = Changes::of_admin(Some(&present), Some(&next));
                                let home = present.organization_id();
                                told(act, home, Action::AdminUpdated, Some(id), changes)
                            });
                            admins.replace(&next, present.version(), event.as_ref()).await
                        }
                        None => return Ok(()),
                    }
                }
            };
            match result {
                Ok(()) | Err(WriteError::Taken) => return Ok(()),
                Err(WriteError::Stale) => {}
                Err(WriteError::Store(cause)) => return Err(cause),
            }
        }
        Ok(())
    }
}
