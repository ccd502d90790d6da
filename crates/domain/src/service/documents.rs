//! The documents of a tenant.

use serde_json::{Map, Value};

use super::access::usable;
use super::{AdminContext, Driven, Error, Lifecycle, Resource};
use crate::model::{
    Action, AuditEvent, AuditTarget, Changes, Document, DocumentId, DocumentQuery, DocumentTag,
    Organization, OrganizationId, Page, PageSize, Precondition, Tenant, Trail,
};
use crate::ports::{DocumentOutcome, Ports, StoreError, TenantError};

/// How often an access follows its collection to another place.
const MOVES: usize = 8;

/// How often a change is tried while others change the same document.
const ATTEMPTS: usize = 32;

/// What a document was put to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// A place where there was none.
    Created,
    /// The place of another.
    Replaced,
}

/// Use cases of documents.
#[derive(Clone)]
pub struct Documents {
    ports: Ports,
    lifecycle: Lifecycle,
    audited: bool,
}

impl Documents {
    /// Every write is told of when they are `audited`.
    pub(super) fn new(ports: Ports, lifecycle: Lifecycle, audited: bool) -> Self {
        Self { ports, lifecycle, audited }
    }

    /// Adds a document.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another's organization, [`Error::Forbidden`] for viewers,
    /// [`Error::DocumentExists`], [`Error::Suspended`] and [`Error::Store`].
    pub async fn insert(
        &self,
        admin: &AdminContext,
        id: &OrganizationId,
        document: &Document,
    ) -> Result<(), Error> {
        let organization = admin.own_to_write(id)?;
        let changes = || Changes::of_document(None, Some(document));
        let event = self.told(admin, Action::DocumentInserted, document.id(), changes);
        let access = |tenant: Tenant| {
            let event = event.as_ref();
            async move { self.ports.tenants.insert(&tenant, document, event).await }
        };
        self.access(organization, access).await
    }

    /// One document.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Suspended`] and [`Error::Store`].
    pub async fn get(
        &self,
        admin: &AdminContext,
        id: &OrganizationId,
        document: &DocumentId,
    ) -> Result<Document, Error> {
        let found = self.find(admin, id, document).await?;
        found.ok_or(Error::NotFound(Resource::Document))
    }

    /// Removes a document, when it is what `precondition` says.
    ///
    /// # Errors
    /// As [`Documents::insert`], and [`Error::PreconditionFailed`].
    pub async fn delete(
        &self,
        admin: &AdminContext,
        id: &OrganizationId,
        document: &DocumentId,
        precondition: &Precondition<DocumentTag>,
    ) -> Result<(), Error> {
        let organization = admin.own_to_write(id)?;
        let event = self.told(admin, Action::DocumentDeleted, document, Changes::none);
        let access = |tenant: Tenant| {
            let event = event.as_ref();
            async move { self.ports.tenants.delete(&tenant, document, precondition, event).await }
        };
        match self.access(organization, access).await? {
            DocumentOutcome::Done => Ok(()),
            DocumentOutcome::Absent => Err(Error::NotFound(Resource::Document)),
            DocumentOutcome::Stale => Err(Error::PreconditionFailed),
        }
    }

    /// Documents that pass a filter, in an order.
    ///
    /// # Errors
    /// As [`Documents::get`].
    pub async fn list(
        &self,
        admin: &AdminContext,
        id: &OrganizationId,
        query: &DocumentQuery,
        size: PageSize,
    ) -> Result<Page<Document>, Error> {
        let organization = admin.own(id)?;
        let access =
            |tenant: Tenant| async move { self.ports.tenants.list(&tenant, query, size).await };
        self.access(organization, access).await
    }

