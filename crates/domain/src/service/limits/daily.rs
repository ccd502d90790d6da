//! Daily limits on the data that an organization creates besides documents, which have a quota.

use super::Limits;
use super::windows::FixedWindows;
use crate::model::{OrganizationId, QuotaWindow, RateLimit, RateQuota};
use crate::service::{Caller, Error};

/// A daily limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DailyLimit {
    /// Changes to an organization and its admins: each creates an audit event that is kept.
    Changes,
    /// New names of an organization: each is claimed for ever.
    Renames,
    /// Responses stored for an `Idempotency-Key`.
    KeptResponses,
}

/// Daily counters of all organizations.
#[derive(Default)]
pub(super) struct Daily {
    changes: FixedWindows<OrganizationId>,
    renames: FixedWindows<OrganizationId>,
    /// In KiB.
    kept: FixedWindows<KeptFor>,
    /// The reserved share of each organization, in KiB.
    reserved: FixedWindows<OrganizationId>,
}

/// Owner of the stored responses that a window counts.
#[derive(Clone, PartialEq, Eq, Hash)]
enum KeptFor {
    /// All sign-ups without a token.
    SignUps,
    /// All organizations, beyond their reserved shares.
    Organizations,
    /// One organization.
    Organization(OrganizationId),
}

impl Limits {
    /// Counts a change to `organization` or to one of its admins.
    ///
    /// # Errors
    /// [`Error::DailyLimit`].
    pub(in crate::service) fn count_change(
        &self,
        organization: &OrganizationId,
    ) -> Result<(), Error> {
        let limit = self.0.rules.changes_per_day;
        self.daily(&self.0.daily.changes, organization, (limit, 1), DailyLimit::Changes)
    }

    /// Counts a new name of `organization`; the limit is a tenth of that of changes.
    ///
    /// # Errors
    /// [`Error::DailyLimit`].
    pub(in crate::service) fn count_rename(
        &self,
        organization: &OrganizationId,
    ) -> Result<(), Error> {
        let limit = self.0.rules.changes_per_day.tenth();
        self.daily(&self.0.daily.renames, organization, (limit, 1), DailyLimit::Renames)
    }

    /// Maximum number of admins of an organization; `None` without a limit.
    pub(in crate::service) fn most_admins(&self) -> Option<u64> {
        Some(self.0.rules.admins).filter(|most| *most > 0)
    }

    /// Checks whether the response to a request of `caller` may be stored. The operator is not
    /// limited.
    ///
    /// Organizations and sign-ups without a token have a half of the limit each, so that neither
    /// can use up the share of the other. One organization has a tenth of the limit. The first
    /// thousandth of the limit is reserved for it, whatever the others use.
    ///
    /// # Errors
    /// [`Error::DailyLimit`] when one of these limits is reached.
    pub fn may_keep_response(&self, caller: Option<&Caller>) -> Result<(), Error> {
        self.kept_response(caller, 0)
    }

    /// Counts a response that is stored for a request of `caller`.
    pub fn count_kept_response(&self, caller: Option<&Caller>, bytes: usize) {
        let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        // It was admitted before the request was executed.
        let _ = self.kept_response(caller, kib);
    }

    fn kept_response(&self, caller: Option<&Caller>, kib: u32) -> Result<(), Error> {
        let (limit, kept) = (self.0.rules.kept_kib_per_day, &self.0.daily.kept);
        let of = DailyLimit::KeptResponses;
        let id = match caller {
            Some(Caller::Operator(_)) => return Ok(()),
            Some(Caller::Admin(context)) => context.organization().id(),
            None => return self.daily(kept, &KeptFor::SignUps, (limit.half(), kib), of),
        };
        self.daily(kept, &KeptFor::Organization(id.clone()), (limit.tenth(), kib), of)?;
        self.daily(&self.0.daily.reserved, id, (limit.thousandth(), kib), of)
            .or_else(|_| self.daily(kept, &KeptFor::Organizations, (limit.half(), kib), of))
    }

    fn daily<K: std::hash::Hash + Eq + Clone>(
        &self,
        windows: &FixedWindows<K>,
        key: &K,
        (limit, amount): (RateLimit, u32),
        of: DailyLimit,
    ) -> Result<(), Error> {
        let Some(quota) = RateQuota::new(limit, QuotaWindow::DAY) else { return Ok(()) };
        let counted = self.add(windows, key, amount, quota);
        let refusal = Error::DailyLimit { of, retry_after: counted.resets_in };
        if counted.within { Ok(()) } else { Err(refusal) }
    }
}
