//! Use cases of a tenant's documents.

mod change;
mod export;
mod import;

pub use change::Put;
pub use export::{Export, Exporter};
pub use import::Importer;

use crate::model::{
    Action, AuditEvent, AuditTarget, Changes, Document, DocumentId, DocumentLimit, DocumentQuery,
    DocumentTag, Organization, OrganizationId, Page, PageSize, Precondition, StorageQuota, Tenant,
    Trail, Usage,
};
use crate::ports::{DocumentOutcome, Ports, StoreError, TenantError};
use crate::service::port_set::port_set;
use crate::service::session::access::{Access, require_active};
use crate::service::{AdminContext, Caller, DriveOutcome, Error, Lifecycle, Offload, Resource};

/// Maximum number of moves of its collection that an access follows.
const MOVES: usize = 8;

/// Settings of an installation for documents.
#[derive(Debug, Clone, Copy)]
pub struct DocumentRules {
    /// Whether every write of a single document is audited.
    pub audited: bool,
    /// Maximum size of a document.
    pub limit: DocumentLimit,
}

/// Storage usage and quota of an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "every field is named after its type")]
pub struct Storage {
    pub usage: Usage,
    pub quota: StorageQuota,
}

port_set! { DocumentsPorts { audit: AuditLog, organizations: OrganizationRepo, tenants: TenantStore } + events }

/// Use cases of documents.
#[derive(Clone)]
pub struct Documents {
    ports: DocumentsPorts,
    lifecycle: Lifecycle,
    access: Access,
    offload: Offload,
    rules: DocumentRules,
}

impl Documents {
    pub(in crate::service) fn new(
        ports: &Ports,
        lifecycle: Lifecycle,
        access: Access,
        rules: DocumentRules,
    ) -> Self {
        let offload = Offload::new(ports.work.clone());
        Self { ports: ports.into(), lifecycle, access, offload, rules }
    }

    /// Maximum size of a document.
    #[must_use]
    pub fn limit(&self) -> DocumentLimit {
        self.rules.limit
    }

    /// Inserts a document.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another organization, [`Error::Forbidden`] for viewers,
    /// [`Error::DocumentExists`], [`Error::QuotaExceeded`], [`Error::Suspended`], [`Error::Moving`]
    /// and [`Error::Store`].
    pub async fn insert(
        &self,
        admin: &AdminContext,
        id: &OrganizationId,
        document: &Document,
    ) -> Result<(), Error> {
        let organization = admin.authorize_write(id)?;
        let changes = || Changes::of_document(None, Some(document));
        let event = self.event(admin, Action::DocumentInserted, document.id(), changes);
        let access = |tenant: Tenant| {
            let event = event.as_ref();
            async move { self.ports.tenants.insert(&tenant, document, event).await }
        };
        self.access(organization, access).await
    }

    /// Returns a document.
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

    /// Deletes a document if `precondition` holds.
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
        let organization = admin.authorize_write(id)?;
        let event = self.event(admin, Action::DocumentDeleted, document, Changes::none);
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

    /// Lists the documents that match a filter, in a sort order.
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
        let organization = admin.authorize_read(id)?;
        let access =
            |tenant: Tenant| async move { self.ports.tenants.list(&tenant, query, size).await };
        self.access(organization, access).await
    }

    /// Returns storage usage and quota of an organization, for its admins and the operator.
    ///
    /// # Errors
    /// [`Error::NotFound`] and [`Error::Store`].
    pub async fn usage(&self, caller: &Caller, id: &OrganizationId) -> Result<Storage, Error> {
        let organization = match caller {
            Caller::Admin(admin) => admin.authorize_read(id)?.clone(),
            Caller::Operator(_) => {
                let stored = self.ports.organizations.get(id).await?;
                stored.ok_or(Error::NotFound(Resource::Organization))?
            }
        };
        let usage = match organization.tenant() {
            Some(tenant) => self.ports.tenants.usage(&tenant).await?,
            None => Usage::default(),
        };
        Ok(Storage { usage, quota: organization.quota() })
    }

    async fn find(
        &self,
        admin: &AdminContext,
        id: &OrganizationId,
        document: &DocumentId,
    ) -> Result<Option<Document>, Error> {
        let organization = admin.authorize_read(id)?;
        let access =
            |tenant: Tenant| async move { self.ports.tenants.get(&tenant, document).await };
        self.access(organization, access).await
    }

    /// The audit event of a write to `document`, if such writes are audited.
    fn event(
        &self,
        admin: &AdminContext,
        action: Action,
        document: &DocumentId,
        changes: impl FnOnce() -> Changes,
    ) -> Option<AuditEvent> {
        self.rules.audited.then(|| {
            let trail = Trail::Organization(admin.organization().id().clone());
            admin.act(&self.ports.events).event(
                trail,
                action,
                AuditTarget::document(document),
                changes(),
            )
        })
    }

    /// Runs one access to the tenant of `organization`, and follows the collection when a rename
    /// moved it.
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
                Err(TenantError::Full(excess)) => return Err(Error::QuotaExceeded(excess)),
                Err(TenantError::PositionTooLarge(cause)) => return Err(cause.into()),
                Err(TenantError::Store(cause)) => return Err(cause.into()),
                Err(TenantError::Moved) => tenant = self.follow(organization.id()).await?,
            }
        }
        Err(Error::Moving)
    }

    /// The tenant with its current placement. Finishes a pending rename instead of waiting for it.
    async fn follow(&self, id: &OrganizationId) -> Result<Tenant, Error> {
        let stored = require_active(self.ports.organizations.get(id).await?)?;
        match self.lifecycle.drive(stored).await {
            DriveOutcome::Settled(organization) => tenant_of(&require_active(Some(*organization))?),
            DriveOutcome::Undone => Err(Error::NotFound(Resource::Organization)),
            DriveOutcome::Unfinished { cause, .. } | DriveOutcome::Unknown(cause) => {
                Err(cause.into())
            }
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
