//! [`CheckpointRepo`]: checkpoints in the order of their trails, and those after which trails
//! begin.

use async_trait::async_trait;
use domain::model::{Checkpoint, Page, PageSize, Seq, Trail};
use domain::ports::{CheckpointRepo, StoreError};
use redb::{ReadTransaction, ReadableTable, WriteTransaction};

use crate::records::{encode, page};
use crate::store::EmbeddedStore;
use crate::tables::{AUDIT_SIGNED_HEADS, AUDIT_STARTS, positions_after};
use crate::tx_error::TxError;

#[async_trait]
impl CheckpointRepo for EmbeddedStore {
    async fn keep(&self, head: &Checkpoint) -> Result<bool, StoreError> {
        let (head, json) = (head.clone(), encode(head)?);
        self.write(move |tx| keep(tx, &head, &json)).await
    }

    async fn list(
        &self,
        trail: &Trail,
        after: Seq,
        size: PageSize,
    ) -> Result<Page<Checkpoint>, StoreError> {
        self.read(|tx| {
            let heads = tx.open_table(AUDIT_SIGNED_HEADS)?;
            let entries = heads.range(positions_after(trail, after))?;
            let found = entries.map(|entry| {
                let (position, json) = entry?;
                Ok(parse(trail, position.value().1, json.value()))
            });
            page(found, size)
        })
    }

    async fn latest(&self, trail: &Trail) -> Result<Option<Checkpoint>, StoreError> {
        self.read(|tx| {
            let heads = tx.open_table(AUDIT_SIGNED_HEADS)?;
            let Some(last) = heads.range(positions_after(trail, Seq::START))?.next_back() else {
                return Ok(None);
            };
            let (position, json) = last?;
            Ok(Some(parse(trail, position.value().1, json.value())))
        })
    }

    async fn begin_after(&self, mark: &Checkpoint) -> Result<(), StoreError> {
        let (mark, json) = (mark.clone(), encode(mark)?);
        self.write(move |tx| begin_after(tx, &mark, &json)).await
    }

    async fn start(&self, trail: &Trail) -> Result<Option<Checkpoint>, StoreError> {
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

fn keep(
    tx: &WriteTransaction,
    head: &Checkpoint,
    json: &[u8],
) -> Result<bool, TxError<StoreError>> {
    let mut heads = tx.open_table(AUDIT_SIGNED_HEADS)?;
    if is_number_taken(&heads, head)? {
        return Ok(false);
    }
    let position = (head.trail.key(), head.seq.get());
    let stored = heads.get(position)?.map(|json| parse(&head.trail, position.1, json.value()));
    if stored.is_none_or(|stored| stored.key_id != head.key_id) {
        heads.insert(position, json)?;
    }
    Ok(true)
}

/// Whether a checkpoint at another position has the number of `head`. Numbers ascend with the
/// positions.
fn is_number_taken(
    heads: &impl ReadableTable<(&'static str, u64), &'static [u8]>,
    head: &Checkpoint,
) -> Result<bool, TxError<StoreError>> {
    let Some(number) = head.number else { return Ok(false) };
    for entry in heads.range(positions_after(&head.trail, Seq::START))?.rev() {
        let (position, json) = entry?;
        let stored = parse(&head.trail, position.value().1, json.value());
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
    mark: &Checkpoint,
    json: &[u8],
) -> Result<(), TxError<StoreError>> {
    let mut starts = tx.open_table(AUDIT_STARTS)?;
    let mut heads = tx.open_table(AUDIT_SIGNED_HEADS)?;
    let position @ (trail, seq) = (mark.trail.key(), mark.seq.get());
    let begins_later = starts.get(trail)?.is_some_and(|start| start.value() > seq);
    if !begins_later && heads.get(position)?.is_some() {
        heads.insert(position, json)?;
        starts.insert(trail, seq)?;
    }
    Ok(())
}

fn start(tx: &ReadTransaction, trail: &Trail) -> Result<Option<Checkpoint>, TxError<StoreError>> {
    let Some(seq) = tx.open_table(AUDIT_STARTS)?.get(trail.key())? else { return Ok(None) };
    let seq = seq.value();
    let head = tx.open_table(AUDIT_SIGNED_HEADS)?.get((trail.key(), seq))?;
    let head = head.map(|json| parse(trail, seq, json.value()));
    // A missing record counts as an unreadable one.
    Ok(Some(head.unwrap_or_else(|| Checkpoint::unreadable(trail.clone(), Seq::new(seq)))))
}

/// The record at the position `seq` of `trail`.
fn parse(trail: &Trail, seq: u64, json: &[u8]) -> Checkpoint {
    let head: Option<Checkpoint> = serde_json::from_slice(json).ok();
    head.filter(|head| head.trail == *trail && head.seq.get() == seq)
        .unwrap_or_else(|| Checkpoint::unreadable(trail.clone(), Seq::new(seq)))
}
