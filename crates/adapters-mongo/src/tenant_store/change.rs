//! Changes to an existing document. The size difference must be counted, so the document is read
//! first, and changed only if it is unchanged since.

use bson::{Document as Fields, RawDocumentBuf, doc};
use domain::model::{
    AuditEvent, Document, DocumentId, DocumentTag, Placement, Precondition, Tenant, Usage,
};
use domain::ports::{AuditLog, DocumentOutcome, StoreError, TenantError};

use super::place::Place;
use super::unchanged::{ROOM, is_still, size};
use super::usage::UsageDelta;
use crate::mongo_error::MongoError;
use crate::store::MongoStore;

/// Maximum attempts when the document changes between the read and the write.
pub(super) const LOOKS: usize = 32;

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
    fn command(&self, place: &Place<'_>, found: &Fields) -> Result<Fields, StoreError> {
        let key = found.get("_id");
        let only = |room| doc! { "_id": key, "$expr": is_still(found, room) };
        Ok(match self {
            Self::Replace(document) => {
                let mut fields = place.encode(document)?;
                fields.insert("_id", key);
                let update = doc! { "q": only(ROOM.saturating_sub(size(&fields))), "u": fields };
                doc! { "update": place.collection, "updates": [update] }
            }
            Self::Delete(_) => {
                let delete = doc! { "q": only(ROOM), "limit": 1 };
                doc! { "delete": place.collection, "deletes": [delete] }
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
        let place = Place::of(tenant);
        for turn in 0..LOOKS {
            let found = match turn {
                0 => self.look(&place, change.id()).await?,
                // A concurrent write won: a majority may not have it yet.
                _ => self.look_again(&place, change.id()).await?,
            };
            let Some(found) = found else {
                self.must_be_there(&place).await?;
                return Ok(DocumentOutcome::Absent);
            };
            // While the command waits for the server, only BSON bytes are in memory, no tree of
            // values.
            let bytes = RawDocumentBuf::try_from(&found).map_err(StoreError::unavailable)?;
            let present = place.decode(found)?;
            if *precondition != Precondition::None && !precondition.holds(&present.tag()) {
                return Ok(DocumentOutcome::Stale);
            }
            let growth = change.growth(&present);
            if self.change_found(tenant, change, &bytes, growth).await? {
                self.must_not_be_too_late(tenant, change).await?;
                self.append(event.map_or(&[], std::slice::from_ref)).await?;
                return Ok(DocumentOutcome::Done);
            }
        }
        Err(StoreError::unavailable("too many concurrent modifications of a document").into())
    }

    /// Applies a change to the document `found`; returns whether it was still unchanged.
    async fn change_found(
        &self,
        tenant: &Tenant,
        change: Change<'_>,
        found: &RawDocumentBuf,
        growth: UsageDelta,
    ) -> Result<bool, TenantError> {
        let place = Place::of(tenant);
        let reserved = growth.growing();
        let reign = if reserved.is_nothing() {
            self.must_be_counted(tenant).await?
        } else {
            self.reserve(tenant, reserved).await?
        };
        let command = Fields::try_from(found).map_err(StoreError::unavailable);
        let command = command.and_then(|found| change.command(&place, &found));
        let changed = match command {
            Ok(command) => self.write(self.at(&place, command)).await,
            Err(error) => Err(MongoError::Unsent(error)),
        };
        let used = match &changed {
            Ok(0) => None,
            Ok(_) => Some(growth),
            Err(fault) if fault.is_refusal() => None,
            Err(_) => Some(reserved),
        };
        self.settle_reserved(tenant, (reign, reserved), used).await;
        Ok(changed? > 0)
    }

    /// Documents written to the shared collection during the deletion of their organization are
    /// removed with the rest.
    async fn must_not_be_too_late(
        &self,
        tenant: &Tenant,
        change: Change<'_>,
    ) -> Result<(), TenantError> {
        let writes =
            matches!(change, Change::Replace(_)) && *tenant.placement() == Placement::Shared;
        if writes && self.is_too_late(tenant).await? { Err(TenantError::Moved) } else { Ok(()) }
    }
}
