//! Import of many documents, in batches.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::Documents;
use crate::model::{Batch, Document, ImportMode, Imported, OrganizationId, Tenant};
use crate::service::{AdminContext, Error};

/// Writes the batches of an import.
pub struct Importer {
    documents: Documents,
    admin: AdminContext,
    mode: ImportMode,
}

impl Documents {
    /// Prepares an import.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another organization, and [`Error::Forbidden`] for viewers.
    pub fn import(
        &self,
        admin: &AdminContext,
        id: &OrganizationId,
        mode: ImportMode,
    ) -> Result<Importer, Error> {
        admin.authorize_write(id)?;
        Ok(Importer { documents: self.clone(), admin: admin.clone(), mode })
    }
}

impl Importer {
    /// Writes the documents of the input lines `lines`, of which `refused` are not documents, and
    /// returns the outcome of each document. An import may take long, so the admin is authorized
    /// again each time.
    ///
    /// # Errors
    /// As [`Documents::insert`], except for existing documents; [`Error::QuotaExceeded`] when the
    /// whole batch would not fit, in which case nothing of it was written. Any other failure may
    /// leave a part of the batch written.
    pub async fn write(
        &mut self,
        lines: RangeInclusive<u64>,
        documents: Vec<Document>,
        refused: u64,
    ) -> Result<Vec<Imported>, Error> {
        let id = self.admin.organization().id().clone();
        self.admin = self.documents.access.reauthorize(&self.admin).await?;
        let organization = self.admin.authorize_write(&id)?;
        if documents.is_empty() {
            return Ok(Vec::new());
        }
        let ports = &self.documents.ports;
        let act = self.admin.act(&ports.events);
        let batch = Batch { documents, mode: self.mode, lines, refused, organization: id, act };
        let batch = &Arc::new(batch);
        let access = |tenant: Tenant| async move { ports.tenants.import(&tenant, batch).await };
        self.documents.access(organization, access).await
    }
}
