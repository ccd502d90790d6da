//! Reads after an election. A newly elected primary has every acknowledged write, but learns only
//! with the first entry of its own term that a majority has them too; until then, a majority read
//! does not show the last ones.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bson::oid::ObjectId;
use bson::{Document, doc};
use mongodb::event::cmap::CmapEvent;
use mongodb::options::{ReadConcern, ServerAddress};

use crate::call::{MAX_TIME, with_timeout};
use crate::mongo_error::MongoError;
use crate::schema::{Collections, META};
use crate::store::{Connection, MongoStore};

/// Maximum attempts of a read during repeated elections.
const ATTEMPTS: usize = 5;

/// Detects elections from the connection events of a client.
#[derive(Default)]
pub(crate) struct Elections {
    last_address: Mutex<Option<ServerAddress>>,
    /// Number of possible elections.
    seen: AtomicU64,
    /// Number of possible elections after which the primary is known to show all writes.
    confirmed: AtomicU64,
    /// The last known term of a primary.
    term: Mutex<Option<PrimaryTerm>>,
}

/// Term of one primary; of a standalone server, from its start to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PrimaryTerm {
    /// Number of possible elections before the term was determined.
    seen: u64,
    id: Option<ObjectId>,
}

impl Elections {
    /// Handles a connection event. The driver calls it before the first command on a new
    /// connection.
    pub(crate) fn observe(&self, event: &CmapEvent) {
        let elected = match event {
            // All reads and writes go to the primary, so another address is another primary.
            CmapEvent::ConnectionReady(ready) => {
                let mut last = self.last_address.lock().unwrap_or_else(PoisonError::into_inner);
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
    /// Runs `read` so that it shows every write that was acknowledged before. If an election may
    /// have happened, the primary first confirms itself with a linearizable read, which waits for a
    /// majority, and `read` is repeated.
    pub(crate) async fn read_after_election<T, E, F, R>(&self, read: R) -> Result<T, E>
    where
        R: Fn(Arc<Collections>) -> F,
        E: From<MongoError>,
        F: Future<Output = Result<T, E>>,
    {
        let connection = self.connection()?;
        let read = || read(Arc::clone(&connection.collections));
        if !self.features.retries_writes {
            return read().await;
        }
        for _ in 0..ATTEMPTS {
            let before = connection.elections.seen();
            let confirmed = connection.elections.confirmed.load(Ordering::SeqCst) >= before;
            let result = read().await?;
            let after = connection.elections.seen();
            if confirmed && after == before {
                return Ok(result);
            }
            confirm(&connection).await?;
            connection.elections.confirmed.fetch_max(after, Ordering::SeqCst);
        }
        Err(MongoError::Unavailable("repeated elections".into()).into())
    }
}

impl MongoStore {
    /// The current term. Asks the server only when an election may have happened since the last
    /// call.
    pub(crate) async fn primary_term(&self) -> Result<PrimaryTerm, MongoError> {
        let connection = self.connection()?;
        let seen = connection.elections.seen();
        let known = *connection.elections.term.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.filter(|known| known.seen == seen) {
            return Ok(known);
        }
        let hello = with_timeout(connection.database.run_command(doc! { "hello": 1 })).await?;
        // All servers provide this id, which differs between two starts of a server.
        let started = hello.get_document("topologyVersion");
        let started = || started.ok().and_then(|version| version.get_object_id("processId").ok());
        let term =
            PrimaryTerm { seen, id: hello.get_object_id("electionId").ok().or_else(started) };
        *connection.elections.term.lock().unwrap_or_else(PoisonError::into_inner) = Some(term);
        Ok(term)
    }

    /// Whether the writes of the primary of `before` certainly still exist.
    pub(crate) async fn is_same_term(&self, before: PrimaryTerm) -> bool {
        self.primary_term().await.is_ok_and(|now| now.seen == before.seen || now.id == before.id)
    }
}

async fn confirm(connection: &Connection) -> Result<(), MongoError> {
    let meta = connection.database.collection::<Document>(META);
    let read = meta.find_one(doc! { "_id": "format" }).read_concern(ReadConcern::linearizable());
    with_timeout(read.max_time(MAX_TIME)).await.map(drop)
}

#[cfg(test)]
impl PrimaryTerm {
    /// A term that is over.
    pub(crate) fn ended() -> Self {
        Self { seen: u64::MAX, id: Some(ObjectId::new()) }
    }
}

#[cfg(test)]
mod tests {
    use domain::ports::StoreProbe;
    use local_mongod::Options;

    use super::*;
    use crate::MongoConfig;
    use crate::tests::new_store;

    /// Number of executed reads.
    async fn reads(store: &MongoStore) -> u64 {
        let count = AtomicU64::new(0);
        let read = |_| async {
            count.fetch_add(1, Ordering::SeqCst);
            Ok::<_, MongoError>(())
        };
        store.read_after_election(read).await.unwrap();
        count.into_inner()
    }

    #[tokio::test]
    async fn reads_are_repeated_after_a_possible_election() {
        let (store, _database) = new_store().await;
        reads(&store).await;
        assert_eq!(reads(&store).await, 1, "the primary is known");
        store.connection().unwrap().elections.seen.fetch_add(1, Ordering::SeqCst);
        assert_eq!(reads(&store).await, 2);
        assert_eq!(reads(&store).await, 1);
    }

    #[tokio::test]
    async fn reads_fail_during_repeated_elections() {
        let (store, _database) = new_store().await;
        let connection = store.connection().unwrap();
        let read = |_| async {
            connection.elections.seen.fetch_add(1, Ordering::SeqCst);
            Ok::<_, MongoError>(())
        };
        assert!(matches!(store.read_after_election(read).await, Err(MongoError::Unavailable(_))));
    }

    /// A connection may break at any time; only another primary may lack writes that no majority
    /// acknowledged.
    #[tokio::test]
    async fn a_primary_term_ends_with_its_primary() {
        for options in [Options::replica_set(1), Options::standalone()] {
            let mut server = options.start().await.unwrap();
            let config = MongoConfig { url: server.url().into(), database: "tenantry".to_owned() };
            let store = MongoStore::open(&config).await.unwrap();
            let before = store.primary_term().await.unwrap();
            store.connection().unwrap().elections.seen.fetch_add(1, Ordering::SeqCst);
            assert!(store.is_same_term(before).await);
            server.kill(0);
            server.restart(0).await.unwrap();
            while store.ready().await.is_err() {}
            assert!(!store.is_same_term(before).await);
        }
    }
}
