//! [`AuditLog`]: events in the order of their trails, which ids they have, and where each trail ends.

mod addition;
mod recent;

use async_trait::async_trait;
use domain::model::{
    AuditEvent, Draft, EventFilter, EventHash, Head, LoggedEvent, Page, PageSize, Seq, Trail,
};
use domain::ports::{AuditLog, StoreError};
use redb::{ReadTransaction, ReadableTable, TableHandle, WriteTransaction};

use crate::records::{after, corrupt, decode, page};
use crate::stop::Stop;
use crate::store::EmbeddedStore;
use crate::tables::{AUDIT_EVENT_IDS, AUDIT_EVENTS, AUDIT_HEADS, place_name, places_after};

pub(crate) use addition::Addition;
use recent::recent_after;

/// How many events one transaction cuts off, so that other writers need not wait for all of them.
const CUT: usize = 1000;

#[async_trait]
impl AuditLog for EmbeddedStore {
    async fn append(&self, events: &[AuditEvent]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let events: Vec<Draft> = events.iter().map(Draft::of).collect();
        self.write(move |tx| Addition::of(tx, &events)?.write(tx)).await
    }

    /// There is nothing to bring: the write of a record puts its event into the log itself.
    async fn settle(&self, _trail: Option<&Trail>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn head(&self, trail: &Trail) -> Result<Option<Head>, StoreError> {
        self.read(|tx| stored_head(&tx.open_table(AUDIT_HEADS)?, trail))
    }

    async fn list(
        &self,
        trail: &Trail,
        filter: &EventFilter,
        after: Seq,
        size: PageSize,
    ) -> Result<Page<LoggedEvent>, StoreError> {
        let (trail, filter) = (trail.clone(), filter.clone());
        // A filter that few events pass looks at all of them.
        self.scan(move |tx| list(tx, &trail, &filter, after, size)).await
    }

    async fn heads(&self, last: Option<&Trail>, size: PageSize) -> Result<Page<Head>, StoreError> {
        self.read(|tx| {
            let heads = tx.open_table(AUDIT_HEADS)?;
            let entries = heads.range::<&str>(after(last.map(Trail::key)))?;
            let found = entries.map(|entry| {
                let (key, end) = entry?;
                let (name, key) = (AUDIT_HEADS.name(), key.value());
                let trail = Trail::of_key(key);
                let trail = trail.map_err(|invalid| corrupt(name, key, invalid.to_string()))?;
                Ok(to_head(trail, end.value())?)
            });
            page(found, size)
        })
    }

    async fn cut(&self, trail: &Trail, through: Seq) -> Result<(), StoreError> {
        self.file_events(trail, through).await?;
        loop {
            let own = trail.clone();
            // What is to go is looked up where writers need not wait for it: nobody changes what is in the log.
            let old = self.scan(move |tx| oldest(tx, &own, through)).await?;
            if old.is_empty() {
                return Ok(());
            }
            let own = trail.clone();
            self.write(move |tx| remove(tx, &own, &old)).await?;
        }
    }
}

/// The end of `trail` as it is stored.
fn stored_head<E: From<StoreError>>(
    heads: &impl ReadableTable<&'static str, (u64, &'static str)>,
    trail: &Trail,
) -> Result<Option<Head>, Stop<E>> {
    let end = heads.get(trail.key())?;
    Ok(end.map(|end| to_head(trail.clone(), end.value())).transpose()?)
}

fn to_head(trail: Trail, (seq, hash): (u64, &str)) -> Result<Head, StoreError> {
    let hash = EventHash::parse(hash);
    let hash = hash.ok_or_else(|| corrupt(AUDIT_HEADS.name(), trail.key(), "not a hash"))?;
    Ok(Head { trail, seq: Seq::new(seq), hash })
}

fn list(
    tx: &ReadTransaction,
    trail: &Trail,
    filter: &EventFilter,
    last: Seq,
    size: PageSize,
) -> Result<Page<LoggedEvent>, Stop<StoreError>> {
    let events = tx.open_table(AUDIT_EVENTS)?;
    let filed = events.range(places_after(trail, last))?.map(|entry| {
        let (place, json) = entry?;
        parse(place.value(), json.value())
    });
    let recent = recent_after(tx, trail, last)?.map(|entry| {
        let (seq, json) = entry?;
        parse((trail.key(), seq), &json)
    });
    let found = filed.chain(recent);
    page(found.filter(|found| found.as_ref().map_or(true, |event| filter.passes(event))), size)
}

fn parse(place: (&str, u64), json: &[u8]) -> Result<LoggedEvent, Stop<StoreError>> {
    Ok(decode(AUDIT_EVENTS.name(), &place_name(place), json)?)
}

/// An event that is about to be cut off.
type Old = (u64, Option<String>);

/// The first events of `trail` up to the place `through`, without the last one that the trail has.
fn oldest(tx: &ReadTransaction, trail: &Trail, through: Seq) -> Result<Vec<Old>, Stop<StoreError>> {
    let head: Option<Head> = stored_head(&tx.open_table(AUDIT_HEADS)?, trail)?;
    let Some(head) = head else { return Ok(Vec::new()) };
    let end = through.get().min(head.seq.get().saturating_sub(1));
    let events = tx.open_table(AUDIT_EVENTS)?;
    let old = events.range((trail.key(), 0)..=(trail.key(), end))?.take(CUT);
    old.map(|entry| {
        let (place, json) = entry?;
        // One that can't be read goes all the same.
        let event: Option<LoggedEvent> = serde_json::from_slice(json.value()).ok();
        let id = event.as_ref().and_then(LoggedEvent::id).map(ToOwned::to_owned);
        Ok((place.value().1, id))
    })
    .collect()
}

fn remove(tx: &WriteTransaction, trail: &Trail, old: &[Old]) -> Result<(), Stop<StoreError>> {
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
