//! The ports of a store under a fault plan.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::model::{
    Admin, AdminId, AttemptKey, Attempts, AuditEvent, Batch, ChainHead, Checkpoint, Claim,
    CollectionName, Document, DocumentId, DocumentQuery, DocumentTag, EmailKey, EventFilter,
    Imported, Organization, OrganizationId, Page, PageSize, Placement, Precondition, Seq, Slug,
    StoredEvent, Tenant, Timestamp, Trail, Usage, Version,
};
use domain::ports::{
    AdminRepo, AttemptRepo, AuditLog, CheckpointRepo, DocumentOutcome, NamespaceLedger,
    OrganizationFilter, OrganizationRepo, Ports, Requester, StoreError, TenantError, TenantStore,
    WriteError,
};

use super::Plan;

/// Wraps the records, collections, documents, attempts and audit trails of `ports` so that `plan`
/// applies to them.
#[must_use]
pub fn faulty(ports: &Ports, plan: &Plan) -> Ports {
    Ports {
        organizations: Arc::new(Faulty::new(&ports.organizations, plan)),
        admins: Arc::new(Faulty::new(&ports.admins, plan)),
        namespaces: Arc::new(Faulty::new(&ports.namespaces, plan)),
        tenants: Arc::new(Faulty::new(&ports.tenants, plan)),
        attempts: Arc::new(Faulty::new(&ports.attempts, plan)),
        audit: Arc::new(Faulty::new(&ports.audit, plan)),
        signed_heads: Arc::new(Faulty::new(&ports.signed_heads, plan)),
        ..ports.clone()
    }
}

struct Faulty<P: ?Sized> {
    inner: Arc<P>,
    plan: Plan,
}

impl<P: ?Sized> Faulty<P> {
    fn new(inner: &Arc<P>, plan: &Plan) -> Self {
        Self { inner: Arc::clone(inner), plan: plan.clone() }
    }
}

/// Implements a port that forwards every method through the plan.
macro_rules! faulty {
    ($port:ident { $(fn $method:ident($($arg:ident: $type:ty),*) -> $answer:ty;)+ }) => {
        #[async_trait]
        impl $port for Faulty<dyn $port> {
            $(async fn $method(&self, $($arg: $type),*) -> $answer {
                self.plan.around(|| self.inner.$method($($arg),*)).await
            })+
        }
    };
}

faulty! { OrganizationRepo {
    fn insert(organization: &Organization) -> Result<(), WriteError>;
    fn get(id: &OrganizationId) -> Result<Option<Organization>, StoreError>;
    fn find_by_slug(slug: &Slug) -> Result<Option<Organization>, StoreError>;
    fn replace(next: &Organization, expected: Version, events: &[AuditEvent])
        -> Result<(), WriteError>;
    fn remove(id: &OrganizationId, expected: Version) -> Result<(), WriteError>;
    fn list(filter: &OrganizationFilter, after: Option<&OrganizationId>, size: PageSize)
        -> Result<Page<Organization>, StoreError>;
    fn list_public(requester: &Requester, after: Option<&OrganizationId>, skip: u64, size: PageSize)
        -> Result<Page<Organization>, StoreError>;
    fn count_dedicated() -> Result<u64, StoreError>;
    fn pending(deadline: Option<Timestamp>, after: Option<&OrganizationId>, size: PageSize)
        -> Result<Page<OrganizationId>, StoreError>;
} }

faulty! { AdminRepo {
    fn insert(admin: &Admin) -> Result<(), WriteError>;
    fn get(id: &AdminId) -> Result<Option<Admin>, StoreError>;
    fn find_by_email(key: &EmailKey) -> Result<Option<Admin>, StoreError>;
    fn replace(next: &Admin, expected: Version, events: &[AuditEvent])
        -> Result<(), WriteError>;
    fn remove(id: &AdminId, expected: Version) -> Result<(), WriteError>;
    fn list(organization: &OrganizationId, after: Option<&AdminId>, size: PageSize)
        -> Result<Page<Admin>, StoreError>;
    fn count(organization: &OrganizationId) -> Result<u64, StoreError>;
    fn all(after: Option<&AdminId>, size: PageSize) -> Result<Page<Admin>, StoreError>;
    fn remove_all(organization: &OrganizationId) -> Result<(), StoreError>;
} }

