//! Changes to a document that is there.

use bson::{Document as Fields, doc};
use domain::model::{
    AuditEvent, Document, DocumentId, DocumentTag, Placement, Precondition, Tenant,
};
use domain::ports::{AuditLog, DocumentOutcome, StoreError, TenantError};

use super::place::Place;
use crate::store::MongoStore;

/// How often a change looks again when the document changes between its look and its write.
const LOOKS: usize = 8;

/// What is to become of a document.
#[derive(Clone, Copy)]
pub(super) enum Change<'a> {
    /// This is to be in its place.
    Replace(&'a Document),
    /// It is to go.
    Delete(&'a DocumentId),
}

impl Change<'_> {
    fn id(&self) -> &DocumentId {
        match self {
            Self::Replace(document) => document.id(),
            Self::Delete(id) => id,
        }
    }

    /// The command that makes the change to what `filter` finds.
    fn command(&self, place: &Place<'_>, filter: Fields) -> Result<Fields, StoreError> {
        Ok(match self {
            Self::Replace(document) => {
                let update = doc! { "q": filter, "u": place.encode(document)? };
                doc! { "update": place.collection, "updates": [update] }
            }
            Self::Delete(_) => {
                doc! { "delete": place.collection, "deletes": [{ "q": filter, "limit": 1 }] }
            }
        })
    }
}

impl MongoStore {
    /// Makes a change where `precondition` holds, and tells `event`.
    pub(super) async fn change(
        &self,
        tenant: &Tenant,
        change: Change<'_>,
        precondition: &Precondition<DocumentTag>,
        event: Option<&AuditEvent>,
    ) -> Result<DocumentOutcome, TenantError> {
        let place = Place::of(tenant);
        for _ in 0..LOOKS {
            let mut filter = doc! { "_id": place.key(change.id()) };
            if *precondition != Precondition::None {
                let Some(found) = self.look(&place, change.id()).await? else { break };
                if !precondition.holds(&place.decode(found.clone())?.tag()) {
                    return Ok(DocumentOutcome::Stale);
                }
                filter.insert("$expr", doc! { "$eq": ["$$ROOT", { "$literal": found }] });
            }
            let command = change.command(&place, filter)?;
            if self.write(self.at(&place, command)).await? > 0 {
                self.must_not_be_too_late(tenant, change).await?;
                self.append(event.map_or(&[], std::slice::from_ref)).await?;
                return Ok(DocumentOutcome::Done);
            }
            if *precondition == Precondition::None {
                break;
            }
        }
        self.must_be_there(&place).await?;
        Ok(DocumentOutcome::Absent)
    }

    /// What is written to the shared collection while the organization goes is about to be removed with the rest.
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
