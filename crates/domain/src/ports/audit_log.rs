//! The audit log.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{AuditEvent, EventFilter, Head, Page, PageSize, Seq, StoredEvent, Trail};

/// Keeps the events of all trails, each trail in one chain.
///
/// Events come in two ways: added by themselves, or written together with a record or a document, by the ports of
/// those. One that is added by itself is there once, however often it is added; one that is written with a record is
/// there once because that write happens once.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// MUST add each event to the end of its trail, in the order given, linked to the one before
    /// ([`Head::push`]), unless the trail has one with its id. However many callers there are, of whichever
    /// process, each trail MUST stay one chain without a gap. MUST be durable before it is acknowledged; a failure
    /// may leave a first part of the events.
    async fn append(&self, events: &[AuditEvent]) -> Result<(), StoreError>;

    /// MUST bring into the log what was acknowledged together with a record before, and is not there yet: of
    /// `trail`, or of all trails. Events that were written with one record MUST keep their order. Where one trail
    /// can't be continued, the others MUST be all the same.
    async fn settle(&self, trail: Option<&Trail>) -> Result<(), StoreError>;

    /// MUST tell the end of `trail`; none when it has no events.
    async fn head(&self, trail: &Trail) -> Result<Option<Head>, StoreError>;

    /// MUST list the events of `trail` that pass `filter`, in ascending order of the places of their keys and from
    /// the first one after `after`, as they lie in the store, whatever has become of them there. What an event
    /// claims about its place MUST NOT matter.
    async fn list(
        &self,
        trail: &Trail,
        filter: &EventFilter,
        after: Seq,
        size: PageSize,
    ) -> Result<Page<StoredEvent>, StoreError>;

    /// MUST list the ends of all trails that have events, in ascending order of [`Trail::key`], from the first one
    /// after `after`. MUST leave out a trail whose end can't be read, and log it: other trails are not affected.
    async fn heads(&self, after: Option<&Trail>, size: PageSize) -> Result<Page<Head>, StoreError>;

    /// MUST remove the events of `trail` up to and including the place `through`, and no other one. The last event
    /// of a trail MUST stay.
    async fn cut(&self, trail: &Trail, through: Seq) -> Result<(), StoreError>;
}
