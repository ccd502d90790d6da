//! Storage usage and quota of a tenant.

use serde::{Deserialize, Serialize};

use crate::model::{Document, Invalid};

/// Storage usage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Number of documents.
    pub documents: u64,
    /// Number of bytes: the sum of [`Document::size`].
    pub bytes: u64,
}

/// Storage quota of a tenant; 0 means no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageQuota {
    documents: u64,
    bytes: u64,
}

/// Changes to a [`StorageQuota`]; a none field stays unchanged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StorageQuotaChange {
    /// The new maximum number of documents.
    pub documents: Option<u64>,
    /// The new maximum number of bytes.
    pub bytes: Option<u64>,
}

/// The quota that a write would exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Excess {
    Documents,
    Bytes,
    Admins,
}

impl Usage {
    /// Usage of one document.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        Self { documents: 1, bytes: document.size() }
    }

    /// Usage of one document of `bytes`.
    #[must_use]
    pub fn of_size(bytes: u64) -> Self {
        Self { documents: 1, bytes }
    }

    /// Sum with `other`.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            documents: self.documents.saturating_add(other.documents),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    /// Difference to `other`.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self {
            documents: self.documents.saturating_sub(other.documents),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }
}

impl StorageQuota {
    /// No limits.
    pub const UNLIMITED: Self = Self { documents: 0, bytes: 0 };
    /// Upper bound of both numbers: every JSON reader takes it without loss (RFC 7493, section
    /// 2.2).
    pub const MAX: u64 = (1 << 53) - 1;

    /// Maximum number of documents; 0 means no limit.
    #[must_use]
    pub fn documents(self) -> u64 {
        self.documents
    }

    /// Maximum number of bytes; 0 means no limit.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.bytes
    }

    /// Applies `change`.
    #[must_use]
    pub fn changed(self, change: StorageQuotaChange) -> Self {
        Self {
            documents: change.documents.unwrap_or(self.documents),
            bytes: change.bytes.unwrap_or(self.bytes),
        }
    }

    /// Validates a number of documents or bytes from a client.
    ///
    /// # Errors
    /// [`Invalid`] above [`StorageQuota::MAX`].
    pub fn parse(number: u64) -> Result<u64, Invalid> {
        if number <= Self::MAX {
            Ok(number)
        } else {
            Err(Invalid::Format("must be a whole number from 0 to 9007199254740991"))
        }
    }

    /// Whether the usage may change from `before` to `after`. Usage that does not grow may exceed
    /// the quota, which may have been lowered.
    ///
    /// # Errors
    /// The quota that would be exceeded.
    pub fn check(self, before: Usage, after: Usage) -> Result<(), Excess> {
        let exceeds =
            |limit: u64, before: u64, after: u64| limit != 0 && after > before && after > limit;
        if exceeds(self.documents, before.documents, after.documents) {
            Err(Excess::Documents)
        } else if exceeds(self.bytes, before.bytes, after.bytes) {
            Err(Excess::Bytes)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(documents: u64, bytes: u64) -> StorageQuota {
        let change = StorageQuotaChange { documents: Some(documents), bytes: Some(bytes) };
        StorageQuota::UNLIMITED.changed(change)
    }

    fn usage(documents: u64, bytes: u64) -> Usage {
        Usage { documents, bytes }
    }

    #[test]
    fn usage_can_grow_up_to_the_quota() {
        assert_eq!(quota(2, 10).check(usage(1, 5), usage(2, 10)), Ok(()));
        assert_eq!(quota(2, 10).check(usage(2, 5), usage(3, 6)), Err(Excess::Documents));
        assert_eq!(quota(2, 10).check(usage(1, 10), usage(2, 11)), Err(Excess::Bytes));
        assert_eq!(quota(0, 0).check(usage(1, 5), usage(u64::MAX, u64::MAX)), Ok(()));
    }

    #[test]
    fn usage_above_the_quota_can_shrink_or_stay() {
        assert_eq!(quota(2, 10).check(usage(5, 50), usage(5, 40)), Ok(()));
        assert_eq!(quota(2, 10).check(usage(5, 50), usage(4, 50)), Ok(()));
        assert_eq!(quota(2, 10).check(usage(5, 50), usage(5, 51)), Err(Excess::Bytes));
    }

    #[test]
    fn a_partial_quota_change_keeps_the_other_limits() {
        let fewer = StorageQuotaChange { documents: Some(7), bytes: None };
        assert_eq!(quota(2, 10).changed(fewer), quota(7, 10));
        assert!(StorageQuota::parse(StorageQuota::MAX + 1).is_err());
    }
}
