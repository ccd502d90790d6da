//! What is to be adopted, and what is wrong with it.

use std::fmt;

use crate::model::{Admin, AdoptedOrganization, LegacyAdmin, LegacyCollection, OrganizationId};

/// What a check led to.
#[derive(Debug)]
pub enum Checked {
    /// All of it can be adopted.
    Fit(Plan),
    /// Nothing is adopted before all of this is right.
    Unfit(Vec<Problem>),
}

/// What is to be done.
#[derive(Debug, Default)]
pub struct Plan {
    /// The organizations to adopt.
    pub adoptees: Vec<Adoptee>,
    /// Those that were adopted before; nothing is done about them.
    pub present: Vec<OrganizationId>,
    /// What is left behind, and why; a line each.
    pub notes: Vec<String>,
}

/// An organization to adopt.
#[derive(Debug)]
pub struct Adoptee {
    /// Itself.
    pub organization: AdoptedOrganization,
    /// Its admins.
    pub admins: Vec<AdminToAdopt>,
    /// Where its documents are; nowhere, once it is deleted.
    pub collection: Option<LegacyCollection>,
    /// How many documents it has.
    pub documents: u64,
}

/// An admin to adopt.
#[derive(Debug)]
pub struct AdminToAdopt {
    /// The admin as it is adopted.
    pub admin: Admin,
    /// The role in the other service.
    role: Option<String>,
    is_founder: bool,
    /// The collection that it was read from.
    collection: String,
}

impl AdminToAdopt {
    pub(super) fn new(admin: Admin, legacy: &LegacyAdmin, is_founder: bool) -> Self {
        let (role, collection) = (legacy.role.clone(), legacy.collection.clone());
        Self { admin, role, is_founder, collection }
    }
}

/// Something that is wrong: a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    subject: String,
    field: &'static str,
    reason: String,
}

impl Problem {
    pub(super) fn new(
        subject: impl Into<String>,
        field: &'static str,
        reason: impl fmt::Display,
    ) -> Self {
        Self { subject: subject.into(), field, reason: reason.to_string() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.subject, self.field, self.reason)
    }
}

impl fmt::Display for Adoptee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AdoptedOrganization { id, name, deletion, .. } = &self.organization;
        write!(f, "organization {id} ({name}): ")?;
        match (deletion, &self.collection) {
            (Some(deletion), _) => write!(f, "deleted at {}, and stays so", deletion.at),
            (None, collection) => {
                let from = collection.as_ref().map_or("", |collection| &collection.name);
                let admins = self.admins.len() as u64;
                let (admins, documents) = (Many(admins, "admin"), Many(self.documents, "document"));
                let closed = if self.organization.is_active { "" } else { "; suspended" };
                write!(f, "{documents} of {from}, {admins}{closed}")
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

/// So many of something, in words.
struct Many(u64, &'static str);

impl fmt::Display for Many {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0 == 1 { "" } else { "s" };
        write!(f, "{} {}{plural}", self.0, self.1)
    }
}
