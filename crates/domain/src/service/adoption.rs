//! Taking over what another service had: its organizations with their documents, and its admins with their passwords.
//!
//! First all of it is checked, and nothing is changed when anything is wrong. Then each organization is brought over by
//! itself; its record comes last, so that an organization that has one is whole, and one that has none is brought over
//! from the start. Whatever was cut short is finished by doing it again.

mod carry;
mod check;
mod people;
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

pub use plan::{AdminToAdopt, Adoptee, Checked, Plan, Problem};

/// What adoption needs of the store.
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

/// Why an adoption ended before its end. It may be done again.
#[derive(Debug, Error)]
pub enum AdoptionError {
    /// Somebody has taken it since it was checked.
    #[error("{0} was taken meanwhile")]
    Taken(String),
    /// The store, or the other service's database, failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Hears how an adoption goes on.
pub trait AdoptionProgress: Send + Sync {
    /// So many documents of an organization are there, of how many.
    fn copied(&self, adoptee: &Adoptee, done: u64, of: u64);

    /// All of an organization is there.
    fn adopted(&self, organization: &Organization);
}

/// Takes over what another service had.
pub struct Adoption {
    source: Arc<dyn LegacyDatabase>,
    target: AdoptionPorts,
    rules: AdoptionRules,
}

/// What to adopt.
#[derive(Debug, Clone, Copy, Default)]
pub struct AdoptionRules {
    /// The greatest document that is imported.
    pub limit: DocumentLimit,
    /// Whether admins other than the founder are taken from the documents of an organization, which may also
    /// contain records of its customers.
    pub admins_among_documents: bool,
}

impl Adoption {
    /// From `source` into `target`, by these rules.
    #[must_use]
    pub fn new(
        source: Arc<dyn LegacyDatabase>,
        target: AdoptionPorts,
        rules: AdoptionRules,
    ) -> Self {
        Self { source, target, rules }
    }
}
