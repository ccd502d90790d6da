//! How the admins of an organization change, as far as its record has to know.

use super::{Naming, Organization, Refusal};
use crate::model::{Act, Admin, AdminChange, AdminId, NextName, Phase, Relief, Timestamp, Version};

impl Organization {
    /// `admin` is to be one of its admins.
    ///
    /// # Errors
    /// Not active.
    pub fn admitting(&self, admin: Admin, act: Act, now: Timestamp) -> Result<Self, Refusal> {
        let (admin, act) = (Box::new(admin), Box::new(act));
        self.staffing(now, |_| Phase::Admitting { admin, act })
    }

    /// `relief` is to be done to the admin `admin`: an active owner must remain.
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

    /// The admin `admin` is to become another, and the organization to be called `name` then: an active owner
    /// must remain.
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

    /// The change to its admins is over, or could not be made.
    #[must_use]
    pub fn staffed(&self) -> Self {
        self.settled(Phase::Active)
    }

    /// The change to its admins is made. Where it was to have another name after that, this begins, as with
    /// [`Organization::amended`].
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
