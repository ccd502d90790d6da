//! Detection and repair of inconsistencies in a store, left by manual edits, restores or older
//! servers. No workflow encounters them, so none repairs them.

mod finding;
mod inspect;
mod repair;
mod scan;

use std::collections::BTreeSet;

use super::port_set::port_set;
use crate::model::{Admin, CollectionName, Organization};
use crate::ports::{Causes, OrganizationFilter, Ports, StoreError};

use super::Lifecycle;
use finding::Findings;
use scan::Scan;

pub use finding::{Finding, Gone};
pub use repair::RepairSkipped;

/// Result of a sweep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Number of collections that were moved into place or removed.
    pub repaired: usize,
    /// Number of misplaced collections that need a decision of an operator.
    pub skipped: usize,
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
        // reported as a stray.
        let mut unexplained = self.collections(&mut findings).await?;
        self.examine_organizations(&mut unexplained, &mut findings).await?;
        for name in &unexplained {
            findings.add(self.inspect_collection(name).await)?;
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
            Finding::Orphaned { organization, at, .. }
            | Finding::Misplaced { organization, at, .. } => self.clean_up(organization, at).await,
            Finding::MissingCollection { organization, .. } => {
                self.create_missing(organization).await
            }
            Finding::Stuck { organization, .. } => self.finish_stuck(organization).await,
            Finding::OrphanedAdmins { organization, .. } => {
                self.remove_orphaned_admins(organization).await
            }
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
            let finding = match self.inspect_collection(&name).await {
                Ok(Some(Finding::Unclaimed { .. }) | None) => continue,
                Ok(Some(finding)) => finding,
                // Examinations report it; a sweep can't repair it.
                Err(StoreError::Corrupt { .. }) => continue,
                Err(cause) => return Err(cause),
            };
            match self.repair(&finding).await {
                Ok(()) => {
                    swept.repaired += 1;
                    tracing::info!(%finding, "inconsistency repaired");
                }
                Err(reason) => {
                    swept.skipped += 1;
                    tracing::debug!(%finding, reason = %Causes(&reason), "inconsistency not repaired");
                }
            }
        }
        Ok(swept)
    }

    /// The collections that no organization claims.
    async fn unexplained(&self) -> Result<BTreeSet<CollectionName>, StoreError> {
        // Examinations report unreadable records.
        let mut error = Findings::default();
        let mut names = self.collections(&mut error).await?;
        let own = OrganizationFilter { own_collection: true, ..OrganizationFilter::default() };
        let mut scan = Scan::default();
        while scan.has_next() {
            let page = self.ports.organizations.list(&own, scan.after(), scan.size()).await;
            for organization in scan.take(page, Organization::id, &mut error)? {
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
        let mut scan = Scan::default();
        while scan.has_next() {
            let page = self.ports.tenants.collections(scan.after(), scan.size()).await;
            names.extend(scan.take(page, |name| name, findings)?);
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
        let mut scan = Scan::default();
        while scan.has_next() {
            let page = self.ports.organizations.list(&all, scan.after(), scan.size()).await;
            for organization in scan.take(page, Organization::id, findings)? {
                explain(&organization, unexplained);
                findings.add(self.inspect_organization(&organization).await)?;
            }
        }
        Ok(())
    }

    async fn examine_shared_documents(&self, findings: &mut Findings) -> Result<(), StoreError> {
        let mut scan = Scan::default();
        while scan.has_next() {
            let page = self.ports.tenants.shared_tenants(scan.after(), scan.size()).await;
            for organization in scan.take(page, |id| id, findings)? {
                findings.add(self.inspect_shared_documents(&organization).await)?;
            }
        }
        Ok(())
    }

    async fn examine_admins(&self, findings: &mut Findings) -> Result<(), StoreError> {
        let mut scan = Scan::default();
        while scan.has_next() {
            let page = self.ports.admins.all(scan.after(), scan.size()).await;
            for admin in scan.take(page, Admin::id, findings)? {
                findings.add(self.inspect_admins(admin.organization_id()).await)?;
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