faulty! { AttemptRepo {
    fn get(keys: &[AttemptKey]) -> Result<Vec<Attempts>, StoreError>;
    fn fail(key: &AttemptKey, at: Timestamp, window: Duration) -> Result<Attempts, StoreError>;
    fn succeed(key: &AttemptKey, until: Timestamp) -> Result<(), StoreError>;
    fn sweep(now: Timestamp) -> Result<(), StoreError>;
} }

faulty! { NamespaceLedger {
    fn claim(wanted: &CollectionName, claim: &Claim) -> Result<CollectionName, StoreError>;
    fn assigned_name(claim: &Claim) -> Result<Option<CollectionName>, StoreError>;
    fn owner(name: &CollectionName) -> Result<Option<OrganizationId>, StoreError>;
} }

faulty! { TenantStore {
    fn create(tenant: &Tenant) -> Result<Placement, StoreError>;
    fn rename(tenant: &Tenant, to: &CollectionName) -> Result<Placement, TenantError>;
    fn remove(tenant: &Tenant) -> Result<(), StoreError>;
    fn collections(after: Option<&CollectionName>, size: PageSize)
        -> Result<Page<CollectionName>, StoreError>;
    fn shared_tenants(after: Option<&OrganizationId>, size: PageSize)
        -> Result<Page<OrganizationId>, StoreError>;
    fn insert(tenant: &Tenant, document: &Document, event: Option<&AuditEvent>)
        -> Result<(), TenantError>;
    fn get(tenant: &Tenant, id: &DocumentId) -> Result<Option<Document>, TenantError>;
    fn delete(tenant: &Tenant, id: &DocumentId, precondition: &Precondition<DocumentTag>, event: Option<&AuditEvent>)
        -> Result<DocumentOutcome, TenantError>;
    fn replace(tenant: &Tenant, document: &Document, precondition: &Precondition<DocumentTag>,
        event: Option<&AuditEvent>) -> Result<DocumentOutcome, TenantError>;
    fn import(tenant: &Tenant, batch: &Arc<Batch>) -> Result<Vec<Imported>, TenantError>;
    fn usage(tenant: &Tenant) -> Result<Usage, StoreError>;
    fn list(tenant: &Tenant, query: &DocumentQuery, size: PageSize)
        -> Result<Page<Document>, TenantError>;
} }

faulty! { AuditLog {
    fn append(events: &[AuditEvent]) -> Result<(), StoreError>;
    fn flush_outbox(trail: Option<&Trail>) -> Result<(), StoreError>;
    fn head(trail: &Trail) -> Result<Option<ChainHead>, StoreError>;
    fn list(trail: &Trail, filter: &EventFilter, after: Seq, size: PageSize)
        -> Result<Page<StoredEvent>, StoreError>;
    fn heads(after: Option<&Trail>, size: PageSize) -> Result<Page<ChainHead>, StoreError>;
    fn truncate(trail: &Trail, through: Seq) -> Result<(), StoreError>;
} }

faulty! { CheckpointRepo {
    fn keep(head: &Checkpoint) -> Result<bool, StoreError>;
    fn list(trail: &Trail, after: Seq, size: PageSize) -> Result<Page<Checkpoint>, StoreError>;
    fn latest(trail: &Trail) -> Result<Option<Checkpoint>, StoreError>;
    fn begin_after(mark: &Checkpoint) -> Result<(), StoreError>;
    fn start(trail: &Trail) -> Result<Option<Checkpoint>, StoreError>;
    fn remove_before(trail: &Trail, seq: Seq) -> Result<(), StoreError>;
} }
