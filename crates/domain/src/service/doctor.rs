//! Detection and repair of inconsistencies in a store, left by manual edits, restores or older
//! servers. No workflow encounters them, so none repairs them.

mod finding;
mod look;
mod mend;
mod walk;

use std::collections::BTreeSet;

use super::port_set::port_set;
use crate::model::{Admin, CollectionName, Organization};
use crate::ports::{Causes, OrganizationFilter, Ports, StoreError};

use super::Lifecycle;
use finding::Findings;
use walk::Walk;

pub use finding::{Finding, Gone};
pub use mend::RepairSkipped;

/// Result of a sweep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Number of collections that were moved into place or removed.
    pub mended: usize,
    /// Number of misplaced collections that need a decision of an operator.
    pub left: usize,
}

port_set! { DoctorPorts { admins: AdminRepo, audit: AuditLog, clock: Clock, namespaces: NamespaceLedger, organizations: OrganizationRepo, tenants: TenantStore } + events }

/// Examines a store, and repairs what it can. It may run beside servers: work in progress is not a
/// finding.
#[derive(Clone)]
pub struct Doctor {
    ports: DoctorPorts,
    lifecycle: Lifecycle,
}

impl Doctor {
    pub(super) fn new(ports: &Ports, lifecycle: Lifecycle) -> Self {
        Self { ports: ports.into(), lifecycle }
    }

    /// Returns all findings. Changes nothing.
    ///
    /// # Errors
    /// When the store fails. An unreadable record is a finding, not an error.
    pub async fn examine(&self) -> Result<Vec<Finding>, StoreError> {
        let mut findings = Findings::default();
        // Collections are listed before records, so that one that is created in between is not
        // taken for a stray.
        let mut unexplained = self.collections(&mut findings).await?;
        self.examine_organizations(&mut unexplained, &mut findings).await?;
        for name in &unexplained {
            findings.add(self.look_at_collection(name).await)?;
        }
        self.examine_shared_documents(&mut findings).await?;
        self.examine_admins(&mut findings).await?;
        Ok(findings.into_vec())
    }

    /// Checks `finding` again, and repairs it if it still exists.
    ///
    /// # Errors
    /// The reason why it was not repaired. An interrupted repair can be repeated.
    pub async fn repair(&self, finding: &Finding) -> Result<(), RepairSkipped> {
        match finding {
            Finding::Unclaimed { .. } => Err(RepairSkipped::Unclaimed),
            Finding::Remains { organization, at, .. }
            | Finding::Straggler { organization, at, .. } => self.tidy(organization, at).await,
            Finding::Homeless { organization, .. } => self.house(organization).await,
            Finding::Stuck { organization, .. } => self.finish(organization).await,
            Finding::LostAdmins { organization, .. } => self.dismiss(organization).await,
            Finding::Unreadable { .. } => Err(RepairSkipped::Unreadable),
        }
    }

    /// Moves documents that were written under a former name to the current collection of their
    /// organization, and removes collections that were created too late. Intended to run
    /// periodically: it costs a lookup per name, and more only where it finds something.
    ///
    /// # Errors
    /// When the store can't list the collections. What can't be repaired is counted, not an error.
    pub async fn sweep(&self) -> Result<Swept, StoreError> {
        let mut swept = Swept::default();
        for name in self.unexplained().await? {
            let finding = match self.look_at_collection(&name).await {
                Ok(Some(Finding::Unclaimed { .. }) | None) => continue,
                Ok(Some(finding)) => finding,
                // Examinations report it; a sweep can't repair it.
                Err(StoreError::Corrupt { .. }) => continue,
                Err(cause) => return Err(cause),
            };
            match self.repair(&finding).await {
                Ok(()) => {
                    swept.mended += 1;
                    tracing::info!(%finding, "inconsistency repaired");
                }
                Err(reason) => {
                    swept.left += 1;
                    tracing::debug!(%finding, reason = %Causes(&reason), "inconsistency not repaired");
                }
            }
        }
        Ok(swept)
    }

    /// The collections that no organization claims.
    async fn unexplained(&self) -> Result<BTreeSet<CollectionName>, StoreError> {
        // Examinations report unreadable records.
        let mut unread = Findings::default();
        let mut names = self.collections(&mut unread).await?;
        let own = OrganizationFilter { own_collection: true, ..OrganizationFilter::default() };
        let mut walk = Walk::default();
        while walk.goes_on() {
            let page = self.ports.organizations.list(&own, walk.after(), walk.size()).await;
            for organization in walk.take(page, Organization::id, &mut unread)? {
                explain(&organization, &mut names);
            }
        }
        Ok(names)
    }

    async fn collections(
        &self,
        findings: &mut Findings,
    ) -> Result<BTreeSet<CollectionName>, StoreError> {
        let mut names = BTreeSet::new();
        let mut walk = Walk::default();
        while walk.goes_on() {
            let page = self.ports.tenants.collections(walk.after(), walk.size()).await;
            names.extend(walk.take(page, |name| name, findings)?);
        }
        Ok(names)
    }

    /// Checks every record, and removes the collections that they name from `unexplained`.
    async fn examine_organizations(
        &self,
        unexplained: &mut BTreeSet<CollectionName>,
        findings: &mut Findings,
    ) -> Result<(), StoreError> {
        let all = OrganizationFilter::default();
        let mut walk = Walk::default();
        while walk.goes_on() {
            let page = self.ports.organizations.list(&all, walk.after(), walk.size()).await;
            for organization in walk.take(page, Organization::id, findings)? {
                explain(&organization, unexplained);
                findings.add(self.look_at_organization(&organization).await)?;
            }
        }
        Ok(())
    }

    async fn examine_shared_documents(&self, findings: &mut Findings) -> Result<(), StoreError> {
        let mut walk = Walk::default();
        while walk.goes_on() {
            let page = self.ports.tenants.sharers(walk.after(), walk.size()).await;
            for organization in walk.take(page, |id| id, findings)? {
                findings.add(self.look_at_shared_documents(&organization).await)?;
            }
        }
        Ok(())
    }

    async fn examine_admins(&self, findings: &mut Findings) -> Result<(), StoreError> {
        let mut walk = Walk::default();
        while walk.goes_on() {
            let page = self.ports.admins.all(walk.after(), walk.size()).await;
            for admin in walk.take(page, Admin::id, findings)? {
                findings.add(self.look_at_admins(admin.organization_id()).await)?;
            }
        }
        Ok(())
    }
}

/// Removes the collection of `organization` from `names`.
fn explain(organization: &Organization, names: &mut BTreeSet<CollectionName>) {
    let tenant = organization.tenant();
    if let Some(name) = tenant.as_ref().and_then(|tenant| tenant.placement().own_collection()) {
        names.remove(name);
    }
}
