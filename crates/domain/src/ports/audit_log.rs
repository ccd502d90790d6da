//! The audit log.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{AuditEvent, ChainHead, EventFilter, Page, PageSize, Seq, StoredEvent, Trail};

/// Stores the events of all trails, each trail as one chain.
///
/// An event is either appended on its own, or written together with a record or a document by the
/// port of these. An event that is appended on its own is stored once, however often it is
/// appended; one that is written with a record is stored once because that write happens once.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// MUST append each event to the end of its trail, in the given order and linked to its
    /// predecessor ([`ChainHead::push`]), unless the trail contains one with its id. They MUST come
    /// after all events of their trail that were acknowledged together with a record before. Under
    /// concurrent appends of any number of processes, each trail MUST stay one chain without a gap.
    /// MUST be durable before it is acknowledged; a failure may leave a prefix of the events
    /// appended.
    async fn append(&self, events: &[AuditEvent]) -> Result<(), StoreError>;

    /// MUST move to the log all events that were acknowledged together with a record before and are
    /// not in the log yet: of `trail`, or of all trails. Events that were written with one record
    /// MUST keep their order. A trail that can't be continued MUST NOT prevent this for others.
    async fn flush_outbox(&self, trail: Option<&Trail>) -> Result<(), StoreError>;

    /// MUST return the chain head of `trail`; none when it has no events.
    async fn head(&self, trail: &Trail) -> Result<Option<ChainHead>, StoreError>;

    /// MUST list the events of `trail` that pass `filter`, in ascending order of the positions in
    /// their keys, beginning with the first one after `after`, exactly as they are stored, also
    /// after a manipulation. The position that an event claims MUST NOT matter.
    async fn list(
        &self,
        trail: &Trail,
        filter: &EventFilter,
        after: Seq,
        size: PageSize,
    ) -> Result<Page<StoredEvent>, StoreError>;

    /// MUST list the chain heads of all trails that have events, in ascending order of
    /// [`Trail::key`], beginning with the first one after `after`. MUST omit a trail with an
    /// unreadable end, and log it: other trails are not affected.
    async fn heads(
        &self,
        after: Option<&Trail>,
        size: PageSize,
    ) -> Result<Page<ChainHead>, StoreError>;

    /// MUST remove the events of `trail` up to and including the position `through`, and no others.
    /// The last event of a trail MUST stay.
    async fn truncate(&self, trail: &Trail, through: Seq) -> Result<(), StoreError>;
}
