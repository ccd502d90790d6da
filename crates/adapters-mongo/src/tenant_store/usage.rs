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
//!   included, so that no write comes in between: see [`record`].
//! - Leaked reservations of a process that ended are detected when they cause a refusal: see
//!   [`recount`].

mod record;
mod recount;
mod update_queue;
mod updates;

use domain::model::{OrganizationId, Tenant, Usage};
use domain::ports::{Causes, StoreError, TenantError};

pub(crate) use update_queue::UsageState;
pub(crate) use updates::UsageDelta;
use updates::UsageUpdate;

use crate::elections::PrimaryTerm;
use crate::store::MongoStore;

impl MongoStore {
    /// Reserves `growth`, if the tenant's quota allows it.
    pub(crate) async fn reserve(
        &self,
        tenant: &Tenant,
        growth: UsageDelta,
    ) -> Result<PrimaryTerm, TenantError> {
        self.reserve_initially(tenant, growth, growth).await
    }

    /// Reserves `reserved`, if the tenant's quota allows the final `growth`.
    pub(super) async fn reserve_initially(
        &self,
        tenant: &Tenant,
        reserved: UsageDelta,
        growth: UsageDelta,
    ) -> Result<PrimaryTerm, TenantError> {
        let term = self.primary_term().await?;
        let update = UsageUpdate { change: reserved, growth, quota: tenant.quota() };
        let result = self.update_usage(tenant, update).await;
        if matches!(result, Err(TenantError::Full(_))) {
            self.start_recount(tenant);
        }
        result.map(|()| term)
    }

    /// Completes a reservation of a primary's term after the write: `written` of it is stored, or
    /// none; the rest is released. If the term is over, the reservation may be lost, so it is made
    /// again, durably.
    pub(crate) async fn finish_reservation(
        &self,
        tenant: &Tenant,
        (term, reserved): (PrimaryTerm, UsageDelta),
        written: Option<UsageDelta>,
    ) {
        self.release(tenant, reserved.minus(written.unwrap_or_default())).await;
        if written.is_none() || reserved.is_zero() || self.is_same_term(term).await {
            return;
        }
        let again = async {
            self.update_usage(tenant, UsageUpdate::of_delta(reserved)).await?;
            Ok::<_, TenantError>(self.durable_usage_record(tenant.organization()).await?)
        };
        if let Err(error) = again.await {
            let organization = tenant.organization();
            tracing::warn!(%organization, error = %Causes(&error), "storage usage may be undercounted");
        }
    }

    /// Releases `excess`. If that fails, it stays counted until the next recount; the write
    /// succeeds nevertheless.
    pub(super) async fn release(&self, tenant: &Tenant, excess: UsageDelta) {
        if excess.is_zero() {
            return;
        }
        if let Err(error) = self.update_usage(tenant, UsageUpdate::releasing(excess)).await {
            let organization = tenant.organization();
            tracing::warn!(%organization, error = %Causes(&error), "storage usage overcounted until the next recount");
        }
    }

    /// Ensures that there is a record, before a write that reserves nothing.
    pub(super) async fn ensure_usage_record(
        &self,
        tenant: &Tenant,
    ) -> Result<PrimaryTerm, TenantError> {
        let term = self.primary_term().await?;
        if !self.usage_state.has_record(tenant.organization()) {
            self.update_usage(tenant, UsageUpdate::ENSURE_RECORD).await?;
        }
        Ok(term)
    }

    /// The counted usage.
    pub(super) async fn counted_usage(&self, tenant: &Tenant) -> Result<Usage, StoreError> {
        let organization: &OrganizationId = tenant.organization();
        if let Some(record) = self.usage_record(organization).await? {
            return Ok(record.counted.usage());
        }
        match self.update_usage(tenant, UsageUpdate::ENSURE_RECORD).await {
            Ok(()) => {
                let record = self.usage_record(organization).await?;
                Ok(record.map_or_else(Usage::default, |record| record.counted.usage()))
            }
            Err(TenantError::Store(error)) => Err(error),
            Err(_) => Ok(Usage::default()),
        }
    }
}
