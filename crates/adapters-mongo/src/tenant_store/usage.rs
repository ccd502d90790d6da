//! How much each tenant keeps: a record for each organization, which says how many documents there are and how many
//! bytes they are as JSON ([`Document::size`](domain::model::Document::size)), so that all stores agree.
//!
//! A record and a document can't be written in one step. What holds instead: **what is counted is never less than what is
//! there.**
//! - What a write adds is counted before it is sent (*reserved*), by one conditional write of the record that is also
//!   the check of the quota. What turned out not to be needed, and what a delete removed, is *given back* after it. Of a
//!   write of which nobody knows what became of it, nothing is given back.
//! - Reservations are acknowledged by the primary alone, not by a majority. The document follows in the oplog (on a
//!   server that stands alone, in the journal), and is acknowledged only when it is there for good; then so is all that
//!   was written before it, its reservation included. Only when an election or a crash of the server falls between the
//!   two may a document be there and its reservation be lost. What was given back last may be lost as well.
//! - Who has no record yet is counted before the first write that this version makes, a delete included, so that nothing
//!   comes in between: see [`count`].
//! - What was reserved by a process that ended is found out when somebody is refused for it: see [`mend`].

mod asks;
mod count;
mod mend;
mod queue;

use domain::model::{OrganizationId, Tenant, Usage};
use domain::ports::{Causes, StoreError, TenantError};

use asks::Ask;
pub(super) use asks::Delta;
pub(crate) use queue::Counters;

use crate::store::MongoStore;

impl MongoStore {
    /// Counts `growth`, if the tenant's quota allows it.
    pub(super) async fn reserve(&self, tenant: &Tenant, growth: Delta) -> Result<(), TenantError> {
        self.reserve_at_first(tenant, growth, growth).await
    }

    /// Counts `at_first`, if the tenant's quota allows `in_the_end`.
    pub(super) async fn reserve_at_first(
        &self,
        tenant: &Tenant,
        at_first: Delta,
        in_the_end: Delta,
    ) -> Result<(), TenantError> {
        let ask = Ask { change: at_first, growth: in_the_end, quota: tenant.quota() };
        let asked = self.ask(tenant, ask).await;
        if matches!(asked, Err(TenantError::Full(_))) {
            self.mend_soon(tenant);
        }
        asked
    }

    /// Counts `excess` no more. What can't be given back stays counted until it is mended: the write is done all the same.
    pub(super) async fn give_back(&self, tenant: &Tenant, excess: Delta) {
        if excess.is_nothing() {
            return;
        }
        if let Err(error) = self.ask(tenant, Ask::giving_back(excess)).await {
            let organization = tenant.organization();
            tracing::warn!(%organization, error = %Causes(&error), "more is counted than is there");
        }
    }

    /// Sees to it that there is a record, before a write that reserves nothing.
    pub(super) async fn must_be_counted(&self, tenant: &Tenant) -> Result<(), TenantError> {
        if self.counters.knows(tenant.organization()) {
            return Ok(());
        }
        self.ask(tenant, Ask::NOTHING).await
    }

    /// How much is counted.
    pub(super) async fn counted(&self, tenant: &Tenant) -> Result<Usage, StoreError> {
        let organization: &OrganizationId = tenant.organization();
        if let Some(record) = self.record(organization).await? {
            return Ok(record.counted.usage());
        }
        match self.ask(tenant, Ask::NOTHING).await {
            Ok(()) => {
                let record = self.record(organization).await?;
                Ok(record.map_or_else(Usage::default, |record| record.counted.usage()))
            }
            Err(TenantError::Store(error)) => Err(error),
            Err(TenantError::Moved | TenantError::Exists | TenantError::Full(_)) => {
                Ok(Usage::default())
            }
        }
    }
}
