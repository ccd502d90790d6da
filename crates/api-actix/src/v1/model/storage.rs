//! Representations of storage usage and quota.

use domain::model::StorageQuota;
use domain::service::Storage;
use serde::Serialize;
use utoipa::ToSchema;

/// Storage quota of an organization; 0 means unlimited.
#[derive(Serialize, ToSchema)]
#[schema(as = StorageQuota)]
pub(crate) struct QuotaBody {
    /// Number of documents.
    #[schema(example = 100_000)]
    documents: u64,
    /// Total size of all documents as JSON, in bytes.
    #[schema(example = 0)]
    bytes: u64,
}

/// Storage usage of an organization.
#[derive(Serialize, ToSchema)]
#[schema(as = Usage)]
pub(crate) struct UsageBody {
    /// Number of documents.
    #[schema(example = 42)]
    documents: u64,
    /// Total size of all documents as compact JSON, in bytes.
    #[schema(example = 18_300)]
    bytes: u64,
    /// Storage quota.
    limits: QuotaBody,
}

impl From<StorageQuota> for QuotaBody {
    fn from(quota: StorageQuota) -> Self {
        Self { documents: quota.documents(), bytes: quota.bytes() }
    }
}

impl From<Storage> for UsageBody {
    fn from(Storage { usage, quota }: Storage) -> Self {
        Self { documents: usage.documents, bytes: usage.bytes, limits: quota.into() }
    }
}
