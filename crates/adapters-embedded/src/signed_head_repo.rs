//! [`SignedHeadRepo`]: signed heads in the order of their trails, and which of them trails begin after.

use async_trait::async_trait;
use domain::model::{Page, PageSize, Seq, SignedHead, Trail};
use domain::ports::{SignedHeadRepo, StoreError};
use redb::{ReadTransaction, ReadableTable, TableHandle, WriteTransaction};

use crate::records::{corrupt, decode, encode, page};
use crate::stop::Stop;
use crate::store::EmbeddedStore;
use crate::tables::{AUDIT_SIGNED_HEADS, AUDIT_STARTS, place_name, places_after};

#[async_trait]
impl SignedHeadRepo for EmbeddedStore {
    async fn keep(&self, head: &SignedHead) -> Result<bool, StoreError> {
        let (head, json) = (head.clone(), encode(head)?);
        self.write(move |tx| keep(tx, &head, &json)).await
    }

    async fn list(
        &self,
        trail: &Trail,
        after: Seq,
        size: PageSize,
    ) -> Result<Page<SignedHead>, StoreError> {
        self.read(|tx| {
            let heads = tx.open_table(AUDIT_SIGNED_HEADS)?;
            let entries = heads.range(places_after(trail, after))?;
            let found = entries.map(|entry| {
                let (place, json) = entry?;
                parse(place.value(), json.value())
            });
            page(found, size)
        })
    }

    async fn latest(&self, trail: &Trail) -> Result<Option<SignedHead>, StoreError> {
        self.read(|tx| {
            let heads = tx.open_table(AUDIT_SIGNED_HEADS)?;
            let Some(last) = heads.range(places_after(trail, Seq::START))?.next_back() else {
                return Ok(None);
            };
            let (place, json) = last?;
            parse(place.value(), json.value()).map(Some)
        })
    }

    async fn begin_after(&self, mark: &SignedHead) -> Result<(), StoreError> {
        let (mark, json) = (mark.clone(), encode(mark)?);
        self.write(move |tx| begin_after(tx, &mark, &json)).await
    }

    async fn start(&self, trail: &Trail) -> Result<Option<SignedHead>, StoreError> {
        self.read(|tx| start(tx, trail))
    }

    async fn remove_before(&self, trail: &Trail, seq: Seq) -> Result<(), StoreError> {
        let trail = trail.clone();
        self.write(move |tx| {
            let mut heads = tx.open_table(AUDIT_SIGNED_HEADS)?;
            heads.retain_in((trail.key(), 0)..(trail.key(), seq.get()), |_, _| false)?;
            Ok(())
        })
        .await
    }
}

fn keep(tx: &WriteTransaction, head: &SignedHead, json: &[u8]) -> Result<bool, Stop<StoreError>> {
    let mut heads = tx.open_table(AUDIT_SIGNED_HEADS)?;
    if is_number_taken(&heads, head)? {
        return Ok(false);
    }
    let place = (head.trail.key(), head.seq.get());
    let stored = heads.get(place)?.map(|json| parse(place, json.value())).transpose()?;
    if stored.is_none_or(|stored| stored.key_id != head.key_id) {
        heads.insert(place, json)?;
    }
    Ok(true)
}

/// Whether a checkpoint at another place has the number of `head`. Numbers ascend with the places.
fn is_number_taken(
    heads: &impl ReadableTable<(&'static str, u64), &'static [u8]>,
    head: &SignedHead,
) -> Result<bool, Stop<StoreError>> {
    let Some(number) = head.number else { return Ok(false) };
    for entry in heads.range(places_after(&head.trail, Seq::START))?.rev() {
        let (place, json) = entry?;
        let stored = parse(place.value(), json.value())?;
        match stored.number {
            Some(stored_number) if stored_number < number => break,
            Some(stored_number) if stored_number == number && stored.seq != head.seq => {
                return Ok(true);
            }
            _ => {}
        }
    }
    Ok(false)
}

fn begin_after(
    tx: &WriteTransaction,
    mark: &SignedHead,
    json: &[u8],
) -> Result<(), Stop<StoreError>> {
    let mut starts = tx.open_table(AUDIT_STARTS)?;
    let mut heads = tx.open_table(AUDIT_SIGNED_HEADS)?;
    let place @ (trail, seq) = (mark.trail.key(), mark.seq.get());
    let begins_later = starts.get(trail)?.is_some_and(|start| start.value() > seq);
    if !begins_later && heads.get(place)?.is_some() {
        heads.insert(place, json)?;
        starts.insert(trail, seq)?;
    }
    Ok(())
}

fn start(tx: &ReadTransaction, trail: &Trail) -> Result<Option<SignedHead>, Stop<StoreError>> {
    let Some(seq) = tx.open_table(AUDIT_STARTS)?.get(trail.key())? else { return Ok(None) };
    let place = (trail.key(), seq.value());
    let Some(json) = tx.open_table(AUDIT_SIGNED_HEADS)?.get(place)? else {
        let field = "its trail begins after it, but it is not there";
        return Err(corrupt(AUDIT_SIGNED_HEADS.name(), &place_name(place), field).into());
    };
    parse(place, json.value()).map(Some)
}

/// The signed head in `json`, refused unless its trail and place are those of its key.
fn parse(place: (&str, u64), json: &[u8]) -> Result<SignedHead, Stop<StoreError>> {
    let head: SignedHead = decode(AUDIT_SIGNED_HEADS.name(), &place_name(place), json)?;
    if (head.trail.key(), head.seq.get()) != place {
        let field = "organization_id, seq: not those of its key";
        return Err(corrupt(AUDIT_SIGNED_HEADS.name(), &place_name(place), field).into());
    }
    Ok(head)
}
