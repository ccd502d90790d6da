//! Who owns which physical name.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{Claim, CollectionName, OrganizationId};

/// Gives each physical name to one organization, for ever. Nothing is ever taken out of it.
#[async_trait]
pub trait NamespaceLedger: Send + Sync {
    /// Gives out a name of the family of `wanted`: itself, or the first free number after the last. When
    /// [`Claim::ATTEMPTS`] of them are taken, a name of the reserved family ([`Claim::families`]).
    ///
    /// MUST give the same name to the same claim, however often it is made, and never give one name to
    /// two claims, under concurrency too. MUST be durable before it answers. The names that other
    /// organizations have MUST NOT make it fail.
    async fn claim(
        &self,
        wanted: &CollectionName,
        claim: &Claim,
    ) -> Result<CollectionName, StoreError>;

    /// MUST return the name that was given to `claim`; none when the claim was never made.
    async fn given(&self, claim: &Claim) -> Result<Option<CollectionName>, StoreError>;

    /// MUST tell the organization that owns `name`, and nothing for a name never given out.
    async fn owner(&self, name: &CollectionName) -> Result<Option<OrganizationId>, StoreError>;
}
