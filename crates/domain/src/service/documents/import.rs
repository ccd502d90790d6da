//! Many documents, a batch at a time.

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
    /// Begins an import.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another's organization, and [`Error::Forbidden`] for viewers.
    pub fn import(
        &self,
        admin: &AdminContext,
        id: &OrganizationId,
        mode: ImportMode,
    ) -> Result<Importer, Error> {
        admin.own_to_write(id)?;
        Ok(Importer { documents: self.clone(), admin: admin.clone(), mode })
    }
}

impl Importer {
    /// Writes the documents that came in `lines`, of which `refused` are none, and tells what became of each. An
    /// import may take long: its admin has to be one who may do this still.
    ///
    /// # Errors
    /// As [`Documents::insert`], but for documents that exist; [`Error::QuotaExceeded`] when there is not room for all
    /// of the batch, and nothing of it was written. Another failure may leave a part of it.
    pub async fn write(
        &mut self,
        lines: RangeInclusive<u64>,
        documents: Vec<Document>,
        refused: u64,
    ) -> Result<Vec<Imported>, Error> {
        let id = self.admin.organization().id().clone();
        self.admin = self.documents.access.again(&self.admin).await?;
        let organization = self.admin.own_to_write(&id)?;
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
