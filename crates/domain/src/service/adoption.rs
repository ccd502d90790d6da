//! Migration of another service's organizations, documents, admins and password hashes
//! ("adoption").
//!
//! The migration first checks everything, and changes nothing when it finds a problem. Then it
//! imports each organization separately. The record of the organization is written last: an
//! organization with a record is complete, and one without a record is imported from the start. To
//! finish an interrupted migration, run it again.

mod admins;
mod check;
mod import;
mod plan;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use thiserror::Error;

use crate::model::{DocumentLimit, Organization};
use crate::ports::{
    AdminRepo, AuditLog, Clock, IdGenerator, LegacyDatabase, NamespaceLedger, OrganizationRepo,
    StoreError, TenantStore,
};

pub use plan::{AdminToAdopt, AdoptionProblem, CheckOutcome, MigratedOrganization, Plan};

/// Ports of the target store that adoption uses.
#[derive(Clone)]
#[expect(missing_docs, reason = "every field is named after its port")]
pub struct AdoptionPorts {
    pub organizations: Arc<dyn OrganizationRepo>,
    pub admins: Arc<dyn AdminRepo>,
    pub namespaces: Arc<dyn NamespaceLedger>,
    pub tenants: Arc<dyn TenantStore>,
    pub audit: Arc<dyn AuditLog>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdGenerator>,
}

/// Reasons for which an adoption stopped early. It can be run again.
#[derive(Debug, Error)]
pub enum AdoptionError {
    /// The name or id was taken after the check.
    #[error("{0} was taken meanwhile")]
    Taken(String),
    /// The store, or the database of the other service, failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Receives the progress of an adoption.
pub trait AdoptionProgress: Send + Sync {
    /// `done` of the organization's `of` documents are copied.
    fn copied(&self, migrated: &MigratedOrganization, done: u64, of: u64);

    /// The organization is complete.
    fn adopted(&self, organization: &Organization);
}

/// Migrates the organizations of another service.
pub struct Adoption {
    source: Arc<dyn LegacyDatabase>,
    target: AdoptionPorts,
    rules: AdoptionRules,
}

/// Settings of an adoption.
#[derive(Debug, Clone, Copy, Default)]
pub struct AdoptionRules {
    /// Maximum size of an imported document.
    pub limit: DocumentLimit,
    /// Whether admins other than the founder are read from the documents of an organization, which
    /// may also contain records of its customers.
    pub admins_among_documents: bool,
}

impl Adoption {
    /// Builds an adoption from `source` into `target`.
    #[must_use]
    pub fn new(
        source: Arc<dyn LegacyDatabase>,
        target: AdoptionPorts,
        rules: AdoptionRules,
    ) -> Self {
        Self { source, target, rules }
    }
}
