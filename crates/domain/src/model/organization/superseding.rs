//! Suspension and deletion, which supersede a pending rename or provisioning.

use super::{Organization, Refusal};
use crate::model::{Actor, AuditContext, Phase, Timestamp};

impl Organization {
    /// Suspends the organization at once, as [`Organization::suspended`] does, also while a rename
    /// or the provisioning is pending: that work continues and ends in a suspended organization.
    ///
    /// # Errors
    /// Deleted, or a change to its admins is pending.
    pub fn suspending(&self, act: &AuditContext, now: Timestamp) -> Result<Self, Refusal> {
        let mut next = self.clone();
        match &mut next.phase {
            Phase::Provisioning { suspension: suspension @ None, .. } => {
                *suspension = Some(Box::new(act.clone()));
            }
            Phase::Renaming { to, slug, begun } => {
                let (to, slug, begun) = (to.clone(), slug.clone(), *begun);
                next.phase = Phase::Suspending { to, slug, begun };
            }
            Phase::Provisioning { .. } | Phase::Suspending { .. } => return Ok(next),
            _ => return self.suspended(now),
        }
        Ok(Self { updated_at: now, ..next.claimed(now) })
    }

    /// Removes a suspension that would take effect after the provisioning.
    pub(crate) fn unsuspended(&self) -> Self {
        let mut same = self.clone();
        if let Phase::Provisioning { suspension, .. } = &mut same.phase {
            *suspension = None;
        }
        same
    }

    /// Begins the removal of documents and admins on behalf of `by`. Supersedes a pending rename or
    /// provisioning; the new name of the rename stays.
    ///
    /// # Errors
    /// Deleted already, or a change to its admins is pending.
    pub fn deleting(&self, by: Actor, now: Timestamp) -> Result<Self, Refusal> {
        let mut next = self.clone();
        let begun = if let Some((name, slug, begun)) = self.next_name() {
            (next.name, next.slug) = (name.clone(), slug.clone());
            Some(begun)
        } else if let Phase::Provisioning { .. } = self.phase {
            Some(self.claim().begun)
        } else {
            self.must_be_settled()?;
            None
        };
        next.phase = Phase::Deleting { by, begun };
        Ok(Self { updated_at: now, ..next.claimed(now) })
    }

    /// Whether the deletion supersedes a rename or a provisioning; [`Organization::claim`] is the
    /// claim of that work.
    #[must_use]
    pub fn supersedes(&self) -> bool {
        matches!(self.phase, Phase::Deleting { begun: Some(_), .. })
    }
}
