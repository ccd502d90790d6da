//! [`SignedHeadRepo`]: a document per signed head, whose key is its trail and its place.

use async_trait::async_trait;
use bson::{Bson, Document, doc};
use domain::model::{Page, PageSize, Seq, SignedHead, Trail};
use domain::ports::{SignedHeadRepo, StoreError};

use crate::call::{WORK, again, bounded};
use crate::fault::Fault;
use crate::records::{decode, encode, find, page, place};
use crate::schema::{AUDIT_HEADS, BEGINS};
use crate::store::MongoStore;

#[async_trait]
impl SignedHeadRepo for MongoStore {
    async fn keep(&self, head: &SignedHead) -> Result<(), StoreError> {
        let link = self.link()?;
        let mut document = doc! { "_id": key(&head.trail, head.seq) };
        document.extend(encode(head)?);
        match bounded(link.collections.audit_heads.insert_one(document)).await {
            Ok(_) => Ok(()),
            Err(Fault::Duplicate) => self.is_kept(head).await,
            Err(fault) => Err(fault.into()),
        }
    }

    async fn list(
        &self,
        trail: &Trail,
        after: Seq,
        size: PageSize,
    ) -> Result<Page<SignedHead>, StoreError> {
        let later = doc! { "_id": { "$gt": key(trail, after), "$lt": end(trail) } };
        self.fresh(|| async {
            let link = self.link()?;
            let find = link.collections.audit_heads.find(later.clone());
            page(find, size, |document| decode(AUDIT_HEADS, document)).await
        })
        .await
    }

    async fn latest(&self, trail: &Trail) -> Result<Option<SignedHead>, StoreError> {
        self.last(doc! { "_id": whole(trail) }).await
    }

    /// The mark is on the head itself, and the last head with one is the start: so it only ever moves forward.
    async fn begin_after(&self, trail: &Trail, seq: Seq) -> Result<(), StoreError> {
        let link = self.link()?;
        let (head, mark) = (doc! { "_id": key(trail, seq) }, doc! { "$set": { BEGINS: true } });
        again(|| link.collections.audit_heads.update_one(head.clone(), mark.clone())).await?;
        Ok(())
    }

    async fn start(&self, trail: &Trail) -> Result<Option<SignedHead>, StoreError> {
        self.last(doc! { BEGINS: true, "_id": whole(trail) }).await
    }

    async fn remove_before(&self, trail: &Trail, seq: Seq) -> Result<(), StoreError> {
        let link = self.link()?;
        let before = doc! { "_id": { "$gte": key(trail, Seq::START), "$lt": key(trail, seq) } };
        again(|| link.collections.audit_heads.delete_many(before.clone())).await?;
        Ok(())
    }
}

impl MongoStore {
    async fn last(&self, filter: Document) -> Result<Option<SignedHead>, StoreError> {
        self.fresh(|| async {
            let link = self.link()?;
            let last = link.collections.audit_heads.find_one(filter.clone());
            find(AUDIT_HEADS, last.sort(doc! { "_id": -1 })).await
        })
        .await
    }

    /// What was in the way of `head` has to be there for good.
    async fn is_kept(&self, head: &SignedHead) -> Result<(), StoreError> {
        let link = self.link()?;
        let find =
            link.collections.audit_heads.find_one(doc! { "_id": key(&head.trail, head.seq) });
        let latest = find.read_concern(self.abilities.latest()).max_time(WORK);
        match bounded(latest).await? {
            Some(_) => Ok(()),
            None => Err(StoreError::unavailable("a signed head was removed at this moment")),
        }
    }
}

/// Keys are compared member by member.
fn key(trail: &Trail, seq: Seq) -> Document {
    doc! { "trail": trail.key(), "seq": place(seq) }
}

/// After every key of `trail`.
fn end(trail: &Trail) -> Document {
    doc! { "trail": trail.key(), "seq": Bson::MaxKey }
}

fn whole(trail: &Trail) -> Document {
    doc! { "$gt": { "trail": trail.key(), "seq": Bson::MinKey }, "$lt": end(trail) }
}
