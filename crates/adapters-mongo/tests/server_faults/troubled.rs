//! A server of the test's own that fails on demand: what fails, fails for all of its clients.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use adapters_mongo::{MongoConfig, MongoStore};
use async_trait::async_trait;
use bson::{Document, doc};
use domain::ports::StoreProbe;
use local_mongod::{Deployment, Options};
use mongodb::{Client, Database};
use port_contracts::crash::{FreshStore, Trouble};
use port_contracts::fakes::Store;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::empty::empty;

/// How the store calls itself at the server.
const NAME: &str = "troubled";
/// What a store may ask for.
const READS: [&str; 3] = ["find", "aggregate", "listCollections"];
const WRITES: [&str; 6] = ["insert", "update", "delete", "create", "drop", "renameCollection"];
/// Longer than any call may take.
const TOO_LONG: Duration = Duration::from_secs(4);
const PATIENCE: Duration = Duration::from_secs(30);

/// What the server does instead of carrying out a command and saying so.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Failure {
    /// Answers with this error.
    Refuses(i32),
    /// Closes the connection.
    HangsUp,
    /// Carries out a write that it would recognise if it came again, and then closes the connection.
    HangsUpAfter,
    /// Carries it out, and answers that this error kept it from learning whether a majority has it.
    Unsure(i32),
    /// Carries it out long after the client gave up.
    Late,
}

/// How often, and with which command. Whatever the command, if it is not said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    pub(crate) failure: Failure,
    pub(crate) command: &'static str,
    pub(crate) times: i32,
}

/// A server that ends with this, and a store on it.
pub(crate) struct Troubled {
    pub(crate) store: MongoStore,
    _server: Deployment,
    /// Over a connection of its own.
    database: Database,
    failures: Vec<(Failure, i32)>,
    watched: Mutex<Watched>,
}

#[derive(Default)]
struct Watched {
    counts: Vec<i64>,
    ways: Vec<Way>,
}

impl Troubled {
    /// A server of which `failures` are to be expected, up to so many times in a row.
    pub(crate) async fn start(options: Options, failures: &[(Failure, i32)]) -> Self {
        let server = options.start().await.unwrap();
        let database = "tenantry".to_owned();
        let url = server.url();
        let separator = if url.contains('?') { '&' } else { '?' };
        let named = format!("{url}{separator}appName={NAME}").into();
        let store = MongoStore::open(&MongoConfig { url: named, database: database.clone() }).await;
        let database = Client::with_uri_str(url).await.unwrap().database(&database);
        let (failures, watched) = (failures.to_vec(), Mutex::default());
        Self { store: store.unwrap(), _server: server, database, failures, watched }
    }

    /// Fails in this way from now on.
    pub(crate) async fn fail(&self, way: Way) {
        let mut data = doc! { "failCommands": [way.command], "appName": NAME };
        let mut point = "failCommand";
        match way.failure {
            Failure::Refuses(code) => data.extend(doc! { "errorCode": code }),
            Failure::HangsUp => data.extend(doc! { "closeConnection": true }),
            Failure::HangsUpAfter => (point, data) = ("onPrimaryTransactionalWrite", doc! {}),
            Failure::Unsure(code) => {
                let error = doc! { "code": code, "errmsg": "of the test" };
                data.extend(doc! { "writeConcernError": error });
            }
            Failure::Late => {
                let time = i64::try_from(TOO_LONG.as_millis()).unwrap();
                data.extend(doc! { "blockConnection": true, "blockTimeMS": time });
            }
        }
        let mode = doc! { "times": way.times };
        self.admin(doc! { "configureFailPoint": point, "mode": mode, "data": data }).await;
    }

    /// Fails no more, and waits until nothing is left to be done, a majority has all that was done, and the
    /// store knows that the server is back.
    pub(crate) async fn heal(&self) {
        for point in ["failCommand", "onPrimaryTransactionalWrite"] {
            self.admin(doc! { "configureFailPoint": point, "mode": "off" }).await;
        }
        let back = async { while self.is_at_work().await || self.store.ready().await.is_err() {} };
        timeout(PATIENCE, back).await.unwrap();
        let last = doc! {
            "update": "last",
            "updates": [{ "q": {}, "u": { "$inc": { "n": 1 } }, "upsert": true }],
            "writeConcern": { "w": "majority", "j": true },
        };
        self.database.client().database("heal").run_command(last).await.unwrap();
    }

    async fn is_at_work(&self) -> bool {
        let under_way = doc! {
            "appName": NAME,
            "active": true,
            "command.hello": { "$exists": false },
            "command.isMaster": { "$exists": false },
        };
        let pipeline = [doc! { "$currentOp": {} }, doc! { "$match": under_way }];
        let admin = self.database.client().database("admin");
        let mut found = admin.aggregate(pipeline).await.unwrap();
        found.advance().await.unwrap()
    }

    /// How often the server was asked for each of [`commands`].
    async fn counts(&self) -> Vec<i64> {
        let status = self.admin(doc! { "serverStatus": 1 }).await;
        let counts = status.get_document("metrics").unwrap().get_document("commands").unwrap();
        let count = |command| counts.get_document(command).unwrap().get_i64("total").unwrap();
        commands().map(count).collect()
    }

    async fn admin(&self, command: Document) -> Document {
        self.database.client().database("admin").run_command(command).await.unwrap()
    }
}

#[async_trait]
impl FreshStore for Troubled {
    async fn make(&self) -> Arc<dyn Store> {
        empty(&self.database).await;
        Arc::new(self.store.begun_anew())
    }

    fn is_slow(&self) -> bool {
        true
    }

    fn trouble(&self) -> Option<&dyn Trouble> {
        Some(self)
    }
}

#[async_trait]
impl Trouble for Troubled {
    async fn watch(&self) {
        self.watched.lock().await.counts = self.counts().await;
    }

    async fn ways(&self) -> Vec<String> {
        let mut watched = self.watched.lock().await;
        let counts = watched.counts.iter().zip(self.counts().await);
        let mut ways = Vec::new();
        for (command, (before, now)) in commands().zip(counts) {
            let concerns =
                |(failure, _): &&(Failure, i32)| now > *before && failure.concerns(command);
            for &(failure, most) in self.failures.iter().filter(concerns) {
                ways.extend((1..=most).map(|times| Way { failure, command, times }));
            }
        }
        watched.ways = ways;
        watched.ways.iter().map(ToString::to_string).collect()
    }

    async fn begin(&self, way: usize) {
        let way = self.watched.lock().await.ways[way];
        self.fail(way).await;
    }

    async fn end(&self) {
        self.heal().await;
    }
}

fn commands() -> impl Iterator<Item = &'static str> {
    READS.into_iter().chain(WRITES)
}

impl Failure {
    /// Whether a command can fail like this.
    fn concerns(self, command: &str) -> bool {
        match self {
            Self::Refuses(_) | Self::HangsUp | Self::Late => true,
            Self::Unsure(_) => WRITES.contains(&command),
            Self::HangsUpAfter => ["insert", "update", "delete"].contains(&command),
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}, {} times", self.command, self.failure, self.times)
    }
}
