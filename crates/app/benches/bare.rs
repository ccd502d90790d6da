//! The bare stores.

use std::sync::Arc;
use std::thread;

use bson::{Document, doc};
use mongodb::Collection;
use mongodb::options::{ReadConcern, WriteConcern};
use redb::{Database, ReadableDatabase, TableDefinition};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};

/// A store without the server.
pub(crate) trait Bare: Clone + Send + Sync + 'static {
    /// Writes a document durably.
    fn insert(&self, id: String, document: &Value) -> impl Future<Output = ()> + Send;
    /// Whether the document exists.
    fn get(&self, id: &str) -> impl Future<Output = bool> + Send;
    /// The number of documents on a page of unpaid orders with a total of at least `least`.
    fn list(&self, least: u32, page: usize) -> impl Future<Output = usize> + Send;
}

const TABLE: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("documents");
/// Maximum number of inserts per commit, as in the embedded store.
const BATCH: usize = 256;

/// redb, with documents as JSON and a thread that commits all inserts that arrived during the last
/// commit.
#[derive(Clone)]
pub(crate) struct Redb {
    database: Arc<Database>,
    queue: mpsc::Sender<Insert>,
    _directory: Arc<TempDir>,
}

struct Insert {
    id: String,
    json: Vec<u8>,
    done: oneshot::Sender<()>,
}

impl Redb {
    pub(crate) fn open() -> Self {
        // The directory of the servers' data.
        let directory = TempDir::new().unwrap();
        let database = Arc::new(Database::create(directory.path().join("bare.redb")).unwrap());
        let (queue, inserts) = mpsc::channel(1024);
        let writer = Arc::clone(&database);
        thread::spawn(move || commit(&writer, inserts));
        Self { database, queue, _directory: Arc::new(directory) }
    }
}

fn commit(database: &Database, mut inserts: mpsc::Receiver<Insert>) {
    let mut batch = Vec::new();
    while inserts.blocking_recv_many(&mut batch, BATCH) > 0 {
        let tx = database.begin_write().unwrap();
        {
            let mut table = tx.open_table(TABLE).unwrap();
            for Insert { id, json, .. } in &batch {
                table.insert(id.as_str(), json.as_slice()).unwrap();
            }
        }
        tx.commit().unwrap();
        for insert in batch.drain(..) {
            let _ = insert.done.send(());
        }
    }
}

impl Bare for Redb {
    async fn insert(&self, id: String, document: &Value) {
        let (done, written) = oneshot::channel();
        let json = serde_json::to_vec(document).unwrap();
        self.queue.send(Insert { id, json, done }).await.unwrap();
        written.await.unwrap();
    }

    async fn get(&self, id: &str) -> bool {
        let tx = self.database.begin_read().unwrap();
        let found = tx.open_table(TABLE).unwrap().get(id).unwrap();
        found.is_some_and(|json| serde_json::from_slice::<Value>(json.value()).is_ok())
    }

    async fn list(&self, least: u32, page: usize) -> usize {
        let tx = self.database.begin_read().unwrap();
        let table = tx.open_table(TABLE).unwrap();
        let all = table.range::<&str>(..).unwrap();
        let documents = all.map(|entry| {
            let (_, json) = entry.unwrap();
            serde_json::from_slice::<Value>(json.value()).unwrap()
        });
        let passes = |document: &Value| {
            document["paid"] == false
                && document["total"].as_u64().is_some_and(|it| it >= u64::from(least))
        };
        documents.filter(passes).take(page).count()
    }
}

/// The MongoDB driver with the write concern of the server, majority.
#[derive(Clone)]
pub(crate) struct Driver(pub(crate) Collection<Document>);

impl Bare for Driver {
    async fn insert(&self, _: String, document: &Value) {
        let document = bson::serialize_to_document(document).unwrap();
        let concern = WriteConcern::builder().w(mongodb::options::Acknowledgment::Majority);
        let concern = concern.journal(true).build();
        self.0.insert_one(document).write_concern(concern).await.unwrap();
    }

    async fn get(&self, id: &str) -> bool {
        let find = self.0.find_one(doc! { "_id": id }).read_concern(ReadConcern::majority());
        find.await.unwrap().is_some()
    }

    async fn list(&self, least: u32, page: usize) -> usize {
        let filter = doc! { "paid": false, "total": { "$gte": least } };
        let limit = i64::try_from(page).unwrap_or(i64::MAX);
        let find = self.0.find(filter).sort(doc! { "_id": 1 }).limit(limit);
        let mut found = find.read_concern(ReadConcern::majority()).await.unwrap();
        let mut count = 0;
        while found.advance().await.unwrap() {
            count += usize::from(found.deserialize_current().is_ok());
        }
        count
    }
}
