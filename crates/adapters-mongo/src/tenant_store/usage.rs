//! Storage usage of each tenant: one record per organization, with the number of documents and
//! their size in bytes of JSON ([`Document::size`](domain::model::Document::size)), so that all
//! stores agree.
//!
//! A record and a document can't be written in one step. The invariant instead: **the counted usage
//! is never less than the stored usage.**
//! - A write *reserves* its growth before it is sent, by one conditional write of the record that
//!   also checks the quota. It *releases* after the write what was not needed, and what a delete
//!   removed. If the outcome of a write is unknown, nothing is released.
//! - The primary alone acknowledges reservations, not a majority. The document follows in the oplog
//!   (on a standalone server, in the journal), and is acknowledged only when it is durable; then
//!   everything written before it is durable, too, its reservation included. If an election or a
//!   crash of the server comes in between, the reservation may be lost, so the written documents
//!   are counted again. The last releases may be lost as well.
//! - An organization without a record is counted before this version's first write for it, a delete
//!   included, so that no write comes in between: see [`count`].
//! - Leaked reservations of a process that ended are detected when they cause a refusal: see
//!   [`mend`].

mod asks;
mod count;
mod mend;
mod queue;

use domain::model::{OrganizationId, Tenant, Usage};
use domain::ports::{Causes, StoreError, TenantError};

pub(crate) use asks::UsageDelta;
use asks::UsageUpdate;
pub(crate) use queue::Counters;

use crate::elections::PrimaryTerm;
use crate::store::MongoStore;

impl MongoStore {
    /// Reserves `growth`, if the tenant's quota allows it.
    pub(crate) async fn reserve(
        &self,
        tenant: &Tenant,
        growth: UsageDelta,
    ) -> Result<PrimaryTerm, TenantError> {
        self.reserve_at_first(tenant, growth, growth).await
    }

    /// Reserves `at_first`, if the tenant's quota allows `in_the_end`.
    pub(super) async fn reserve_at_first(
        &self,
        tenant: &Tenant,
        at_first: UsageDelta,
        in_the_end: UsageDelta,
    ) -> Result<PrimaryTerm, TenantError> {
        let reign = self.reign().await?;
        let ask = UsageUpdate { change: at_first, growth: in_the_end, quota: tenant.quota() };
        let asked = self.ask(tenant, ask).await;
        if matches!(asked, Err(TenantError::Full(_))) {
            self.mend_soon(tenant);
        }
        asked.map(|()| reign)
    }

    /// Completes a reservation of a primary's term after the write: `written` of it is stored, or
    /// none; the rest is released. If the term is over, the reservation may be lost, so it is made
    /// again, durably.
    pub(crate) async fn settle_reserved(
        &self,
        tenant: &Tenant,
        (reign, reserved): (PrimaryTerm, UsageDelta),
        written: Option<UsageDelta>,
    ) {
        self.give_back(tenant, reserved.minus(written.unwrap_or_default())).await;
        if written.is_none() || reserved.is_nothing() || self.still_reigns(reign).await {
            return;
        }
        let again = async {
            self.ask(tenant, UsageUpdate::counting(reserved)).await?;
            Ok::<_, TenantError>(self.settled_record(tenant.organization()).await?)
        };
        if let Err(error) = again.await {
            let organization = tenant.organization();
            tracing::warn!(%organization, error = %Causes(&error), "storage usage may be undercounted");
        }
    }

    /// Releases `excess`. If that fails, it stays counted until the next recount; the write
    /// succeeds nevertheless.
    pub(super) async fn give_back(&self, tenant: &Tenant, excess: UsageDelta) {
        if excess.is_nothing() {
            return;
        }
        if let Err(error) = self.ask(tenant, UsageUpdate::giving_back(excess)).await {
            let organization = tenant.organization();
            tracing::warn!(%organization, error = %Causes(&error), "storage usage overcounted until the next recount");
        }
    }

    /// Ensures that there is a record, before a write that reserves nothing.
    pub(super) async fn must_be_counted(
        &self,
        tenant: &Tenant,
    ) -> Result<PrimaryTerm, TenantError> {
        let reign = self.reign().await?;
        if !self.counters.knows(tenant.organization()) {
            self.ask(tenant, UsageUpdate::NOTHING).await?;
        }
        Ok(reign)
    }

    /// The counted usage.
    pub(super) async fn counted(&self, tenant: &Tenant) -> Result<Usage, StoreError> {
        let organization: &OrganizationId = tenant.organization();
        if let Some(record) = self.record(organization).await? {
            return Ok(record.counted.usage());
        }
        match self.ask(tenant, UsageUpdate::NOTHING).await {
            Ok(()) => {
                let record = self.record(organization).await?;
                Ok(record.map_or_else(Usage::default, |record| record.counted.usage()))
            }
            Err(TenantError::Store(error)) => Err(error),
            Err(_) => Ok(Usage::default()),
        }
    }
}
