//! All documents, a few at a time.

use std::slice;

use super::Documents;
use crate::model::{
    Action, AuditTarget, Changes, Document, DocumentQuery, Filter, OrganizationId, PageSize,
    Position, Sort, Trail,
};
use crate::service::{AdminContext, Error};

/// An export that its admin may begin.
pub struct Export(Exporter);

/// Reads documents in the order of their ids, in bounded memory however many there are. What is written meanwhile is
/// seen where the reading has not come to yet.
pub struct Exporter {
    documents: Documents,
    admin: AdminContext,
    query: DocumentQuery,
    is_over: bool,
}

impl Documents {
    /// An export of the documents that pass `filter`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another's organization, and [`Error::Forbidden`] for viewers.
    pub fn export(
        &self,
        admin: &AdminContext,
        id: &OrganizationId,
        filter: Filter,
    ) -> Result<Export, Error> {
        admin.own_to_write(id)?;
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
    /// Begins it, and tells of it.
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
    /// The next documents; none when there are no more. An export may take long: its admin has to be one who may do
    /// this still.
    ///
    /// # Errors
    /// As [`Documents::export`], [`Error::Suspended`] and [`Error::Store`]. What was read before is good all the same.
    pub async fn next(&mut self) -> Result<Option<Vec<Document>>, Error> {
        if self.is_over {
            return Ok(None);
        }
        let id = self.admin.organization().id().clone();
        self.admin = self.documents.access.again(&self.admin).await?;
        self.admin.own_to_write(&id)?;
        let page = self.documents.list(&self.admin, &id, &self.query, PageSize::MAX).await?;
        let last = page.items.last().map(|last| last.id().clone());
        self.is_over = !page.more || last.is_none();
        self.query.after = last.map(|id| Position { values: Vec::new(), id });
        Ok(Some(page.items))
    }
}