    /// Puts `document` in the place of the one with its id, or adds it when there is none and `precondition` asks for
    /// none.
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
        admin.own_to_write(id)?;
        for _ in 0..ATTEMPTS {
            // What was there is looked at only where it has to be told.
            let present =
                if self.audited { self.find(admin, id, document.id()).await? } else { None };
            let tag = present.map(|present| present.tag());
            if tag.as_ref().is_some_and(|tag| !precondition.holds(tag)) {
                return Err(Error::PreconditionFailed);
            }
            let known = tag.clone().map(|tag| Precondition::AnyOf(vec![tag]));
            let changes = || Changes::of_document(tag.as_ref(), Some(document));
            let told = |action| self.told(admin, action, document.id(), changes);
            if known.is_some() || !self.audited {
                let (expected, event) = (known.as_ref(), told(Action::DocumentReplaced));
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

    /// Merges `patch` into a document (RFC 7396), again whenever somebody else was faster.
    ///
    /// # Errors
    /// As [`Documents::delete`]; [`Error::Invalid`] when the result would be no document, and [`Error::Contended`].
    pub async fn patch(
        &self,
        admin: &AdminContext,
        id: &OrganizationId,
        document: &DocumentId,
        patch: &Map<String, Value>,
        precondition: &Precondition<DocumentTag>,
    ) -> Result<Document, Error> {
        let organization = admin.own_to_write(id)?;
        for _ in 0..ATTEMPTS {
            let present = self.get(admin, id, document).await?;
            let tag = present.tag();
            if !precondition.holds(&tag) {
                return Err(Error::PreconditionFailed);
            }
            let next = present.merged(patch).map_err(Error::Invalid)?;
            if next.tag() == tag {
                return Ok(present);
            }
            let changes = || Changes::of_document(Some(&tag), Some(&next));
            let event = self.told(admin, Action::DocumentUpdated, document, changes);
            let unchanged = Precondition::AnyOf(vec![tag.clone()]);
            match self.replace(organization, &next, &unchanged, event.as_ref()).await? {
                DocumentOutcome::Done => return Ok(next),
                DocumentOutcome::Absent | DocumentOutcome::Stale => {}
            }
        }
        Err(Error::Contended)
    }

    async fn find(
        &self,
        admin: &AdminContext,
        id: &OrganizationId,
        document: &DocumentId,
    ) -> Result<Option<Document>, Error> {
        let organization = admin.own(id)?;
        let access =
            |tenant: Tenant| async move { self.ports.tenants.get(&tenant, document).await };
        self.access(organization, access).await
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

    /// What is told of a write to `document`, when it is told of.
    fn told(
        &self,
        admin: &AdminContext,
        action: Action,
        document: &DocumentId,
        changes: impl FnOnce() -> Changes,
    ) -> Option<AuditEvent> {
        self.audited.then(|| {
            let trail = Trail::Organization(admin.organization().id().clone());
            admin.act(&self.ports).event(trail, action, AuditTarget::document(document), changes())
        })
    }

    /// Makes one access to the tenant of `organization`, and follows it when a rename moved it.
    async fn access<T, F>(
        &self,
        organization: &Organization,
        access: impl Fn(Tenant) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, TenantError>>,
    {
        let mut tenant = tenant_of(organization)?;
        for _ in 0..MOVES {
            match access(tenant).await {
                Ok(found) => return Ok(found),
                Err(TenantError::Exists) => return Err(Error::DocumentExists),
                Err(TenantError::Store(cause)) => return Err(cause.into()),
                Err(TenantError::Moved) => tenant = self.follow(organization.id()).await?,
            }
        }
        Err(Error::Contended)
    }

    /// The tenant as it is now. A rename that is under way is finished here rather than waited for.
    async fn follow(&self, id: &OrganizationId) -> Result<Tenant, Error> {
        let stored = usable(self.ports.organizations.get(id).await?)?;
        match self.lifecycle.drive(stored).await {
            Driven::Settled(organization) => tenant_of(&usable(Some(*organization))?),
            Driven::Undone => Err(Error::NotFound(Resource::Organization)),
            Driven::Unfinished { cause, .. } | Driven::Unknown(cause) => Err(cause.into()),
        }
    }
}

fn tenant_of(organization: &Organization) -> Result<Tenant, Error> {
    organization.tenant().ok_or_else(|| {
        Error::Store(StoreError::Corrupt {
            collection: "organizations",
            id: organization.id().to_string(),
            field: "placement: missing".into(),
        })
    })
}
