//! Transitions of an organization for pending changes to its admins.

use super::{Naming, Organization, Refusal};
use crate::model::{
    Admin, AdminChange, AdminId, AuditContext, NextName, PendingAdminChange, Phase, Timestamp,
    Version,
};

impl Organization {
    /// Begins to add `admin`.
    ///
    /// # Errors
    /// Not active.
    pub fn adding_admin(
        &self,
        admin: Admin,
        act: AuditContext,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let (admin, act) = (Box::new(admin), Box::new(act));
        self.begin_admin_change(now, |_| Phase::AddingAdmin { admin, act })
    }

    /// Begins to apply `change` to the admin `admin`: an active owner must remain.
    ///
    /// # Errors
    /// Not active.
    pub fn updating_admin(
        &self,
        admin: AdminId,
        change: PendingAdminChange,
        act: AuditContext,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let act = Some(Box::new(act));
        self.begin_admin_change(now, |begun| Phase::UpdatingAdmin {
            admin,
            change,
            begun,
            act,
            name: None,
        })
    }

    /// Begins to change the admin `admin`, and to rename the organization to `name` after that: an
    /// active owner must remain.
    ///
    /// # Errors
    /// Not active.
    pub fn updating_admin_then_renaming(
        &self,
        admin: AdminId,
        change: AdminChange,
        name: NextName,
        act: AuditContext,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let (change, act, name) =
            (PendingAdminChange::Amend(change), Some(Box::new(act)), Some(Box::new(name)));
        self.begin_admin_change(now, |begun| Phase::UpdatingAdmin {
            admin,
            change,
            begun,
            act,
            name,
        })
    }

    /// Ends the pending change to its admins, applied or not.
    #[must_use]
    pub fn admin_changed(&self) -> Self {
        self.settled(Phase::Active)
    }

    /// Ends the pending change to its admins, which was applied. If a rename follows, begins it as
    /// [`Organization::amended`] does.
    #[must_use]
    pub fn admin_changed_then_renaming(&self, naming: Naming, now: Timestamp) -> Self {
        let Phase::UpdatingAdmin { name: Some(name), .. } = &self.phase else {
            return self.admin_changed();
        };
        let mut next = Self { phase: Phase::Active, lease_until: None, ..self.clone() };
        next.take_name(&name.to, naming, now);
        Self { version: self.version.next(), updated_at: now, ..next }
    }

    fn begin_admin_change(
        &self,
        now: Timestamp,
        phase: impl FnOnce(Version) -> Phase,
    ) -> Result<Self, Refusal> {
        self.must_be_active()?;
        let version = self.version.next();
        let lease_until = Some(now + Self::LEASE);
        Ok(Self { phase: phase(version), version, lease_until, ..self.clone() })
    }
}
