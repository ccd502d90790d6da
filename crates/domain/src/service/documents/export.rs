//! All documents, a few at a time.

use std::slice;

use super::Documents;
use crate::model::{
    Action, AuditTarget, Changes, Document, DocumentQuery, Filter, OrganizationId, PageSize,
    Position, Sort, Trail,
};
use crate::service::{AdminContext, Error};

/// Reads documents in the order of their ids, in bounded memory however many there are. What is written meanwhile is
/// seen where the reading has not come to yet.
pub struct Exporter {
    documents: Documents,
    admin: AdminContext,
    query: DocumentQuery,
    is_over: bool,
}

impl Documents {
    /// Begins an export of the documents that pass `filter`, and tells of it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another's organization, [`Error::Forbidden`] for viewers, and [`Error::Store`].
    pub async fn export(
        &self,
        admin: &AdminContext,
        id: &OrganizationId,
        filter: Filter,
    ) -> Result<Exporter, Error> {
        admin.own_to_write(id)?;
        let event = admin.act(&self.ports).event(
            Trail::Organization(id.clone()),
            Action::DocumentsExported,
            AuditTarget::organization(id),
            Changes::none(),
        );
        self.ports.audit.append(slice::from_ref(&event)).await?;
        let query = DocumentQuery { filter, sort: Sort::default(), after: None };
        Ok(Exporter { documents: self.clone(), admin: admin.clone(), query, is_over: false })
    }
}

impl Exporter {
    /// The next documents; none when there are no more. An export may take long: its admin has to be one who may do
    /// this still.
    ///
    /// # Errors
    /// As [`Documents::export`]. What was read before is good all the same.
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
