//! Removal of expired records; their field `until` is the expiry.

use bson::{Bson, Document, doc};
use domain::model::Timestamp;
use domain::ports::StoreError;
use futures_util::TryStreamExt;
use mongodb::Collection;

use crate::call::{WORK, again, bounded};
use crate::mongo_error::MongoError;
use crate::records::date;

/// Maximum number of records that one command removes, so that each ends in time.
const SWEEP: usize = 1000;

/// Removes what expired at or before `now`.
pub(crate) async fn sweep(
    records: &Collection<Document>,
    now: Timestamp,
) -> Result<(), StoreError> {
    loop {
        let keys = ended(records, now).await?;
        let found = keys.len();
        if found > 0 {
            let ended = doc! { "_id": { "$in": keys }, "until": { "$lte": date(now) } };
            again(|| records.delete_many(ended.clone())).await?;
        }
        if found < SWEEP {
            return Ok(());
        }
    }
}

/// The keys of the next records that expired at or before `now`.
async fn ended(records: &Collection<Document>, now: Timestamp) -> Result<Vec<Bson>, MongoError> {
    let ended = records.find(doc! { "until": { "$lte": date(now) } });
    let keys = ended.projection(doc! { "_id": 1 }).limit(SWEEP as i64).max_time(WORK);
    let documents: Vec<Document> = bounded(async { keys.await?.try_collect().await }).await?;
    Ok(documents.into_iter().filter_map(|mut document| document.remove("_id")).collect())
}
