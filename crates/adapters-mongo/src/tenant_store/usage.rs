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
//!   was written before it, its reservation included. When an election comes between the two, or a crash of the server,
//!   the reservation may be lost, so what was written is counted again. What was given back last may be
//!   lost as well.
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
pub(crate) use asks::Delta;
pub(crate) use queue::Counters;

use crate::elections::Reign;
use crate::store::MongoStore;

impl MongoStore {
    /// Counts `growth`, if the tenant's quota allows it.
    pub(crate) async fn reserve(
        &self,
        tenant: &Tenant,
        growth: Delta,
    ) -> Result<Reign, TenantError> {
        self.reserve_at_first(tenant, growth, growth).await
    }

    /// Counts `at_first`, if the tenant's quota allows `in_the_end`.
    pub(super) async fn reserve_at_first(
        &self,
        tenant: &Tenant,
        at_first: Delta,
        in_the_end: Delta,
    ) -> Result<Reign, TenantError> {
        let reign = self.reign().await?;
        let ask = Ask { change: at_first, growth: in_the_end, quota: tenant.quota() };
        let asked = self.ask(tenant, ask).await;
        if matches!(asked, Err(TenantError::Full(_))) {
            self.mend_soon(tenant);
        }
        asked.map(|()| reign)
    }

    /// What is done when `written`, of what was reserved in a reign, is there, or nothing: the rest is given back. If the
    /// reign is over, nobody knows whether the reservation is there still, and it is made again, for good.
    pub(crate) async fn settle_reserved(
        &self,
        tenant: &Tenant,
        (reign, reserved): (Reign, Delta),
        written: Option<Delta>,
    ) {
        self.give_back(tenant, reserved.minus(written.unwrap_or_default())).await;
        if written.is_none() || reserved.is_nothing() || self.still_reigns(reign).await {
            return;
        }
        let again = async {
            self.ask(tenant, Ask::counting(reserved)).await?;
            Ok::<_, TenantError>(self.settled_record(tenant.organization()).await?)
        };
        if let Err(error) = again.await {
            let organization = tenant.organization();
            tracing::warn!(%organization, error = %Causes(&error), "storage usage may be undercounted");
        }
    }

    /// Counts `excess` no more. What can't be given back stays counted until it is mended: the write is done all the same.
    pub(super) async fn give_back(&self, tenant: &Tenant, excess: Delta) {
        if excess.is_nothing() {
            return;
        }
        if let Err(error) = self.ask(tenant, Ask::giving_back(excess)).await {
            let organization = tenant.organization();
            tracing::warn!(%organization, error = %Causes(&error), "storage usage overcounted until the next recount");
        }
    }

    /// Sees to it that there is a record, before a write that reserves nothing.
    pub(super) async fn must_be_counted(&self, tenant: &Tenant) -> Result<Reign, TenantError> {
        let reign = self.reign().await?;
        if !self.counters.knows(tenant.organization()) {
            self.ask(tenant, Ask::NOTHING).await?;
        }
        Ok(reign)
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
            Err(_) => Ok(Usage::default()),
        }
    }
}
