//! [`AuditLog`]: events in the order of their trails, and the ids of those that were appended
//! without a record. A trail ends with its last event.

mod append;

use std::cell::Cell;
use std::ops::Bound;

use async_trait::async_trait;
use domain::model::{
    AuditEvent, Budget, ChainHead, EncodedEvent, EventFilter, EventHash, LoggedEvent, Page,
    PageSize, Seq, StoredEvent, Trail,
};
use domain::ports::{AuditLog, Causes, Requester, StoreError};
use redb::{ReadTransaction, ReadableTable, TableHandle, WriteTransaction};
use serde::Deserialize;
use serde_json::Map;

use crate::records::{corrupt, decode, page};
use crate::store::EmbeddedStore;
use crate::tables::{AUDIT_EVENT_IDS, AUDIT_EVENTS, position_name, positions_after};
use crate::tx_error::TxError;

pub(crate) use append::EventAppend;

/// Maximum number of events that one transaction truncates, so that other writers need not wait for
/// all of them.
const TRUNCATE_BATCH: usize = 1000;
/// Maximum number of events that one scan reads. A list that reads more acquires another permit, so
/// that other requesters get their turn.
const WINDOW: usize = if cfg!(test) { 1000 } else { 50_000 };

#[async_trait]
impl AuditLog for EmbeddedStore {
    async fn append(&self, events: &[AuditEvent]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let events: Vec<EncodedEvent> = events.iter().map(EncodedEvent::of).collect();
        self.write(move |tx| EventAppend::standalone(tx, &events)?.write(tx)).await
    }

    /// There is no outbox: the write of a record appends its events to the log itself.
    async fn flush_outbox(&self, _trail: Option<&Trail>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn head(&self, trail: &Trail) -> Result<Option<ChainHead>, StoreError> {
        self.read(|tx| chain_head(&tx.open_table(AUDIT_EVENTS)?, trail))
    }

    async fn list(
        &self,
        trail: &Trail,
        filter: &EventFilter,
        after: Seq,
        size: PageSize,
    ) -> Result<Page<StoredEvent>, StoreError> {
        let (mut page, mut after) = (Page { items: Vec::new(), more: false }, Some(after));
        // A filter that few events pass reads all of them.
        while let Some(last) = after.filter(|_| !page.more) {
            let left = size.get() - page.items.len();
            let (own, filter) = (trail.clone(), filter.clone());
            let read = move |tx: &ReadTransaction, _: &Budget<'_>| {
                scan_window(tx, &own, &filter, last, PageSize::up_to(left))
            };
            let (found, next) = self.scan(Requester::from(trail), read).await?;
            after = next;
            if left == 0 {
                page.more = !found.items.is_empty();
            } else {
                page.items.extend(found.items);
                page.more = found.more;
            }
        }
        Ok(page)
    }

    async fn heads(
        &self,
        last: Option<&Trail>,
        size: PageSize,
    ) -> Result<Page<ChainHead>, StoreError> {
        self.read(|tx| heads(tx, last, size))
    }

    async fn truncate(&self, trail: &Trail, through: Seq) -> Result<(), StoreError> {
        loop {
            let own = trail.clone();
            // The events to remove are looked up outside the write transaction: events in the log
            // never change.
            let read = move |tx: &ReadTransaction, _: &Budget<'_>| oldest(tx, &own, through);
            let old = self.scan(Requester::from(trail), read).await?;
            if old.is_empty() {
                return Ok(());
            }
            let own = trail.clone();
            self.write(move |tx| remove(tx, &own, &old)).await?;
        }
    }
}

/// The part of a stored event that its successor links to.
#[derive(Deserialize)]
struct EventLink {
    hash: EventHash,
}

