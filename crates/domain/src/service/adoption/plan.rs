//! Plan of an adoption, and the problems that prevent it.

use std::fmt;

use crate::model::{Admin, AdoptedOrganization, LegacyAdmin, LegacyCollection, OrganizationId};

/// Result of checking a legacy database before its adoption.
#[derive(Debug)]
pub enum CheckOutcome {
    /// Everything can be adopted.
    Accepted(Plan),
    /// Nothing is adopted until all of these problems are solved.
    Rejected(Vec<AdoptionProblem>),
}

/// Plan of an adoption.
#[derive(Debug, Default)]
pub struct Plan {
    /// The organizations to adopt.
    pub organizations: Vec<MigratedOrganization>,
    /// Organizations that were adopted before and are skipped.
    pub already_adopted: Vec<OrganizationId>,
    /// Data that is not migrated, and the reason; one line each.
    pub notes: Vec<String>,
}

/// An organization to adopt, with all that is migrated of it.
#[derive(Debug)]
pub struct MigratedOrganization {
    /// The organization itself.
    pub organization: AdoptedOrganization,
    /// Its admins.
    pub admins: Vec<AdminToAdopt>,
    /// The collection with its documents; none if the organization is deleted.
    pub collection: Option<LegacyCollection>,
    /// Number of its documents.
    pub documents: u64,
}

/// An admin to adopt.
#[derive(Debug)]
pub struct AdminToAdopt {
    /// The converted admin.
    pub admin: Admin,
    /// The role in the legacy service.
    role: Option<String>,
    is_founder: bool,
    /// The legacy collection that contains the admin.
    collection: String,
}

impl AdminToAdopt {
    pub(super) fn new(admin: Admin, legacy: &LegacyAdmin, is_founder: bool) -> Self {
        let (role, collection) = (legacy.role.clone(), legacy.collection.clone());
        Self { admin, role, is_founder, collection }
    }
}

/// A problem that prevents the adoption, displayed as one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptionProblem {
    subject: String,
    field: &'static str,
    reason: String,
}

impl AdoptionProblem {
    pub(super) fn new(
        subject: impl Into<String>,
        field: &'static str,
        reason: impl fmt::Display,
    ) -> Self {
        Self { subject: subject.into(), field, reason: reason.to_string() }
    }
}

impl fmt::Display for AdoptionProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.subject, self.field, self.reason)
    }
}

impl fmt::Display for MigratedOrganization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AdoptedOrganization { id, name, deletion, .. } = &self.organization;
        write!(f, "organization {id} ({name}): ")?;
        match (deletion, &self.collection) {
            (Some(deletion), _) => write!(f, "deleted at {}, and stays so", deletion.at),
            (None, collection) => {
                let from = collection.as_ref().map_or("", |collection| &collection.name);
                let admins = self.admins.len() as u64;
                let (admins, documents) =
                    (Plural(admins, "admin"), Plural(self.documents, "document"));
                let suspended = if self.organization.is_active { "" } else { "; suspended" };
                write!(f, "{documents} of {from}, {admins}{suspended}")
            }
        }
    }
}

impl fmt::Display for AdminToAdopt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { admin, role, is_founder, collection } = self;
        let (id, email) = (admin.id(), admin.email());
        write!(f, "admin {id}: {email}, {}", admin.role().as_str())?;
        if *is_founder {
            f.write_str(", founder")?;
        }
        match role {
            Some(role) => write!(f, ", role was {role:?}")?,
            None => f.write_str(", role was not set")?,
        }
        if !admin.is_active() {
            f.write_str(", deactivated")?;
        }
        write!(f, "; found in {collection:?}, _id {id}")
    }
}

/// A number and a noun, which gets an `s` unless the number is 1.
struct Plural(u64, &'static str);

impl fmt::Display for Plural {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0 == 1 { "" } else { "s" };
        write!(f, "{} {}{plural}", self.0, self.1)
    }
}
