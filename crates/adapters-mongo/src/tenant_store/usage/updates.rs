//! Updates of a usage record, and their combination.

use bson::{Document as Fields, doc};
use domain::model::{Excess, OrganizationId, StorageQuota, Usage};

/// A difference in usage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct UsageDelta {
    pub(super) documents: i64,
    pub(super) bytes: i64,
}

/// A requested update of a usage record.
#[derive(Debug, Clone, Copy)]
pub(super) struct UsageUpdate {
    /// The difference to count.
    pub(super) change: UsageDelta,
    /// The final growth, which must be within the quota.
    pub(super) growth: UsageDelta,
    pub(super) quota: StorageQuota,
}

/// A sequence of updates, combined into one.
#[derive(Debug, Default)]
pub(super) struct UsageBatch {
    change: UsageDelta,
    /// Whether it contains a change. A reservation and a release may cancel out, and still count as
    /// a change.
    is_change: bool,
    /// Maximum counted usage before the update with which every part is within its quota.
    documents_at_most: Option<i64>,
    bytes_at_most: Option<i64>,
}

impl UsageDelta {
    /// All of `usage` as growth.
    pub(crate) fn of(usage: Usage) -> Self {
        Self { documents: signed(usage.documents), bytes: signed(usage.bytes) }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            documents: self.documents.saturating_add(other.documents),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self {
            documents: self.documents.saturating_sub(other.documents),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    /// The positive part.
    pub(crate) fn positive_part(self) -> Self {
        Self { documents: self.documents.max(0), bytes: self.bytes.max(0) }
    }

    pub(crate) fn is_zero(self) -> bool {
        self == Self::default()
    }

    pub(super) fn usage(self) -> Usage {
        Usage {
            documents: u64::try_from(self.documents).unwrap_or_default(),
            bytes: u64::try_from(self.bytes).unwrap_or_default(),
        }
    }
}

impl UsageUpdate {
    /// Only ensures that the record exists.
    pub(super) const ENSURE_RECORD: Self = Self {
        change: UsageDelta { documents: 0, bytes: 0 },
        growth: UsageDelta { documents: 0, bytes: 0 },
        quota: StorageQuota::UNLIMITED,
    };

    /// Counts documents that are stored already.
    pub(super) fn of_delta(present: UsageDelta) -> Self {
        Self { change: present, ..Self::ENSURE_RECORD }
    }

    pub(super) fn releasing(excess: UsageDelta) -> Self {
        Self::of_delta(UsageDelta::default().minus(excess))
    }

    /// Checks the quota, starting from `counted`.
    pub(super) fn check(&self, counted: UsageDelta) -> Result<(), Excess> {
        self.quota.check(counted.usage(), counted.plus(self.growth).usage())
    }
}

impl UsageBatch {
    pub(super) fn of<'a>(updates: impl IntoIterator<Item = &'a UsageUpdate>) -> Self {
        let mut batch = Self::default();
        updates.into_iter().for_each(|update| batch.add(update));
        batch
    }

    pub(super) fn add(&mut self, update: &UsageUpdate) {
        // An update that does not grow is not refused.
        let room = |limit: u64, before: i64, growth: i64| {
            (limit != 0 && growth > 0).then(|| signed(limit) - before - growth)
        };
        let (before, growth) = (self.change, update.growth);
        let documents = room(update.quota.documents(), before.documents, growth.documents);
        let bytes = room(update.quota.bytes(), before.bytes, growth.bytes);
        tighten(&mut self.documents_at_most, documents);
        tighten(&mut self.bytes_at_most, bytes);
        self.change = before.plus(update.change);
        self.is_change |= !update.change.is_zero();
    }

    /// The usage after this update, starting from `counted`.
    pub(super) fn after(&self, counted: UsageDelta) -> UsageDelta {
        counted.plus(self.change)
    }

    pub(super) fn is_change(&self) -> bool {
        self.is_change
    }

    /// Filter for the record, if everything fits.
    pub(super) fn filter(&self, organization: &OrganizationId) -> Fields {
        let mut filter = doc! { "_id": organization.as_str() };
        let limits = [("documents", self.documents_at_most), ("bytes", self.bytes_at_most)];
        for (field, at_most) in limits {
            if let Some(at_most) = at_most {
                filter.insert(field, doc! { "$lte": at_most });
            }
        }
        filter
    }

    pub(super) fn update(&self) -> Fields {
        let UsageDelta { documents, bytes } = self.change;
        doc! { "$inc": { "documents": documents, "bytes": bytes, "changes": 1_i64 } }
    }
}

fn tighten(at_most: &mut Option<i64>, room: Option<i64>) {
    *at_most = match (*at_most, room) {
        (Some(present), Some(room)) => Some(present.min(room)),
        (present, room) => present.or(room),
    };
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use domain::model::StorageQuotaChange;

    use super::*;

    fn delta(documents: i64, bytes: i64) -> UsageDelta {
        UsageDelta { documents, bytes }
    }

    fn update(change: UsageDelta, documents: u64, bytes: u64) -> UsageUpdate {
        let limits = StorageQuotaChange { documents: Some(documents), bytes: Some(bytes) };
        let quota = StorageQuota::UNLIMITED.changed(limits);
        UsageUpdate { change, growth: change.positive_part(), quota }
    }

    fn filter(updates: &[UsageUpdate]) -> Fields {
        UsageBatch::of(updates).filter(&OrganizationId::parse("o").unwrap())
    }

    #[test]
    fn batch_limits_allow_each_update_after_those_before_it() {
        let updates =
            [update(delta(1, 10), 5, 0), update(delta(1, 10), 5, 100), update(delta(1, 10), 9, 0)];
        let expected =
            doc! { "_id": "o", "documents": { "$lte": 3_i64 }, "bytes": { "$lte": 80_i64 } };
        assert_eq!(filter(&updates), expected);
        assert_eq!(UsageBatch::of(&updates).after(delta(2, 7)), delta(5, 37));
    }

    #[test]
    fn updates_that_do_not_grow_have_no_limit() {
        assert_eq!(filter(&[update(delta(0, -10), 5, 5)]), doc! { "_id": "o" });
        assert_eq!(filter(&[UsageUpdate::releasing(delta(1, 10))]), doc! { "_id": "o" });
        assert_eq!(update(delta(1, 10), 5, 5).check(delta(5, 0)), Err(Excess::Documents));
        assert_eq!(update(delta(0, 10), 5, 5).check(delta(9, 0)), Err(Excess::Bytes));
        assert_eq!(update(delta(0, -10), 5, 5).check(delta(9, 99)), Ok(()));
    }

    #[test]
    fn a_release_makes_room_for_later_updates() {
        let updates = [UsageUpdate::releasing(delta(2, 20)), update(delta(1, 10), 5, 0)];
        let expected = doc! { "_id": "o", "documents": { "$lte": 6_i64 } };
        assert_eq!(filter(&updates), expected);
    }
}
