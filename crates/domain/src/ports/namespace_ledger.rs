//! Ledger of physical collection names and their owners.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{Claim, CollectionName, OrganizationId};

/// Assigns each physical name to one organization, for ever. Entries are never removed.
#[async_trait]
pub trait NamespaceLedger: Send + Sync {
    /// Assigns a name of the family of `wanted`: the name itself, or else the first free number
    /// after the last one. When [`Claim::ATTEMPTS`] of these names are taken, assigns a name of the
    /// reserved family ([`Claim::families`]).
    ///
    /// MUST return the same name for the same claim on every call, and never assign one name to two
    /// claims, also under concurrency. MUST be durable before it returns. The names of other
    /// organizations MUST NOT make it fail.
    async fn claim(
        &self,
        wanted: &CollectionName,
        claim: &Claim,
    ) -> Result<CollectionName, StoreError>;

    /// MUST return the name assigned to `claim`; none when the claim was never made.
    async fn assigned_name(&self, claim: &Claim) -> Result<Option<CollectionName>, StoreError>;

    /// MUST return the organization that owns `name`; none for a name that was never assigned.
    async fn owner(&self, name: &CollectionName) -> Result<Option<OrganizationId>, StoreError>;
}
