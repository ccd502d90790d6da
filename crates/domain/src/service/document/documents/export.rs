//! Export of all documents, in batches.

use std::slice;

use super::Documents;
use crate::model::{
    Action, AuditTarget, Changes, Document, DocumentQuery, Filter, OrganizationId, PageSize,
    Position, Sort, Trail,
};
use crate::service::{AdminContext, Error};

/// An export that is authorized and not started.
pub struct Export(Exporter);

/// Reads documents in the order of their ids, in bounded memory for any number of documents.
/// Concurrent writes are visible in the part that is not read yet.
pub struct Exporter {
    documents: Documents,
    admin: AdminContext,
    query: DocumentQuery,
    is_over: bool,
}

impl Documents {
    /// Prepares an export of the documents that match `filter`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another organization, and [`Error::Forbidden`] for viewers.
    pub fn export(
        &self,
        admin: &AdminContext,
        id: &OrganizationId,
        filter: Filter,
    ) -> Result<Export, Error> {
        admin.authorize_write(id)?;
        let query = DocumentQuery { filter, sort: Sort::default(), after: None };
        Ok(Export(Exporter {
            documents: self.clone(),
            admin: admin.clone(),
            query,
            is_over: false,
        }))
    }
}

impl Export {
    /// Starts the export, and records it in the audit trail.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn begin(self) -> Result<Exporter, Error> {
        let Self(exporter) = self;
        let (ports, id) = (&exporter.documents.ports, exporter.admin.organization().id());
        let event = exporter.admin.act(&ports.events).event(
            Trail::Organization(id.clone()),
            Action::DocumentsExported,
            AuditTarget::organization(id),
            Changes::none(),
        );
        ports.audit.append(slice::from_ref(&event)).await?;
        Ok(exporter)
    }
}

impl Exporter {
    /// Returns the next documents; none at the end. An export may take long, so the admin is
    /// authorized again each time.
    ///
    /// # Errors
    /// As [`Documents::export`], [`Error::Suspended`] and [`Error::Store`]. Batches that were read
    /// before stay valid.
    pub async fn next(&mut self) -> Result<Option<Vec<Document>>, Error> {
        if self.is_over {
            return Ok(None);
        }
        let id = self.admin.organization().id().clone();
        self.admin = self.documents.access.reauthorize(&self.admin).await?;
        self.admin.authorize_write(&id)?;
        let page = self.documents.list(&self.admin, &id, &self.query, PageSize::MAX).await?;
        let last = page.items.last().map(|last| last.id().clone());
        self.is_over = !page.more || last.is_none();
        self.query.after = last.map(|id| Position { values: Vec::new(), id });
        Ok(Some(page.items))
    }
}
