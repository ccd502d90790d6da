//! [`CheckpointRepo`]: one document per checkpoint, whose key is its trail and position.

use async_trait::async_trait;
use bson::{Bson, Document, doc};
use domain::model::{Checkpoint, Page, PageSize, Seq, Trail};
use domain::ports::{CheckpointRepo, StoreError};

use crate::call::{MAX_TIME, retry_once, with_timeout};
use crate::mongo_error::MongoError;
use crate::records::{corrupt, decode, encode, page, stored_position};
use crate::schema::{AUDIT_HEADS, TRAIL_START};
use crate::store::MongoStore;

#[async_trait]
impl CheckpointRepo for MongoStore {
    async fn keep(&self, head: &Checkpoint) -> Result<bool, StoreError> {
        let collections = self.fixed_collections()?;
        let mut document = doc! { "_id": key(&head.trail, head.seq) };
        document.extend(encode(head)?);
        match with_timeout(collections.audit_heads.insert_one(document)).await {
            Ok(_) => Ok(true),
            Err(MongoError::Duplicate) => self.replace_checkpoint(head).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn list(
        &self,
        trail: &Trail,
        after: Seq,
        size: PageSize,
    ) -> Result<Page<Checkpoint>, StoreError> {
        let later = &doc! { "_id": { "$gt": key(trail, after), "$lt": keys_end(trail) } };
        self.read_after_election(|collections| async move {
            let find = collections.audit_heads.find(later.clone());
            page(find, size, |document| read(trail, document)).await
        })
        .await
    }

    async fn latest(&self, trail: &Trail) -> Result<Option<Checkpoint>, StoreError> {
        self.last_matching(trail, &doc! { "_id": all_keys(trail) }).await
    }

    /// The last checkpoint with `TRAIL_START` is the start, so the start only ever moves forward.
    async fn begin_after(&self, mark: &Checkpoint) -> Result<(), StoreError> {
        if self.start(&mark.trail).await?.is_some_and(|start| start.seq > mark.seq) {
            return Ok(());
        }
        let mut members = encode(mark)?;
        members.insert(TRAIL_START, true);
        let (head, change) = (doc! { "_id": key(&mark.trail, mark.seq) }, doc! { "$set": members });
        let collections = self.fixed_collections()?;
        retry_once(|| collections.audit_heads.update_one(head.clone(), change.clone())).await?;
        Ok(())
    }

    async fn start(&self, trail: &Trail) -> Result<Option<Checkpoint>, StoreError> {
        self.last_matching(trail, &doc! { TRAIL_START: true, "_id": all_keys(trail) }).await
    }

    async fn remove_before(&self, trail: &Trail, seq: Seq) -> Result<(), StoreError> {
        let collections = self.fixed_collections()?;
        let before = doc! { "_id": { "$gte": key(trail, Seq::START), "$lt": key(trail, seq) } };
        retry_once(|| collections.audit_heads.delete_many(before.clone())).await?;
        Ok(())
    }
}

impl MongoStore {
    async fn last_matching(
        &self,
        trail: &Trail,
        filter: &Document,
    ) -> Result<Option<Checkpoint>, StoreError> {
        self.read_after_election(|collections| async move {
            let last = collections.audit_heads.find_one(filter.clone());
            let found = with_timeout(last.sort(doc! { "_id": -1 }).max_time(MAX_TIME)).await?;
            found.map(|document| read(trail, document)).transpose()
        })
        .await
    }

    /// Replaces a checkpoint of another key with `head`. One of the same key has to be durable,
    /// unless the number of `head` is in use at another position.
    async fn replace_checkpoint(&self, head: &Checkpoint) -> Result<bool, StoreError> {
        let collections = self.fixed_collections()?;
        let other = doc! {
            "_id": key(&head.trail, head.seq),
            "key_id": { "$ne": head.key_id.as_str() },
        };
        // The field that marks the start of a trail stays unchanged.
        let mut change = doc! { "$set": encode(head)? };
        if !head.truncated {
            change.insert("$unset", doc! { "truncated": "" });
        }
        let update = || collections.audit_heads.update_one(other.clone(), change.clone());
        match retry_once(update).await {
            Ok(_) => {}
            Err(MongoError::Duplicate) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        let find = collections.audit_heads.find_one(doc! { "_id": key(&head.trail, head.seq) });
        let latest = find.read_concern(self.features.latest_concern()).max_time(MAX_TIME);
        match with_timeout(latest).await? {
            Some(_) => Ok(true),
            None if head.number.is_some() => Ok(false),
            None => Err(StoreError::unavailable("the checkpoint was removed concurrently")),
        }
    }
}

/// Decodes the record in `document`; refuses one whose key the server never writes: it has no
/// position.
fn read(trail: &Trail, document: Document) -> Result<Checkpoint, StoreError> {
    let stored_key = document.get_document("_id").cloned().unwrap_or_default();
    let seq = stored_key.get_i64("seq").ok().and_then(|seq| u64::try_from(seq).ok());
    let Some(seq) = seq.map(Seq::new).filter(|seq| stored_key == key(trail, *seq)) else {
        let id = document.get("_id").map(ToString::to_string).unwrap_or_default();
        return Err(corrupt(AUDIT_HEADS, id, "_id: not a trail and a place"));
    };
    let head: Option<Checkpoint> = decode(AUDIT_HEADS, document).ok();
    let head = head.filter(|head| head.trail == *trail && head.seq == seq);
    Ok(head.unwrap_or_else(|| Checkpoint::unreadable(trail.clone(), seq)))
}

/// Keys are compared member by member.
fn key(trail: &Trail, seq: Seq) -> Document {
    doc! { "trail": trail.key(), "seq": stored_position(seq) }
}

/// After all keys of `trail`.
fn keys_end(trail: &Trail) -> Document {
    doc! { "trail": trail.key(), "seq": Bson::MaxKey }
}

fn all_keys(trail: &Trail) -> Document {
    doc! { "$gt": { "trail": trail.key(), "seq": Bson::MinKey }, "$lt": keys_end(trail) }
}
