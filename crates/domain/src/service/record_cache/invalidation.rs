//! Ports that invalidate the record cache on writes.

use std::hash::Hash;
use std::sync::Arc;

use async_trait::async_trait;

use super::{RecordCache, RecordCaches};
use crate::model::{
    Admin, AdminId, AuditEvent, EmailKey, Organization, OrganizationId, Page, PageSize, Slug,
    Timestamp, Version,
};
use crate::ports::{
    AdminRepo, OrganizationFilter, OrganizationRepo, Ports, Requester, StoreError, WriteError,
};

/// Wraps the repositories of `ports` so that writes invalidate `recent`.
pub(super) fn watch(ports: &mut Ports, recent: &RecordCaches) {
    let (inner, recent_ones) = (ports.organizations.clone(), recent.organizations.clone());
    ports.organizations = Arc::new(CacheInvalidation { inner, recent: recent_ones });
    let (inner, recent_ones) = (ports.admins.clone(), recent.admins.clone());
    ports.admins = Arc::new(CacheInvalidation { inner, recent: recent_ones });
}

struct CacheInvalidation<P: ?Sized, K, V> {
    inner: Arc<P>,
    recent: Arc<RecordCache<K, V>>,
}

/// Invalidates the record when a write ends in any way: returned, failed or cancelled.
struct Writing<'a, K: Hash + Eq + Clone, V>(&'a RecordCache<K, V>, &'a K);

impl<K: Hash + Eq + Clone, V> Drop for Writing<'_, K, V> {
    fn drop(&mut self) {
        self.0.changed(self.1);
    }
}

#[async_trait]
impl OrganizationRepo for CacheInvalidation<dyn OrganizationRepo, OrganizationId, Organization> {
    async fn insert(&self, organization: &Organization) -> Result<(), WriteError> {
        self.inner.insert(organization).await
    }

    async fn get(&self, id: &OrganizationId) -> Result<Option<Organization>, StoreError> {
        self.inner.get(id).await
    }

    async fn find_by_slug(&self, slug: &Slug) -> Result<Option<Organization>, StoreError> {
        self.inner.find_by_slug(slug).await
    }

    async fn replace(
        &self,
        next: &Organization,
        expected: Version,
        events: &[AuditEvent],
    ) -> Result<(), WriteError> {
        let _writing = Writing(&self.recent, next.id());
        self.inner.replace(next, expected, events).await
    }

    async fn remove(&self, id: &OrganizationId, expected: Version) -> Result<(), WriteError> {
        let _writing = Writing(&self.recent, id);
        self.inner.remove(id, expected).await
    }

    async fn list(
        &self,
        filter: &OrganizationFilter,
        after: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<Organization>, StoreError> {
        self.inner.list(filter, after, size).await
    }

    async fn list_public(
        &self,
        requester: &Requester,
        after: Option<&OrganizationId>,
        skip: u64,
        size: PageSize,
    ) -> Result<Page<Organization>, StoreError> {
        self.inner.list_public(requester, after, skip, size).await
    }

    async fn count_dedicated(&self) -> Result<u64, StoreError> {
        self.inner.count_dedicated().await
    }

    async fn pending(
        &self,
        deadline: Option<Timestamp>,
        after: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<OrganizationId>, StoreError> {
        self.inner.pending(deadline, after, size).await
    }
}

#[async_trait]
impl AdminRepo for CacheInvalidation<dyn AdminRepo, AdminId, Admin> {
    async fn insert(&self, admin: &Admin) -> Result<(), WriteError> {
        self.inner.insert(admin).await
    }

    async fn get(&self, id: &AdminId) -> Result<Option<Admin>, StoreError> {
        self.inner.get(id).await
    }

    async fn find_by_email(&self, key: &EmailKey) -> Result<Option<Admin>, StoreError> {
        self.inner.find_by_email(key).await
    }

    async fn replace(
        &self,
        next: &Admin,
        expected: Version,
        events: &[AuditEvent],
    ) -> Result<(), WriteError> {
        let _writing = Writing(&self.recent, next.id());
        self.inner.replace(next, expected, events).await
    }

    async fn remove(&self, id: &AdminId, expected: Version) -> Result<(), WriteError> {
        let _writing = Writing(&self.recent, id);
        self.inner.remove(id, expected).await
    }

    async fn list(
        &self,
        organization: &OrganizationId,
        after: Option<&AdminId>,
        size: PageSize,
    ) -> Result<Page<Admin>, StoreError> {
        self.inner.list(organization, after, size).await
    }

    async fn count(&self, organization: &OrganizationId) -> Result<u64, StoreError> {
        self.inner.count(organization).await
    }

    async fn all(
        &self,
        after: Option<&AdminId>,
        size: PageSize,
    ) -> Result<Page<Admin>, StoreError> {
        self.inner.all(after, size).await
    }

    async fn remove_all(&self, organization: &OrganizationId) -> Result<(), StoreError> {
        let removed = self.inner.remove_all(organization).await;
        self.recent.all_changed();
        removed
    }
}
