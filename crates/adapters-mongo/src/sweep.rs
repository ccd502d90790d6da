//! Removal of expired records; their field `until` is the expiry.

use bson::{Bson, Document, doc};
use domain::model::Timestamp;
use domain::ports::StoreError;
use mongodb::Collection;

use crate::call::{MAX_TIME, collect, retry_once};
use crate::mongo_error::MongoError;
use crate::records::date;

/// Maximum number of records that one command removes, so that each ends in time.
const BATCH: usize = 1000;

/// Removes what expired at or before `now`.
pub(crate) async fn sweep(
    records: &Collection<Document>,
    now: Timestamp,
) -> Result<(), StoreError> {
    loop {
        let keys = expired(records, now).await?;
        let found = keys.len();
        if found > 0 {
            let expired = doc! { "_id": { "$in": keys }, "until": { "$lte": date(now) } };
            retry_once(|| records.delete_many(expired.clone())).await?;
        }
        if found < BATCH {
            return Ok(());
        }
    }
}

/// The keys of the next records that expired at or before `now`.
async fn expired(records: &Collection<Document>, now: Timestamp) -> Result<Vec<Bson>, MongoError> {
    let expired = records.find(doc! { "until": { "$lte": date(now) } });
    let keys = expired.projection(doc! { "_id": 1 }).limit(BATCH as i64).max_time(MAX_TIME);
    let documents: Vec<Document> = collect(keys).await?;
    Ok(documents.into_iter().filter_map(|mut document| document.remove("_id")).collect())
}