/// The chain head of `trail`.
fn chain_head<E: From<StoreError>>(
    events: &impl ReadableTable<(&'static str, u64), &'static [u8]>,
    trail: &Trail,
) -> Result<Option<ChainHead>, TxError<E>> {
    let Some(last) = events.range(positions_after(trail, Seq::START))?.next_back() else {
        return Ok(None);
    };
    let (position, json) = last?;
    let position = position.value();
    let EventLink { hash } = decode(AUDIT_EVENTS.name(), &position_name(position), json.value())?;
    Ok(Some(ChainHead { trail: trail.clone(), seq: Seq::new(position.1), hash }))
}

/// The readable chain heads of the trails after `last`. Each costs two lookups, however many events
/// it has.
fn heads(
    tx: &ReadTransaction,
    last: Option<&Trail>,
    size: PageSize,
) -> Result<Page<ChainHead>, TxError<StoreError>> {
    let events = tx.open_table(AUDIT_EVENTS)?;
    let mut past = last.map(|last| last.key().to_owned());
    let next = || loop {
        let past_key = past.as_deref().map(|key| (key, u64::MAX));
        let from = past_key.map_or(Bound::Unbounded, Bound::Excluded);
        let first = events.range::<(&str, u64)>((from, Bound::Unbounded))?.next();
        let Some((position, _)) = first.transpose()? else { return Ok(None) };
        let key = position.value().0.to_owned();
        let trail = Trail::of_key(&key)
            .map_err(|invalid| corrupt(AUDIT_EVENTS.name(), &key, invalid.to_string()).into());
        past = Some(key);
        match trail.and_then(|trail| chain_head(&events, &trail)) {
            Err(TxError::Refused(error)) => {
                let error = Causes(&error);
                tracing::error!(%error, "can't sign an audit trail: its last event is unreadable");
            }
            found => return found,
        }
    };
    page(std::iter::from_fn(transposed(next)), size)
}

/// Converts a function that returns the next item to an iterator.
fn transposed<T, E>(
    mut next: impl FnMut() -> Result<Option<T>, E>,
) -> impl FnMut() -> Option<Result<T, E>> {
    move || next().transpose()
}

/// The first events after `last` among the next [`WINDOW`], and the start of the next window, if
/// any.
fn scan_window(
    tx: &ReadTransaction,
    trail: &Trail,
    filter: &EventFilter,
    last: Seq,
    size: PageSize,
) -> Result<(Page<StoredEvent>, Option<Seq>), TxError<StoreError>> {
    let events = tx.open_table(AUDIT_EVENTS)?;
    let (scanned, end) = (Cell::new(0), Cell::new(last));
    let found = events.range(positions_after(trail, last))?.take(WINDOW).map(|entry| {
        let (position, json) = entry?;
        scanned.set(scanned.get() + 1);
        let seq = Seq::new(position.value().1);
        end.set(seq);
        let event = serde_json::from_slice(json.value());
        let event = event.unwrap_or_else(|_| LoggedEvent::new(Map::new()));
        Ok(StoredEvent { seq, event })
    });
    let passes = |found: &StoredEvent| filter.passes(&found.event);
    let passing = found.filter(|found| found.as_ref().map_or(true, passes));
    let found = page(passing, size)?;
    Ok((found, (scanned.get() == WINDOW).then(|| end.get())))
}

/// An event to be truncated.
type OldEvent = (u64, Option<String>);

/// The first events of `trail` up to the position `through`, except for the last event of the
/// trail.
fn oldest(
    tx: &ReadTransaction,
    trail: &Trail,
    through: Seq,
) -> Result<Vec<OldEvent>, TxError<StoreError>> {
    let events = tx.open_table(AUDIT_EVENTS)?;
    let last = events.range(positions_after(trail, Seq::START))?.next_back().transpose()?;
    let Some((last, _)) = last else { return Ok(Vec::new()) };
    let end = through.get().min(last.value().1.saturating_sub(1));
    let old = events.range((trail.key(), 0)..=(trail.key(), end))?.take(TRUNCATE_BATCH);
    old.map(|entry| {
        let (position, json) = entry?;
        // An unreadable event is removed, too.
        let event: Option<LoggedEvent> = serde_json::from_slice(json.value()).ok();
        let id = event.as_ref().and_then(LoggedEvent::id).map(ToOwned::to_owned);
        Ok((position.value().1, id))
    })
    .collect()
}

fn remove(
    tx: &WriteTransaction,
    trail: &Trail,
    old: &[OldEvent],
) -> Result<(), TxError<StoreError>> {
    let mut events = tx.open_table(AUDIT_EVENTS)?;
    let mut ids = tx.open_table(AUDIT_EVENT_IDS)?;
    for (seq, id) in old {
        events.remove((trail.key(), *seq))?;
        if let Some(id) = id {
            ids.remove((id.as_str(), trail.key()))?;
        }
    }
    Ok(())
}
