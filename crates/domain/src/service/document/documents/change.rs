//! Replacement and patching of documents.

use super::Documents;
use crate::model::{
    Action, AuditEvent, Changes, Document, DocumentId, DocumentPatch, DocumentTag, InvalidAt,
    Organization, OrganizationId, Precondition, Tenant,
};
use crate::ports::{DocumentOutcome, Requester};
use crate::service::{AdminContext, Error};

/// Maximum attempts when other writes change the same document.
const ATTEMPTS: usize = 32;

/// Outcome of [`Documents::put`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The document was inserted.
    Created,
    /// The document replaced another one.
    Replaced,
}

impl Documents {
    /// Replaces the document with the same id, or inserts `document` when there is none and
    /// `precondition` does not require one.
    ///
    /// # Errors
    /// As [`Documents::insert`], and [`Error::PreconditionFailed`].
    pub async fn put(
        &self,
        admin: &AdminContext,
        id: &OrganizationId,
        document: &Document,
        precondition: &Precondition<DocumentTag>,
    ) -> Result<Put, Error> {
        admin.authorize_write(id)?;
        for _ in 0..ATTEMPTS {
            // The existing document is read only if the audit event needs it.
            let present =
                if self.rules.audited { self.find(admin, id, document.id()).await? } else { None };
            let tag = match present {
                Some(present) => Some(self.tag_of(id, present).await?),
                None => None,
            };
            if tag.as_ref().is_some_and(|tag| !precondition.holds(tag)) {
                return Err(Error::PreconditionFailed);
            }
            let known = tag.clone().map(|tag| Precondition::AnyOf(vec![tag]));
            let changes = || Changes::of_document(tag.as_ref(), Some(document));
            let event = |action| self.event(admin, action, document.id(), changes);
            if known.is_some() || !self.rules.audited {
                let (expected, event) = (known.as_ref(), event(Action::DocumentReplaced));
                let expected = expected.unwrap_or(precondition);
                match self.replace(admin.organization(), document, expected, event.as_ref()).await?
                {
                    DocumentOutcome::Done => return Ok(Put::Replaced),
                    DocumentOutcome::Stale if known.is_none() => {
                        return Err(Error::PreconditionFailed);
                    }
                    DocumentOutcome::Stale => continue,
                    DocumentOutcome::Absent => {}
                }
            }
            if *precondition != Precondition::None {
                return Err(Error::PreconditionFailed);
            }
            match self.insert(admin, id, document).await {
                Ok(()) => return Ok(Put::Created),
                Err(Error::DocumentExists) => {}
                Err(other) => return Err(other),
            }
        }
        Err(Error::Contended)
    }

    /// Merges `patch` into a document (RFC 7396), again after each concurrent write.
    ///
    /// # Errors
    /// As [`Documents::delete`]; [`Error::Invalid`] when the result would not be a valid document,
    /// and [`Error::Contended`].
    pub async fn patch(
        &self,
        admin: &AdminContext,
        id: &OrganizationId,
        document: &DocumentId,
        patch: &DocumentPatch,
        precondition: &Precondition<DocumentTag>,
    ) -> Result<Document, Error> {
        let organization = admin.authorize_write(id)?;
        for _ in 0..ATTEMPTS {
            let present = self.get(admin, id, document).await?;
            let (present, merged) = self.merge(id, present, patch).await?;
            let tag = present.tag();
            if !precondition.holds(&tag) {
                return Err(Error::PreconditionFailed);
            }
            let next = merged.map_err(Error::Invalid)?;
            if next.tag() == tag {
                return Ok(present);
            }
            let changes = || Changes::of_document(Some(&tag), Some(&next));
            let event = self.event(admin, Action::DocumentUpdated, document, changes);
            let unchanged = Precondition::AnyOf(vec![tag.clone()]);
            match self.replace(organization, &next, &unchanged, event.as_ref()).await? {
                DocumentOutcome::Done => return Ok(next),
                DocumentOutcome::Absent | DocumentOutcome::Stale => {}
            }
        }
        Err(Error::Contended)
    }

    /// Returns `present`, and `present` with `patch` merged in, both with their tags computed.
    async fn merge(
        &self,
        id: &OrganizationId,
        present: Document,
        patch: &DocumentPatch,
    ) -> Result<(Document, Result<Document, InvalidAt>), Error> {
        let (patch, limit) = (patch.clone(), self.rules.limit);
        let bytes = size(&present) + patch.size();
        let requester = Requester::Organization(id.clone());
        let work = move || {
            let _ = present.tag();
            let merged = present.merged(&patch, limit);
            let _ = merged.as_ref().map(Document::tag);
            (present, merged)
        };
        self.offload.run(&requester, bytes, work).await
    }

    async fn tag_of(&self, id: &OrganizationId, document: Document) -> Result<DocumentTag, Error> {
        let (requester, bytes) = (Requester::Organization(id.clone()), size(&document));
        self.offload.run(&requester, bytes, move || document.tag()).await
    }

    async fn replace(
        &self,
        organization: &Organization,
        document: &Document,
        precondition: &Precondition<DocumentTag>,
        event: Option<&AuditEvent>,
    ) -> Result<DocumentOutcome, Error> {
        let access = |tenant: Tenant| async move {
            self.ports.tenants.replace(&tenant, document, precondition, event).await
        };
        self.access(organization, access).await
    }
}

fn size(document: &Document) -> usize {
    document.json().len()
}
