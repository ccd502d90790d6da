//! Reads after an election. A primary that was just elected has every write that was acknowledged, but learns
//! only with the first entry of its own term that a majority has them too; until then, a majority read does
//! not show the last ones.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use bson::{Document, doc};
use mongodb::event::cmap::CmapEvent;
use mongodb::options::{ReadConcern, ServerAddress};

use crate::call::{WORK, bounded};
use crate::fault::Fault;
use crate::schema::META;
use crate::store::{Link, MongoStore};

/// How often a read is made while there is one election after another.
const ATTEMPTS: usize = 5;

/// What the connections of a client tell about elections.
#[derive(Default)]
pub(crate) struct Elections {
    last: Mutex<Option<ServerAddress>>,
    /// How often there may have been one.
    seen: AtomicU64,
    /// Up to which of them the primary is known to show everything.
    settled: AtomicU64,
}

impl Elections {
    /// Takes note of what happens to connections. It is called before the first command on a new one.
    pub(crate) fn observe(&self, event: &CmapEvent) {
        let elected = match event {
            // All reads and writes go to the primary, so another address is another primary.
            CmapEvent::ConnectionReady(ready) => {
                let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
                last.replace(ready.address.clone()).as_ref() != Some(&ready.address)
            }
            CmapEvent::PoolCleared(_) => true,
            _ => false,
        };
        if elected {
            self.seen.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn seen(&self) -> u64 {
        self.seen.load(Ordering::SeqCst)
    }
}

impl MongoStore {
    /// The result of `read`, which shows everything that was acknowledged before. If there may have been an
    /// election, the primary has to say that it is one, by a read that waits for a majority, and `read` is
    /// made again.
    pub(crate) async fn fresh<T, E, F>(&self, read: impl Fn() -> F) -> Result<T, E>
    where
        E: From<Fault>,
        F: Future<Output = Result<T, E>>,
    {
        if !self.abilities.retries_writes {
            return read().await;
        }
        let link = self.link()?;
        for _ in 0..ATTEMPTS {
            let before = link.elections.seen();
            let settled = link.elections.settled.load(Ordering::SeqCst) >= before;
            let result = read().await?;
            let after = link.elections.seen();
            if settled && after == before {
                return Ok(result);
            }
            confirm(&link).await?;
            link.elections.settled.fetch_max(after, Ordering::SeqCst);
        }
        Err(Fault::Unavailable("one election after another".into()).into())
    }
}

async fn confirm(link: &Link) -> Result<(), Fault> {
    let meta = link.database.collection::<Document>(META);
    let read = meta.find_one(doc! { "_id": "format" }).read_concern(ReadConcern::linearizable());
    bounded(read.max_time(WORK)).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fresh;

    /// How often a read is made.
    async fn reads(store: &MongoStore) -> u64 {
        let count = AtomicU64::new(0);
        let read = || async {
            count.fetch_add(1, Ordering::SeqCst);
            Ok::<_, Fault>(())
        };
        store.fresh(read).await.unwrap();
        count.into_inner()
    }

    #[tokio::test]
    async fn a_read_is_made_again_when_there_may_have_been_an_election() {
        let (store, _database) = fresh().await;
        reads(&store).await;
        assert_eq!(reads(&store).await, 1, "the primary is known");
        store.link().unwrap().elections.seen.fetch_add(1, Ordering::SeqCst);
        assert_eq!(reads(&store).await, 2);
        assert_eq!(reads(&store).await, 1);
    }

    #[tokio::test]
    async fn a_read_during_which_there_is_one_election_after_another_fails() {
        let (store, _database) = fresh().await;
        let link = store.link().unwrap();
        let read = || async {
            link.elections.seen.fetch_add(1, Ordering::SeqCst);
            Ok::<_, Fault>(())
        };
        assert!(matches!(store.fresh(read).await, Err(Fault::Unavailable(_))));
    }
}
