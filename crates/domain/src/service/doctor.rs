//! What can be wrong in a store: damage by hands and by restores, and what older servers leave behind. No
//! workflow meets it, so none repairs it.

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
pub use mend::Unmended;

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many collections were moved into place, or removed.
    pub mended: usize,
    /// How many are where they should not be, and can't be mended without somebody who looks at them.
    pub left: usize,
}

port_set! { DoctorPorts { admins: AdminRepo, audit: AuditLog, clock: Clock, namespaces: NamespaceLedger, organizations: OrganizationRepo, tenants: TenantStore } + events }

/// Examines a store, and mends what it can. Others may be at work on the store meanwhile: what they are in
/// the middle of is nothing wrong.
#[derive(Clone)]
pub struct Doctor {
    ports: DoctorPorts,
    lifecycle: Lifecycle,
}

impl Doctor {
    pub(super) fn new(ports: &Ports, lifecycle: Lifecycle) -> Self {
        Self { ports: ports.into(), lifecycle }
    }

    /// All that is wrong. Changes nothing.
    ///
    /// # Errors
    /// When the store fails. A record that can't be read is a finding, not an error.
    pub async fn examine(&self) -> Result<Vec<Finding>, StoreError> {
        let mut findings = Findings::default();
        // First what is there, then what should be: what is made in between is not taken for a stray.
        let mut unexplained = self.collections(&mut findings).await?;
        self.examine_organizations(&mut unexplained, &mut findings).await?;
        for name in &unexplained {
            findings.add(self.look_at_collection(name).await)?;
        }
        self.examine_shared_documents(&mut findings).await?;
        self.examine_admins(&mut findings).await?;
        Ok(findings.into_vec())
    }

    /// Looks at `finding` again, and mends it if it is still there.
    ///
    /// # Errors
    /// Why it is left as it is. A repair that was cut short may be repeated.
    pub async fn repair(&self, finding: &Finding) -> Result<(), Unmended> {
        match finding {
            Finding::Unclaimed { .. } => Err(Unmended::Unclaimed),
            Finding::Remains { organization, at, .. }
            | Finding::Straggler { organization, at, .. } => self.tidy(organization, at).await,
            Finding::Homeless { organization, .. } => self.house(organization).await,
            Finding::Stuck { organization, .. } => self.finish(organization).await,
            Finding::LostAdmins { organization, .. } => self.dismiss(organization).await,
            Finding::Unreadable { .. } => Err(Unmended::Unreadable),
        }
    }

    /// Moves documents that were written under a name given up to where their organization has them, and
    /// removes collections that came to be too late; to be done once in a while. It costs a look at each
    /// name, and no more unless there is something.
    ///
    /// # Errors
    /// When the store can't tell. What can't be mended is counted, not an error.
    pub async fn sweep(&self) -> Result<Swept, StoreError> {
        let mut swept = Swept::default();
        for name in self.unexplained().await? {
            let finding = match self.look_at_collection(&name).await {
                Ok(Some(Finding::Unclaimed { .. }) | None) => continue,
                Ok(Some(finding)) => finding,
                // Reported by an examination, and nothing to mend for a sweep.
                Err(StoreError::Corrupt { .. }) => continue,
                Err(cause) => return Err(cause),
            };
            match self.repair(&finding).await {
                Ok(()) => {
                    swept.mended += 1;
                    tracing::info!(%finding, "mended");
                }
                Err(reason) => {
                    swept.left += 1;
                    tracing::debug!(%finding, reason = %Causes(&reason), "left");
                }
            }
        }
        Ok(swept)
    }

    /// The collections that no organization says are its own.
    async fn unexplained(&self) -> Result<BTreeSet<CollectionName>, StoreError> {
        // What can't be read is for an examination to report.
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

    /// Looks at every record, and takes the collections that they speak of out of `unexplained`.
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

/// Takes the collection of `organization` out of `names`.
fn explain(organization: &Organization, names: &mut BTreeSet<CollectionName>) {
    let tenant = organization.tenant();
    if let Some(name) = tenant.as_ref().and_then(|tenant| tenant.placement().own_collection()) {
        names.remove(name);
    }
}
