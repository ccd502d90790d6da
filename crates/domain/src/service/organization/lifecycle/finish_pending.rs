//! Completion of pending work before a new change.

use super::{DriveOutcome, Lifecycle};
use crate::model::{Organization, OrganizationId};
use crate::service::session::access::require_active;
use crate::service::{Error, Resource};

impl Lifecycle {
    /// Finishes the pending work of `present`.
    pub(in crate::service) async fn finish_pending(
        &self,
        present: Organization,
    ) -> Result<Organization, Error> {
        match self.drive(present).await {
            DriveOutcome::Settled(organization) => Ok(*organization),
            DriveOutcome::Undone => Err(Error::NotFound(Resource::Organization)),
            DriveOutcome::Unfinished { cause, .. } | DriveOutcome::Unknown(cause) => {
                Err(cause.into())
            }
        }
    }

    /// Returns the organization with this id, after its pending work is finished, if its admins may
    /// act in it.
    pub(in crate::service) async fn settled(
        &self,
        id: &OrganizationId,
    ) -> Result<Organization, Error> {
        let stored = require_active(self.ports.organizations.get(id).await?)?;
        require_active(Some(self.finish_pending(stored).await?))
    }
}
