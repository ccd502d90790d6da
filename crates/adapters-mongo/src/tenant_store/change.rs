//! Changes to an existing document. The size difference must be counted, so the document is read
//! first, and changed only if it is unchanged since.

use bson::{Document as Fields, RawDocumentBuf, doc};
use domain::model::{
    AuditEvent, Document, DocumentId, DocumentTag, Placement, Precondition, Tenant, Usage,
};
use domain::ports::{AuditLog, DocumentOutcome, StoreError, TenantError};

use super::collection_ref::CollectionRef;
use super::optimistic_lock::{MAX_DOCUMENTS_BYTES, bson_size, is_unchanged};
use super::usage::UsageDelta;
use crate::mongo_error::MongoError;
use crate::store::MongoStore;

/// Maximum attempts when the document changes between the read and the write.
pub(super) const MAX_READS: usize = 32;

/// The change to a document.
#[derive(Clone, Copy)]
pub(super) enum Change<'a> {
    /// Replaces it with this document.
    Replace(&'a Document),
    /// Deletes it.
    Delete(&'a DocumentId),
}

impl Change<'_> {
    fn id(&self) -> &DocumentId {
        match self {
            Self::Replace(document) => document.id(),
            Self::Delete(id) => id,
        }
    }

    /// The difference in usage after the change.
    fn growth(&self, present: &Document) -> UsageDelta {
        let after = match self {
            Self::Replace(document) => UsageDelta::of(Usage::of(document)),
            Self::Delete(_) => UsageDelta::default(),
        };
        after.minus(UsageDelta::of(Usage::of(present)))
    }

    /// The command that applies the change if the document still equals `found`.
    fn command(
        &self,
        collection: &CollectionRef<'_>,
        found: &Fields,
    ) -> Result<Fields, StoreError> {
        let key = found.get("_id");
        let only = |room| doc! { "_id": key, "$expr": is_unchanged(found, room) };
        Ok(match self {
            Self::Replace(document) => {
                let mut fields = collection.encode(document)?;
                fields.insert("_id", key);
                let room = MAX_DOCUMENTS_BYTES.saturating_sub(bson_size(&fields));
                let update = doc! { "q": only(room), "u": fields };
                doc! { "update": collection.name, "updates": [update] }
            }
            Self::Delete(_) => {
                let delete = doc! { "q": only(MAX_DOCUMENTS_BYTES), "limit": 1 };
                doc! { "delete": collection.name, "deletes": [delete] }
            }
        })
    }
}

impl MongoStore {
    /// Applies a change if `precondition` holds, and appends `event`.
    pub(super) async fn change(
        &self,
        tenant: &Tenant,
        change: Change<'_>,
        precondition: &Precondition<DocumentTag>,
        event: Option<&AuditEvent>,
    ) -> Result<DocumentOutcome, TenantError> {
        let collection = CollectionRef::of(tenant);
        for attempt in 0..MAX_READS {
            let found = match attempt {
                0 => self.find_document(&collection, change.id()).await?,
                // A concurrent write won: a majority may not have it yet.
                _ => self.find_latest_document(&collection, change.id()).await?,
            };
            let Some(found) = found else {
                self.ensure_collection_exists(&collection).await?;
                return Ok(DocumentOutcome::Absent);
            };
            // While the command waits for the server, only BSON bytes are in memory, no tree of
            // values.
            let bytes = RawDocumentBuf::try_from(&found).map_err(StoreError::unavailable)?;
            let present = collection.decode(found)?;
            if *precondition != Precondition::None && !precondition.holds(&present.tag()) {
                return Ok(DocumentOutcome::Stale);
            }
            let growth = change.growth(&present);
            if self.change_if_unchanged(tenant, change, &bytes, growth).await? {
                self.ensure_not_superseded(tenant, change).await?;
                self.append(event.map_or(&[], std::slice::from_ref)).await?;
                return Ok(DocumentOutcome::Done);
            }
        }
        Err(StoreError::unavailable("too many concurrent modifications of a document").into())
    }

    /// Applies a change to the document `found`; returns whether it was still unchanged.
    async fn change_if_unchanged(
        &self,
        tenant: &Tenant,
        change: Change<'_>,
        found: &RawDocumentBuf,
        growth: UsageDelta,
    ) -> Result<bool, TenantError> {
        let collection = CollectionRef::of(tenant);
        let reserved = growth.positive_part();
        let term = if reserved.is_zero() {
            self.ensure_usage_record(tenant).await?
        } else {
            self.reserve(tenant, reserved).await?
        };
        let command = Fields::try_from(found).map_err(StoreError::unavailable);
        let command = command.and_then(|found| change.command(&collection, &found));
        let changed = match command {
            Ok(command) => self.write(self.with_uuid(&collection, command)).await,
            Err(error) => Err(MongoError::Unsent(error)),
        };
        let used = match &changed {
            Ok(0) => None,
            Ok(_) => Some(growth),
            Err(error) if error.is_refusal() => None,
            Err(_) => Some(reserved),
        };
        self.finish_reservation(tenant, (term, reserved), used).await;
        Ok(changed? > 0)
    }

    /// Documents written to the shared collection during the deletion of their organization are
    /// removed with the rest.
    async fn ensure_not_superseded(
        &self,
        tenant: &Tenant,
        change: Change<'_>,
    ) -> Result<(), TenantError> {
        let writes =
            matches!(change, Change::Replace(_)) && *tenant.placement() == Placement::Shared;
        if writes && self.forbids_shared_writes(tenant).await? {
            Err(TenantError::Moved)
        } else {
            Ok(())
        }
    }
}
