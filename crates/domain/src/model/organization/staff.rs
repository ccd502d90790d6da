//! Transitions of an organization for pending changes to its admins.

use super::{Naming, Organization, Refusal};
use crate::model::{Act, Admin, AdminChange, AdminId, NextName, Phase, Relief, Timestamp, Version};

impl Organization {
    /// Begins to add `admin`.
    ///
    /// # Errors
    /// Not active.
    pub fn admitting(&self, admin: Admin, act: Act, now: Timestamp) -> Result<Self, Refusal> {
        let (admin, act) = (Box::new(admin), Box::new(act));
        self.staffing(now, |_| Phase::Admitting { admin, act })
    }

    /// Begins to apply `relief` to the admin `admin`: an active owner must remain.
    ///
    /// # Errors
    /// Not active.
    pub fn relieving(
        &self,
        admin: AdminId,
        relief: Relief,
        act: Act,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let act = Some(Box::new(act));
        self.staffing(now, |begun| Phase::Relieving { admin, relief, begun, act, name: None })
    }

    /// Begins to change the admin `admin`, and to rename the organization to `name` after that: an
    /// active owner must remain.
    ///
    /// # Errors
    /// Not active.
    pub fn amending(
        &self,
        admin: AdminId,
        change: AdminChange,
        name: NextName,
        act: Act,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let (relief, act, name) =
            (Relief::Amend(change), Some(Box::new(act)), Some(Box::new(name)));
        self.staffing(now, |begun| Phase::Relieving { admin, relief, begun, act, name })
    }

    /// Ends the pending change to its admins, applied or not.
    #[must_use]
    pub fn staffed(&self) -> Self {
        self.settled(Phase::Active)
    }

    /// Ends the pending change to its admins, which was applied. If a rename follows, begins it as
    /// [`Organization::amended`] does.
    #[must_use]
    pub fn staffed_to_be_named(&self, naming: Naming, now: Timestamp) -> Self {
        let Phase::Relieving { name: Some(name), .. } = &self.phase else { return self.staffed() };
        let mut next = Self { phase: Phase::Active, lease_until: None, ..self.clone() };
        next.take_name(&name.to, naming, now);
        Self { version: self.version.next(), updated_at: now, ..next }
    }

    fn staffing(
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
