//! How much there is of documents, and how much there may be.

use domain::model::StorageQuota;
use domain::service::Storage;
use serde::Serialize;
use utoipa::ToSchema;

/// How much an organization may keep; 0 for any amount.
#[derive(Serialize, ToSchema)]
#[schema(as = StorageQuota)]
pub(crate) struct QuotaBody {
    /// How many documents.
    #[schema(example = 100_000)]
    documents: u64,
    /// How many bytes of JSON in all of them.
    #[schema(example = 0)]
    bytes: u64,
}

/// How much an organization keeps.
#[derive(Serialize, ToSchema)]
#[schema(as = Usage)]
pub(crate) struct UsageBody {
    /// How many documents.
    #[schema(example = 42)]
    documents: u64,
    /// How many bytes of JSON in all of them, each as short as it can be written.
    #[schema(example = 18_300)]
    bytes: u64,
    /// How much it may keep.
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
